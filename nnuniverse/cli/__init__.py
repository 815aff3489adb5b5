"""The command line, ``nnu``: one file per command; numerics load inside the commands."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from nnuniverse import __version__
from nnuniverse.cli import (
    analyze,
    config,
    data,
    ensemble,
    measure,
    plot,
    rank,
    report,
    runs,
    spectrum,
    sweep,
    train,
)
from nnuniverse.errors import EXIT_FAILED, NNUniverseError, must, system_failure

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
app.command("ensemble")(ensemble.ensemble)
app.command("plot")(plot.plot)
app.command("rank")(rank.rank)
app.command("report")(report.report)
app.command("runs")(runs.runs)
app.add_typer(config.app, name="config")
app.add_typer(data.app, name="data")


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


def main() -> None:
    """Run ``nnu``; a failure is one line on stderr and the exit code of its kind."""
    try:
        app()
    except NNUniverseError as error:
        typer.echo(f"nnu: {error}", err=True)
        sys.exit(error.exit_code)
    except MemoryError as error:
        failure = must("the run", "fit into memory", str(error) or "does not", "a smaller net")
        typer.echo(f"nnu: {failure}", err=True)
        sys.exit(EXIT_FAILED)
    except OSError as error:
        failed = system_failure(error)
        typer.echo(f"nnu: {failed}", err=True)
        sys.exit(failed.exit_code)
