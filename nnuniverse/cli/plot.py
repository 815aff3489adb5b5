"""``nnu plot``: figures of runs, with their numbers beside them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from nnuniverse.cli.options import (
    RUNS_HELP,
    AsJson,
    Betas,
    Mass,
    Resamples,
    Seed,
    Significance,
    Window,
    given,
    not_to_nothing,
    numbers,
    print_json,
    remark,
    run_folders,
    say,
    sweep_folders,
    user_path,
)
from nnuniverse.cli.replacing import refuse_to_replace
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.regular_files import is_file

if TYPE_CHECKING:
    from nnuniverse.plots import Drawing, Plot, PlotSettings
    from nnuniverse.plots.house_style import FigureStyle
    from nnuniverse.runs import RunRecord


class PlotCommand(TyperCommand):
    """A command whose help says which plots there are and which options each uses."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Return the help."""
        from nnuniverse.plots import PLOTS, installed_plots
        from nnuniverse.plots.uses import SWEEP, options_of

        lines = ctx.make_formatter()
        with lines.section("Plots, and what each uses of these"):
            lines.write_dl([(name, ", ".join(options_of(name))) for name in (*PLOTS, SWEEP)])
        if theirs := installed_plots():
            with lines.section("Plots of installed packages"):
                lines.write_dl([(name, of.package) for name, of in theirs.items()])
        return f"{super().get_help(ctx)}\n\n{lines.getvalue().strip()}"


