"""What a plot is: declared needs, a function from runs to a drawing, and how that is saved."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from nnuniverse.analysis import AnalysisSettings
from nnuniverse.csv_cells import cell
from nnuniverse.errors import ConfigError, NNUniverseError, RunError
from nnuniverse.intervals import Estimate
from nnuniverse.plots.canvas import Canvas, Place, drawing_on
from nnuniverse.plots.house_style import FigureStyle, house_style
from nnuniverse.plots.ticks import write_minus_signs
from nnuniverse.regular_files import is_file, read_regular
from nnuniverse.runs import RunRecord, run_names
from nnuniverse.runs.derived_file import DerivedFile
from nnuniverse.runs.ensemble_runs import require_ensemble, require_trained
from nnuniverse.runs.naming import plain_text
from nnuniverse.runs.record import ACTIVE_NEURONS

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

FORMATS = ("png", "svg", "pdf")

MAKER = "nnuniverse"

MARKS = {
    "png": f"Software\0{MAKER}".encode(),
    "svg": f"<dc:title>{MAKER}</dc:title>".encode(),
    "pdf": f"/Creator ({MAKER})".encode(),
    "gif": f"Made by {MAKER}".encode(),
    "mp4": f"Made by {MAKER}".encode(),
}
"""By which an image of a form is told from one that somebody else has made."""

MOST_BYTES = 2**28
"""Of a file that is looked at for it: many times the largest figure."""

LineStyle = Literal["-", "--", ":", "-."]

LINE_STYLES: tuple[LineStyle, ...] = ("-", "--", ":", "-.")
"""One per run, after the colours have told quantities apart; also told apart without colour."""


@dataclass(frozen=True)
class PlotSettings:
    """What plots may be told.

    ``analysis``: betas, mass, window, bootstraps; ``epochs``: those of histograms,
    None for decades and the last;
    ``model_betas``, ``gammas`` and ``neurons``: of the two-peak model, those of Fig. 1;
    ``loss``: variable that stands for U, None for the best recorded; ``linear_epochs``: linear
    instead of logarithmic axis; ``replica``: the one drawn where only one can be; ``hue``: what
    colours of several runs stand for, a key in which they differ, None for the best one;
    ``coordinate``: of an ensemble, by label or number, None for all, or the first; ``record``:
    number of the record where one is drawn, None for the last; ``step``: of a string, None for
    several; ``three_dimensional``: whether time is a third direction in space.  Raises ConfigError
    for what is no epoch and no model.
    """

    analysis: AnalysisSettings = field(default_factory=AnalysisSettings)
    epochs: tuple[int, ...] | None = None
    model_betas: tuple[float, ...] = (0.25, 0.5, 0.73, 1.0)
    gammas: tuple[float, ...] = (1.0 / 3.0,)
    neurons: tuple[int, ...] = (854,)
    loss: str | None = None
    linear_epochs: bool = False
    replica: int = 0
    hue: str | None = None
    coordinate: str | None = None
    record: int | None = None
    step: int | None = None
    three_dimensional: bool = False

    def __post_init__(self) -> None:
        _require_all("--beta", self.model_betas, lambda b: 0.0 < b < inf, "be positive", 1)
        _require_all("--gamma", self.gammas, lambda g: 0.0 < g < 1.0, "lie between 0 and 1", 0.333)
        _require_all("--neurons", self.neurons, lambda n: n > 0, "be positive", 854)
        _require_all("--epoch", self.epochs or (), lambda e: e >= 0, "be 0 or more", 100)


def _require_all(
    option: str,
    values: Sequence[float],
    holds: Callable[[float], bool],
    requirement: str,
    example: float,
) -> None:
    """Raise ConfigError for the first of ``values`` of which the requirement does not hold."""
    wrong = [value for value in values if not holds(value)]
    if wrong:
        actual, remedy = f"is {wrong[0]:g}", f"{option} {example:g}"
        raise ConfigError(f"`{option}`", requirement, actual, remedy)


@dataclass(frozen=True, repr=False)
class Drawing:
    """A figure, the numbers in it as columns of equal length, and what it shows in words.

    ``notes``: what it shows otherwise than asked for; ``style``: what it was drawn with on top of
    the house's.
    """

    figure: Figure
    table: Mapping[str, Sequence[object]]
    description: str
    notes: tuple[str, ...] = ()
    style: FigureStyle = field(default_factory=FigureStyle)

    def __repr__(self) -> str:
        return f"Drawing of {', '.join(self.table)}: {self.description}"

    def _repr_png_(self) -> bytes:
        return render(self, "png", self.description, {})


@dataclass(frozen=True)
class Plot:
    """A kind of figure.

    ``needs``: variables that every run must have recorded; ``draw``: runs and settings to a
    drawing; ``uses``: what it uses of the `PlotSettings` and their ``analysis``, by name;
    ``runless``: whether it needs no run; ``of_ensembles``: whether it is of ensembles that
    `nnu evolve` made, not of nets while they learn; ``of_turnover``: whether it is of nets whose
    neurons come and go; ``file``: what another command has to have
    made of a run, None if nothing; ``steps``: which steps it can be drawn at, of runs of which all
    have them, None if at none; ``symbol``, ``equation`` and ``source``: what is drawn against
    what, as of a `Variable`.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[list[RunRecord], PlotSettings], Drawing]
    uses: tuple[str, ...]
    runless: bool = False
    of_ensembles: bool = False
    of_turnover: bool = False
    file: DerivedFile | None = None
    steps: Callable[[list[RunRecord]], Sequence[int]] | None = None
    symbol: str = ""
    equation: str = ""
    source: str = ""

    @property
    def animated(self) -> bool:
        """Whether it changes while learning: it is of an epoch, record or step, or over epochs."""
        return bool({"epochs", "linear_epochs", "record", "step"} & set(self.uses))

    def is_of(self, run: RunRecord) -> bool:
        """Return whether it is of the kind of ``run``: an ensemble, or nets while they learn.

        And whether its neurons come and go if they must, and what another command has to make of it
        is there.
        """
        if self.of_turnover and ACTIVE_NEURONS not in run:
            return False
        is_made = self.file is None or is_file(run.folder.path / self.file.name)
        return is_made and self.of_ensembles == run.is_ensemble

    def make(
        self, runs: list[RunRecord], settings: PlotSettings, style: FigureStyle | None = None
    ) -> Drawing:
        """Draw ``runs`` in the house style, and ``style`` on top of it.

        Raises RunError if a run lacks a variable.

        ``settings``: what `nnu plot` was asked for.
        """
        return in_house_style(lambda: self.checked_draw(runs, settings), style)

    def draw_on(
        self, place: Place, runs: list[RunRecord], settings: PlotSettings | None = None
    ) -> Drawing:
        """Draw ``runs`` into axes of a figure of one's own, in the style that holds there.

        ``place``: axes for a plot of one panel; for one of several a figure, or a part of one that
        ``Figure.subfigures`` makes.  Raises ConfigError if axes are too few, RunError if a run
        lacks a variable.

        ``settings``: what was asked for; None: nothing.
        """
        with drawing_on(Canvas(place=place)):
            drawing = self.checked_draw(runs, settings or PlotSettings())
        write_minus_signs(place)
        return drawing

    def checked_draw(self, runs: list[RunRecord], settings: PlotSettings) -> Drawing:
        """Draw ``runs`` in the style that holds.

        Raises ConfigError for runs of another kind, RunError if one lacks a variable.

        ``settings``: what `nnu plot` was asked for.
        """
        for run in () if self.runless else runs:
            (require_ensemble if self.of_ensembles else require_trained)(run)
            for name in self.needs:
                run.variable(name)
        return self.draw(runs, settings)


