"""What a plot is: declared needs, a function from runs to a drawing, and how that is saved."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from nnuniverse.analysis import AnalysisSettings
from nnuniverse.csv_cells import cell
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.intervals import Estimate
from nnuniverse.plots.ticks import write_minus_signs
from nnuniverse.regular_files import read_regular
from nnuniverse.runs import RunRecord, run_names

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

FORMATS = ("png", "svg", "pdf")

MAKER = "nnuniverse"

MARKS = {
    "png": f"Software\0{MAKER}".encode(),
    "svg": f"<dc:title>{MAKER}</dc:title>".encode(),
    "pdf": f"/Creator ({MAKER})".encode(),
}
"""By which an image of a form is told from one that somebody else has made."""

MOST_BYTES = 2**28
"""Of a file that is looked at for it: many times the largest figure."""

LineStyle = Literal["-", "--", ":", "-."]

LINE_STYLES: tuple[LineStyle, ...] = ("-", "--", ":", "-.")
"""One per run, after the colours have told quantities apart; also told apart without colour."""

SINGLE, DOUBLE = 3.4, 7.0
"""Widths of one and of both columns of a journal, inches."""


@dataclass(frozen=True)
class PlotSettings:
    """What plots may be told.

    ``analysis``: betas, mass, window, bootstraps; ``epochs``: those of histograms,
    None for decades and the last;
    ``model_betas``, ``gammas`` and ``neurons``: of the two-peak model, those of Fig. 1;
    ``loss``: variable that stands for U, None for the best recorded; ``linear_epochs``: linear
    instead of logarithmic axis; ``replica``: the one drawn where only one can be; ``hue``: what
    colours of several runs stand for, a key in which they differ, None for the best one.  Raises
    ConfigError for what is no epoch and no model.
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

    ``notes``: what it shows otherwise than asked for.
    """

    figure: Figure
    table: Mapping[str, Sequence[object]]
    description: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Drawing of {', '.join(self.table)}: {self.description}"

    def _repr_png_(self) -> bytes:
        return render(self, "png", self.description, {})


@dataclass(frozen=True)
class Plot:
    """A kind of figure.

    ``needs``: variables that every run must have recorded; ``draw``: runs and settings to a
    drawing; ``runless``: whether it needs no run; ``symbol``, ``equation`` and ``source``: what is
    drawn against what, as of a `Variable`.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    draw: Callable[[list[RunRecord], PlotSettings], Drawing]
    runless: bool = False
    symbol: str = ""
    equation: str = ""
    source: str = ""

    def make(self, runs: list[RunRecord], settings: PlotSettings) -> Drawing:
        """Draw ``runs`` in the house style; raises RunError if one lacks a variable."""
        for run in runs:
            for name in self.needs:
                run.variable(name)
        return in_house_style(lambda: self.draw(runs, settings))


def in_house_style(draw: Callable[[], Drawing]) -> Drawing:
    """Draw in the house style, and keep the layout that was found."""
    with house_style():
        drawing = draw()
        write_minus_signs(drawing.figure)
        drawing.figure.draw_without_rendering()
    with mpl.rc_context(LAID_OUT):
        drawing.figure.set_layout_engine(None)
    return drawing


@contextmanager
def house_style() -> Iterator[None]:
    """Use the one style sheet, whatever the user's own defaults are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(mpl.rc_params_from_file(STYLE, use_default_template=False))
        yield


LAID_OUT: dict[RcKeyType, bool] = {"figure.constrained_layout.use": False}
"""Settings under which a figure keeps its layout: a second one would move things a little, and
savefig would draw everything twice."""

STYLE = Path(__file__).with_name("style.mplstyle")


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


def new_figure(
    rows: int = 1,
    columns: int = 1,
    *,
    size: tuple[float, float] | None = None,
    sharex: bool = False,
    sharey: bool | Literal["row"] = False,
) -> tuple[Figure, np.ndarray]:
    """Return a figure without pyplot's global state, and its axes, (rows, columns)."""
    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, sharex=sharex, sharey=sharey)


MOST_LEGEND_COLUMNS = 6
LETTERS_PER_INCH = {"legend": 18.0, "title": 13.0}
"""Of the house style, on average."""


