"""``nnu plot``: figures of runs, with their numbers beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Betas,
    Mass,
    Resamples,
    Seed,
    Significance,
    Window,
    given,
    print_json,
)
from nnuniverse.errors import ConfigError, RunError, must

if TYPE_CHECKING:
    from nnuniverse.plots import Plot, PlotSettings
    from nnuniverse.runs import RunRecord


def plot(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="laplacian (needs no run), loss, loss-plane, spectrum, complexity, "
            "complexity-loss, moments, eigenvalues, thermodynamics, or all.",
            show_default=False,
        ),
    ],
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN]...", help="Run folders.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for the files.  [RUN/figures, figures]"),
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="png|svg|pdf", help="Repeat for more.")
    ] = None,
    betas: Betas = None,
    mass: Mass = None,
    window: Window = None,
    gammas: Annotated[
        list[float] | None, typer.Option("--gamma", metavar="G", help="Of the two-peak model.")
    ] = None,
    neurons: Annotated[
        list[int] | None, typer.Option("--neurons", metavar="N", help="Of the two-peak model.")
    ] = None,
    epochs: Annotated[
        list[int] | None, typer.Option("--epoch", help="Of a histogram.  [100 1000 10000]")
    ] = None,
    loss: Annotated[
        str | None, typer.Option("--loss", metavar="VARIABLE", help="What stands for U.")
    ] = None,
    linear: Annotated[bool, typer.Option("--linear", help="A linear axis of epochs.")] = False,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Where one is drawn.  [0]")
    ] = None,
    significance: Significance = None,
    resamples: Resamples = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Draw the plot NAME of runs, as PNG, SVG and PDF with the numbers as CSV.

    Several runs are drawn into one figure.  Files of an earlier drawing are replaced.
    """
    from nnuniverse.analysis import AnalysisSettings
    from nnuniverse.plots import FORMATS, PLOTS, PlotSettings, find_plot
    from nnuniverse.runs import read_run

    chosen = list(PLOTS.values()) if name == "all" else [find_plot(name)]
    forms = tuple(dict.fromkeys(formats or FORMATS))
    if unknown := [form for form in forms if form not in FORMATS]:
        raise ConfigError(
            must("`--format`", "be png, svg or pdf", f"is {unknown[0]!r}", "--format png")
        )
    if not runs and not all(one.runless for one in chosen):
        raise ConfigError(
            must(f"`nnu plot {name}`", "be given a RUN", "got none", "`nnu runs` for a list")
        )
    analysis = given(
        betas=betas,
        mass=mass,
        window=window,
        significance=significance,
        resamples=resamples,
        seed=seed,
    )
    settings = PlotSettings(
        analysis=AnalysisSettings(**analysis),
        linear_epochs=linear,
        **given(
            model_betas=betas,
            gammas=gammas,
            neurons=neurons,
            epochs=epochs,
            loss=loss,
            replica=replica,
        ),
    )
    records = [read_run(run) for run in runs or []]
    folder = out or (records[0].folder.figures if len(records) == 1 else Path("figures"))
    files: list[Path] = []
    skipped: dict[str, str] = {}
    for one in chosen:
        try:
            files += _draw(one, records, settings, folder, forms)
        except RunError as error:
            if name != "all":
                raise
            skipped[one.name] = str(error)
    if as_json:
        print_json({"files": [str(file) for file in files], "skipped": skipped})
    else:
        for file in files:
            typer.echo(file)
        for which, reason in skipped.items():
            typer.echo(f"nnu: {which} is not drawn: {reason}", err=True)


def _draw(
    plot: Plot,
    records: list[RunRecord],
    settings: PlotSettings,
    folder: Path,
    forms: tuple[str, ...],
) -> list[Path]:
    """Draw one plot into ``folder``; return its files."""
    from nnuniverse.plots import as_csv, render, run_id
    from nnuniverse.runs import replace_file

    drawing = plot.make(records, settings)
    identity = run_id([] if plot.runless else records)
    contents = {form: render(drawing, form, plot.title, identity) for form in forms}
    contents["csv"] = as_csv(drawing)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for suffix, content in contents.items():
        files.append(folder / f"{plot.name}.{suffix}")
        replace_file(files[-1], content, remedy="another --out")
    return files