def in_house_style(draw: Callable[[], Drawing], style: FigureStyle | None = None) -> Drawing:
    """Draw in the house style, with ``style`` on top of it, and keep the layout that was found.

    Raises ConfigError for a style of the user's that cannot be drawn.

    ``draw``: what draws the figure.
    """
    style = style or FigureStyle()
    with house_style(style), drawing_on(Canvas(style.width)), _drawable(style):
        drawing = draw()
        write_minus_signs(drawing.figure)
        _lay_out(drawing.figure)
    with mpl.rc_context(LAID_OUT):
        drawing.figure.set_layout_engine(None)
    return replace(drawing, style=style)


def _lay_out(figure: Figure) -> None:
    """Move what is in a figure to where there is room for it, as drawing it would."""
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        engine.execute(figure)


@contextmanager
def _drawable(style: FigureStyle) -> Iterator[None]:
    """Raise ConfigError where matplotlib fails at what a user's style asks for, TeX for one."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        if not style.sheet or isinstance(error, NNUniverseError):
            raise
        why = str(error).partition("\n")[0]
        raise ConfigError(
            "`--style`", "be a style that can be drawn", f"fails: {why}", "it without text.usetex"
        ) from error


LAID_OUT: dict[RcKeyType, bool] = {"figure.constrained_layout.use": False}
"""Settings under which a figure keeps its layout: a second one would move things a little, and
savefig would draw everything twice."""


class Table:
    """Collects the plotted numbers, one block of equal columns after another."""

    def __init__(self, *columns: str) -> None:
        self.columns: dict[str, list[object]] = {name: [] for name in columns}

    def add(self, **block: ArrayLike) -> None:
        """Add rows: arrays of one length, or single values that hold for all of them."""
        length = max((np.size(value) for value in block.values() if np.ndim(value)), default=1)
        for name, column in self.columns.items():
            value = block.get(name, "")
            column.extend(np.asarray(value).tolist() if np.ndim(value) else [value] * length)

    def add_curve(self, curve: Estimate, **block: ArrayLike) -> None:
        """Add a curve's points with the ends of their intervals, as mean, low and high."""
        self.add(mean=curve.value, low=curve.low, high=curve.high, **block)