def legend_above(figure: Figure, handles: Sequence[Artist], title: str | None = None) -> None:
    """Put one legend for all axes above them, where it covers nothing, and make room for it.

    It has as many columns as fit into the width of the figure; long names are broken.
    """
    if not handles and title is None:
        return
    width, height = figure.get_size_inches()
    letters = int((width - 0.5) * LETTERS_PER_INCH["legend"])
    names = [wrapped(str(handle.get_label()), letters) for handle in handles]
    for columns in range(max(1, min(MOST_LEGEND_COLUMNS, len(handles))), 0, -1):
        legend = figure.legend(
            handles,
            names,
            loc="outside upper left",
            ncols=columns,
            title=title,
            title_fontsize=6.5,
            alignment="left",
        )
        box = legend.get_window_extent()
        if box.width < figure.bbox.width - 0.1 * figure.dpi or columns == 1:
            break
        legend.remove()
    figure.set_size_inches(width, height + box.height / figure.dpi)


def wrapped_title(axes: Axes, text: str, width: float) -> None:
    """Put a title over axes of a ``width`` in inches, in as many lines as that takes."""
    axes.set_title(wrapped(text, int(width * LETTERS_PER_INCH["title"])))


def wrapped(text: str, letters: int) -> str:
    """Break lines of more than so many ``letters``, formulas counted as they are drawn."""
    lines = [""]
    for word in re.findall(r"(?:\$[^$]*(?<!\\)\$|\\\$|[^\s$])+|\n", text):
        if word == "\n":
            lines.append("")
        elif lines[-1] and _drawn_length(f"{lines[-1]} {word}") > letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _drawn_length(text: str) -> int:
    return len(re.sub(r"\\[a-z]+\s?|[${}\\^_]", "", text))


def labels(runs: list[RunRecord]) -> list[str]:
    """Return the names of `run_names`, with no dollar sign that would begin a formula."""
    return [name.replace("$", r"\$") for name in run_names(runs)]


def _plain(text: str) -> str:
    """Return ``text`` with a mark for every character that a file of text cannot hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def require_learning(run: RunRecord, epochs: np.ndarray) -> None:
    """Raise RunError if only the untrained net was recorded: one point is no curve."""
    if (epochs < 1).all() and len(epochs):
        raise missing(run, "a snapshot after epoch 0", "the same later")


def check_loss(run: RunRecord, loss: str) -> None:
    """Raise RunError if ``loss`` was not recorded, ConfigError if not once per snapshot."""
    if run.variable(loss).dims != ("replica", "snapshot"):
        raise ConfigError("`--loss`", "have a value per snapshot", f"is {loss}", "--loss bulk_loss")


def loss_scale(*losses: np.ndarray) -> Literal["linear", "log"]:
    """Return the scale of an axis of ``losses``: linear if a local objective made one negative."""
    return "linear" if any((values < 0.0).any() for values in losses) else "log"


def run_id(runs: Sequence[RunRecord]) -> dict[str, str]:
    """Return what a figure was made from: run ids, config hashes and commits."""
    return {
        "run": ", ".join(run.name for run in runs) or "none",
        "config_hash": ", ".join(run.config.hash() for run in runs) or "none",
        "commit": ", ".join(dict.fromkeys(run.commit for run in runs)) or "none",
    }


def render(drawing: Drawing, form: str, title: str, identity: Mapping[str, str]) -> bytes:
    """Return the figure as a file of ``form``, with its identity in the metadata.

    The same drawing gives the same bytes: no time of day is put in.
    """
    words = _plain("; ".join(f"{key}: {value}" for key, value in identity.items()))
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
    with house_style(), mpl.rc_context(LAID_OUT):
        drawing.figure.savefig(buffer, format=form, metadata=forms[form])
    return buffer.getvalue()


def as_csv(drawing: Drawing) -> bytes:
    """Return the plotted numbers as CSV, missing ones empty, text such as no formula is made of."""
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
    """Return the error of a run that cannot be drawn."""
    return RunError(f"the run {run.name}", f"have recorded {what}", "did not", remedy)