def plot(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="One of the plots below, sweep, or all but that.",
            show_default=False,
        ),
    ],
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN|SWEEP]...", help=RUNS_HELP, show_default=False),
    ] = None,
    x: Annotated[
        str | None, typer.Option("--x", metavar="KEY", help="Of a sweep: axis, or snapshot.")
    ] = None,
    y: Annotated[
        str | None, typer.Option("--y", metavar="OBSERVABLE", help="Of a sweep: what to draw.")
    ] = None,
    hue: Annotated[
        str | None,
        typer.Option("--hue", metavar="KEY", help="What colours of a sweep or of runs stand for."),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="KEY=LABEL", help="Only there, of a sweep or of runs; repeat."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the files.  [RUN/figures, figures]",
            parser=user_path,
            callback=not_to_nothing,
        ),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="png|svg|pdf|gif|mp4",
            help="The last two with --animate; repeat for more.  [all]",
        ),
    ] = None,
    animated: Annotated[
        bool, typer.Option("--animate", help="A frame per snapshot, for a talk.")
    ] = False,
    betas: Betas = None,
    mass: Mass = None,
    window: Window = None,
    gammas: Annotated[
        list[str] | None,
        typer.Option("--gamma", metavar="G,...", help="Of the two-peak model."),
    ] = None,
    neurons: Annotated[
        list[int] | None, typer.Option("--neurons", metavar="N", help="Of the two-peak model.")
    ] = None,
    epochs: Annotated[
        list[int] | None,
        typer.Option("--epoch", help="Of a histogram.  [the last decades and snapshot]"),
    ] = None,
    loss: Annotated[
        str | None, typer.Option("--loss", metavar="VARIABLE", help="What stands for U.")
    ] = None,
    linear: Annotated[
        bool | None, typer.Option("--linear/--log", help="The axis of epochs.  [log]")
    ] = None,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Where one is drawn.  [0]")
    ] = None,
    coordinate: Annotated[
        str | None,
        typer.Option("--coordinate", metavar="LABEL|K", help="Of an ensemble: one of them."),
    ] = None,
    record: Annotated[
        int | None,
        typer.Option("--record", metavar="K", help="Of an ensemble's phase space.  [the last]"),
    ] = None,
    step: Annotated[
        int | None, typer.Option("--step", metavar="T", help="Of a string.  [several]")
    ] = None,
    three_dimensional: Annotated[
        bool, typer.Option("--three-dimensional", help="A string over time, in space.")
    ] = False,
    significance: Significance = None,
    resamples: Resamples = None,
    seed: Seed = None,
    width: Annotated[
        str | None,
        typer.Option(
            "--width", metavar="single|double|INCHES", help="Of the figure.  [the plot's own]"
        ),
    ] = None,
    style_sheet: Annotated[
        Path | None,
        typer.Option(
            "--style",
            metavar="FILE",
            help="A style sheet of matplotlib: fonts, sizes.",
            parser=user_path,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draw the plot NAME of runs, as PNG, SVG and PDF with the numbers as CSV.

    Several runs are drawn into one figure, called after the plot and the runs.  Files of an earlier
    drawing are replaced, no others.
    """
    from nnuniverse.plots import chosen_runs, every_plot, find_plot
    from nnuniverse.plots.uses import refuse_unused

    refuse_unused(name, _given(ctx))

    forms = _forms(formats or [], animated)
    style = _style(style_sheet, width)
    if name == "sweep":
        asked = (sweep_folders(runs or []), x, y, hue, where or [], epochs)
        files = _draw_sweep(*asked, out, forms, style)
        _say(files, {}, as_json)
        return
    chosen = every_plot(remark) if name == "all" else [find_plot(name)]
    chosen = [one for one in chosen if one.animated or not animated]
    if not runs and not all(one.runless for one in chosen):
        raise ConfigError(
            f"`nnu plot {name}`", "be given a RUN", "got none", "`nnu runs` for a list"
        )
    settings = _settings(
        numbers("--beta", betas),
        of_analysis=given(
            mass=mass, window=window, significance=significance, resamples=resamples, seed=seed
        ),
        of_plot=given(
            linear_epochs=linear,
            gammas=numbers("--gamma", gammas),
            neurons=neurons,
            epochs=epochs,
            loss=loss,
            replica=replica,
            hue=hue,
            coordinate=coordinate,
            record=record,
            step=step,
            three_dimensional=three_dimensional or None,
        ),
    )
    records = _records(runs or [], chosen)
    if where:
        records = chosen_runs(records, _conditions(where))
    if name == "all":
        chosen = [one for one in chosen if one.runless or all(map(one.is_of, records))]
    folder = out or (_figures_of(records[0].folder.path) if len(records) == 1 else Path("figures"))
    draw = partial(
        _animate if animated else _draw,
        records=records,
        settings=settings,
        style=style,
        folder=folder,
        forms=forms,
    )
    if name == "all":
        _say(*_draw_what_can_be(chosen, draw), as_json)
    else:
        _say(draw(chosen[0]), {}, as_json)


def _records(texts: list[str], chosen: list[Plot]) -> list[RunRecord]:
    """Return the runs, of plots that need one also what a command has put into a file."""
    from nnuniverse.runs import read_run
    from nnuniverse.runs.file_record import DERIVED_FILES, file_record

    (file,) = {plot.file for plot in chosen} if len(chosen) == 1 else {None}
    records = []
    for text in texts:
        path = user_path(text)
        if file is not None and path.suffix in DERIVED_FILES and is_file(path):
            records.append(file_record(file, path))
        else:
            records += [read_run(folder) for folder in run_folders([text])]
    return records


def _settings(
    betas: list[float] | None, of_analysis: dict[str, Any], of_plot: dict[str, Any]
) -> PlotSettings:
    """Return the settings; ``betas`` are of the analysis and of the two-peak model."""
    from nnuniverse.analysis import AnalysisSettings
    from nnuniverse.plots import PlotSettings

    analysis = AnalysisSettings(**given(betas=betas), **of_analysis)
    return PlotSettings(analysis=analysis, **given(model_betas=betas), **of_plot)


def _draw_what_can_be(
    plots: list[Plot], draw: Callable[[Plot], list[Path]]
) -> tuple[list[Path], dict[str, str]]:
    """Return the files of all ``plots``, and by name why some are not drawn."""
    from nnuniverse.plots import PLOTS, CrowdedError

    files: list[Path] = []
    skipped: dict[str, str] = {}
    for plot in plots:
        try:
            files += draw(plot)
        except (RunError, CrowdedError, ConfigError) as error:
            if isinstance(error, ConfigError) and plot.name in PLOTS:
                raise
            skipped[plot.name] = str(error)
    return files, skipped


def _forms(given: list[str], animated: bool) -> tuple[str, ...]:
    """Return the forms of the files; raises ConfigError for what is none, or cannot be made."""
    from nnuniverse.plots import FORMATS
    from nnuniverse.plots.animation import ANIMATIONS, require_ffmpeg

    known = ANIMATIONS if animated else FORMATS
    forms = tuple(dict.fromkeys(given or known))
    if unknown := [form for form in forms if form not in known]:
        which = f"be {', '.join(known[:-1])} or {known[-1]}"
        raise ConfigError("`--format`", which, f"is {unknown[0]!r}", f"--format {known[0]}")
    if "mp4" in forms:
        try:
            require_ffmpeg()
        except ConfigError as error:
            if given:
                raise
            remark(f"no film is made: {error}")
            return tuple(form for form in forms if form != "mp4")
    return forms


def _style(sheet: Path | None, width: str | None) -> FigureStyle:
    """Return what changes the house style."""
    from nnuniverse.plots.house_style import FigureStyle, parse_width, read_style

    return FigureStyle(
        read_style(sheet) if sheet else {}, parse_width(width) if width is not None else None
    )


def _given(ctx: typer.Context) -> list[str]:
    """Return the options that stand on the command line, as they stand there."""
    return [
        (parameter.secondary_opts if ctx.params[key] is False else parameter.opts)[0]
        for parameter in ctx.command.params
        if (key := parameter.name) and _stands_there(ctx, key)
    ]


def _stands_there(ctx: typer.Context, key: str) -> bool:
    source = ctx.get_parameter_source(key)
    return source is not None and source.name == "COMMANDLINE"


def _say(files: list[Path], skipped: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json({"files": [str(file) for file in files], "skipped": skipped})
        return
    for file in files:
        say(file)
    for which, reason in skipped.items():
        remark(f"{which} is not drawn: {reason}")


def _draw(
    plot: Plot,
    records: list[RunRecord],
    settings: PlotSettings,
    style: FigureStyle,
    folder: Path,
    forms: tuple[str, ...],
) -> list[Path]:
    """Draw one plot into ``folder``; return its files."""
    from nnuniverse.plots import file_name, run_id

    shown = [] if plot.runless else records
    identity, name = run_id(shown), file_name(plot.name, [run.name for run in shown])
    drawing = plot.make(records, settings, style)
    files = _write(drawing, name, plot.title, identity, folder, forms)
    for note in drawing.notes:
        remark(f"{plot.name}: {note}")
    return files


def _animate(
    plot: Plot,
    records: list[RunRecord],
    settings: PlotSettings,
    style: FigureStyle,
    folder: Path,
    forms: tuple[str, ...],
) -> list[Path]:
    """Draw one plot while learning into ``folder``; return its files."""
    from nnuniverse.plots import file_name, run_id
    from nnuniverse.plots.animation import animate, as_gif, as_mp4

    makers = {"gif": as_gif, "mp4": as_mp4}
    name = file_name(plot.name, [run.name for run in records])
    identity = "; ".join(f"{key}: {value}" for key, value in run_id(records).items())
    animation = animate(plot, records, settings, style)
    return _put({folder / f"{name}.{form}": makers[form](animation, identity) for form in forms})


def _conditions(where: list[str]) -> tuple[tuple[str, str], ...]:
    """Return the keys and labels of `--where`; raises ConfigError for what is none."""
    if wrong := [one for one in where if "=" not in one]:
        raise ConfigError("`--where`", "be KEY=LABEL", f"is {wrong[0]!r}", "--where depth=3")
    return tuple((key, label) for key, _, label in (one.partition("=") for one in where))


def _draw_sweep(
    sweeps: list[Path],
    x: str | None,
    y: str | None,
    hue: str | None,
    where: list[str],
    epochs: list[int] | None,
    out: Path | None,
    forms: tuple[str, ...],
    style: FigureStyle,
) -> list[Path]:
    """Draw an observable over a sweep; return the files."""
    from nnuniverse.plots import SweepPlot, draw_sweep
    from nnuniverse.sweeps import open_results

    if len(sweeps) != 1 or x is None or y is None:
        raise ConfigError(
            "`nnu plot sweep`",
            "be given one SWEEP folder, --x and --y",
            "was not",
            "nnu plot sweep runs/depth --x depth --y mu3",
        )
    asked = SweepPlot(x, y, hue, epochs[0] if epochs else None, _conditions(where))
    with open_results(sweeps[0]) as dataset:
        drawing = draw_sweep(dataset, asked, style)
        identity = {"sweep": sweeps[0].resolve().name, "made_from": dataset.attrs["made_from"]}
    name = "-".join(["sweep", y, "over", x, *([hue] if hue else [])])
    folder = out or _figures_of(sweeps[0])
    return _write(drawing, name, f"{y} over {x}", identity, folder, forms)


def _write(
    drawing: Drawing,
    name: str,
    title: str,
    identity: dict[str, str],
    folder: Path,
    forms: tuple[str, ...],
) -> list[Path]:
    """Put a drawing and its numbers into ``folder``; return the files."""
    from nnuniverse.plots import as_csv, render

    contents = {folder / f"{name}.{form}": render(drawing, form, title, identity) for form in forms}
    return _put(contents | {folder / f"{name}.csv": as_csv(drawing)})


def _put(contents: dict[Path, bytes]) -> list[Path]:
    """Write files in place of earlier ones of ours; return them."""
    from nnuniverse.plots import is_drawn
    from nnuniverse.runs import replace_file

    for file, content in contents.items():
        ours = partial(is_drawn, file, content)
        refuse_to_replace(file, ours, "file", "drawing", remedy="another --out, or moving it")
    for file, content in contents.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, content, remedy="another --out")
    return list(contents)


def _figures_of(path: Path) -> Path:
    """Return where figures of the run or sweep at ``path`` go.

    Of one in an archive, in the current folder.  Raises ConfigError if that is a link, which leads
    out of the folder.
    """
    from nnuniverse.runs.archived import is_unpacked

    if is_unpacked(path):
        return Path("figures")
    figures = path / "figures"
    if figures.is_symlink():
        raise ConfigError(
            f"the folder {str(figures)!r}", "be one", "is a link", "--out with where it leads"
        )
    return figures