def labels(runs: list[RunRecord]) -> list[str]:
    """Return the names of `run_names`, with no dollar sign that would begin a formula.

    ``runs``: the runs, in the order in which they are drawn.
    """
    return [name.replace("$", r"\$") for name in run_names(runs)]


def require_learning(run: RunRecord, epochs: np.ndarray) -> None:
    """Raise RunError if only the untrained net was recorded: one point is no curve.

    ``run``: the run, as read back from its folder; ``epochs``: that were recorded, (snapshot,).
    """
    if (epochs < 1).all() and len(epochs):
        raise missing(run, "a snapshot after epoch 0", "the same later")


def check_loss(run: RunRecord, loss: str) -> None:
    """Raise RunError if ``loss`` was not recorded, ConfigError if not once per snapshot.

    ``run``: the run, as read back from its folder.
    """
    if run.variable(loss).dims != ("replica", "snapshot"):
        raise ConfigError("`--loss`", "have a value per snapshot", f"is {loss}", "--loss bulk_loss")


def loss_scale(*losses: np.ndarray) -> Literal["linear", "log"]:
    """Return the scale of an axis of ``losses``: linear if a local objective made one negative."""
    return "linear" if any((values < 0.0).any() for values in losses) else "log"


def run_id(runs: Sequence[RunRecord]) -> dict[str, str]:
    """Return what a figure was made from: run ids, config hashes and commits.

    ``runs``: those that are drawn.
    """
    return {
        "run": ", ".join(run.name for run in runs) or "none",
        "config_hash": ", ".join(run.made_from for run in runs) or "none",
        "commit": ", ".join(dict.fromkeys(run.commit for run in runs)) or "none",
    }


def render(drawing: Drawing, form: str, title: str, identity: Mapping[str, str]) -> bytes:
    """Return the figure as a file of ``form``, with its identity in the metadata.

    The same drawing gives the same bytes: no time of day is put in.

    ``title``: in the metadata.
    """
    words = plain_text("; ".join(f"{key}: {value}" for key, value in identity.items()))
    forms: dict[str, dict[str, object]] = {
        "png": {
            "Title": title,
            "Description": drawing.description,
            "Source": words,
            "Software": MAKER,
        },
        "svg": {
            "Title": title,
            "Description": drawing.description,
            "Source": words,
            "Creator": MAKER,
            "Date": None,
        },
        "pdf": {
            "Title": title,
            "Subject": drawing.description,
            "Keywords": words,
            "Creator": MAKER,
            "CreationDate": None,
        },
    }
    buffer = io.BytesIO()
    with house_style(drawing.style), mpl.rc_context(LAID_OUT), _drawable(drawing.style):
        drawing.figure.savefig(buffer, format=form, metadata=forms[form])
    return buffer.getvalue()


def as_csv(drawing: Drawing) -> bytes:
    """Return the plotted numbers as CSV, missing ones empty, text such as no formula is made of.

    ``drawing``: what was drawn, with its numbers.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(map(cell, drawing.table))
    for row in zip(*drawing.table.values(), strict=True):
        writer.writerow(["" if value != value else cell(value) for value in row])
    return buffer.getvalue().encode(errors="replace")


def is_drawn(path: Path, content: bytes) -> bool:
    """Return whether the file at ``path`` is an earlier drawing, whose place ``content`` may take.

    An image is one by what it says of its maker; numbers are if they have the same heading, or lie
    beside such an image.
    """
    if path.suffix != ".csv":
        return _is_marked(path)
    heading = content.partition(b"\n")[0]
    beside = (path.with_suffix(f".{form}") for form in FORMATS)
    return _content(path).partition(b"\n")[0] == heading or any(map(_is_marked, beside))


def _is_marked(path: Path) -> bool:
    return MARKS[path.suffix.removeprefix(".")] in _content(path)


def _content(path: Path) -> bytes:
    """Return what is in a file, nothing of what is none, or is too large for a figure."""
    try:
        return read_regular(path, MOST_BYTES)
    except OSError:
        return b""


def missing(run: RunRecord, what: str, remedy: str) -> RunError:
    """Return the error of a run that cannot be drawn.

    ``what``: is missing, in words; ``remedy``: what the error advises.
    """
    return RunError(f"the run {run.name}", f"have recorded {what}", "did not", remedy)
