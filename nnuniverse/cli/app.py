"""The commands of ``nnu``: one file each; numerics load inside them."""

from __future__ import annotations

from typing import Annotated

import typer

from nnuniverse import __version__
from nnuniverse.cli import (
    align,
    analyze,
    archive,
    cite,
    completion,
    config,
    data,
    dual,
    ensemble,
    evolve,
    explain,
    export,
    geometry,
    grand,
    hidden,
    holography,
    measure,
    mechanics,
    perturb,
    plot,
    rank,
    report,
    reproduce,
    runs,
    spectrum,
    strings,
    structure,
    sweep,
    train,
    verify,
)

app = typer.Typer(
    name="nnu",
    help="Experiments with neural networks as statistical, quantum and gravitational systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich would double the time that --help takes
)
app.command("train")(train.train)
app.command("sweep")(sweep.sweep)
app.command("spectrum")(spectrum.spectrum)
app.command("measure")(measure.measure)
app.command("analyze")(analyze.analyze)
app.command("align")(align.align)
app.command("ensemble")(ensemble.ensemble)
app.command("evolve")(evolve.evolve)
app.command("mechanics")(mechanics.mechanics)
app.command("grand")(grand.grand)
app.command("structure")(structure.structure)
app.command("perturb")(perturb.perturb)
app.command("hidden")(hidden.hidden)
app.command("strings")(strings.strings)
app.command("holography")(holography.holography)
app.command("dual")(dual.dual)
app.command("explain")(explain.explain)
app.command("verify")(verify.verify)
app.command("plot", cls=plot.PlotCommand)(plot.plot)
app.command("rank")(rank.rank)
app.command("report")(report.report)
app.command("reproduce")(reproduce.reproduce)
app.command("export")(export.export)
app.command("archive")(archive.archive)
app.command("cite")(cite.cite)
app.command("runs")(runs.runs)
app.command("completion")(completion.completion)
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")
app.add_typer(geometry.app, name="geometry")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nnuniverse {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass
