"""How runs share a figure, so that no two look the same: colours, a colour bar, small multiples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnuniverse.axis_labels import Label, label_text, position_of
from nnuniverse.errors import ConfigError
from nnuniverse.plots.canvas import legend_above, new_figure, panels_of, wrapped_title
from nnuniverse.plots.drawing import LINE_STYLES, LineStyle, PlotSettings, labels
from nnuniverse.plots.house_style import DOUBLE, SINGLE
from nnuniverse.runs import RunRecord, Trait, traits
from nnuniverse.runs.naming import trait_words

COLOURS = 7
"""Of the house style: so many are told apart."""

MOST_LOOKS = COLOURS * len(LINE_STYLES)

MOST_COLUMNS = 3
"""Of panels, in the width of both columns of a journal."""

MOST_ROWS = 6
"""Of panels, on a page."""

MOST_BANDS = 4
"""More runs have no bands and no replicas: they would cover each other and squeeze the means."""

Y_HEIGHT = 1.35
"""Height of a row of small panels, inches."""


class CrowdedError(ConfigError):
    """More runs than a figure can tell apart."""


class Look(NamedTuple):
    """Colour and line style, of a run or of a quantity."""

    color: str
    style: LineStyle = "-"


class ColourBar(NamedTuple):
    """The ``label`` of a bar, and the scale of its colours."""

    label: str
    scale: ScalarMappable

    def look(self, value: object) -> Look:
        """Return the look of a number.

        ``value``: of what the bar shows.
        """
        rgb = np.asarray(self.scale.to_rgba(np.asarray(value, float)))
        return Look(to_hex(tuple(rgb.tolist())))


@dataclass(frozen=True)
class Overlay:
    """How runs share a figure.

    ``names``: of the runs; ``panels``: titles, one empty if all are in one panel; ``places``: the
    panel of each run; ``looks``: of each run, different ones in a panel; ``entries``: of the
    legend, or ``bar`` instead; ``by_value``: whether colours stand for the values of a key.
    """

    names: Sequence[str]
    panels: Sequence[str]
    places: Sequence[int]
    looks: Sequence[Look]
    entries: Sequence[tuple[str, Look]]
    bar: ColourBar | None = None
    by_value: bool = False

    @property
    def several(self) -> bool:
        """Whether there are several runs, so that colours tell runs apart, not quantities."""
        return len(self.names) > 1

    @property
    def bands(self) -> bool:
        """Whether intervals and single replicas are drawn."""
        return len(self.names) <= MOST_BANDS

    def grid(self, rows: int, height: float) -> tuple[Figure, np.ndarray]:
        """Return a figure and its axes, (row, panel), each panel with ``rows`` axes.

        ``height``: of a figure of one panel, inches.  Raises CrowdedError if they do not fit on a
        page.
        """
        count = len(self.panels)
        if count == 1:
            figure, grid = new_figure(rows, 1, size=(SINGLE, height), sharex=True)
            if self.panels[0]:
                wrapped_title(grid[0, 0], self.panels[0], SINGLE - 0.6)
            return figure, grid
        columns = min(MOST_COLUMNS, count)
        blocks = -(-count // columns)
        if blocks * rows > MOST_ROWS:
            raise crowded(self.names, f"take {count} panels of {rows} rows each")
        size = (DOUBLE, 0.5 + (Y_HEIGHT + 0.2 / rows) * blocks * rows)
        figure, grid = new_figure(blocks * rows, columns, size=size, sharex=True)
        by_panel = np.empty((rows, count), object)
        for panel, row in np.ndindex(blocks * columns, rows):
            axes = grid[panel // columns * rows + row, panel % columns]
            if panel >= count:
                axes.remove()
                continue
            by_panel[row, panel] = axes
            if panel:
                axes.sharey(by_panel[row, 0])
                axes.tick_params(labelleft=panel % columns == 0)
            axes.tick_params(labelbottom=row == rows - 1 and panel >= count - columns)
            if row == 0:
                wrapped_title(axes, self.panels[panel], DOUBLE / columns - 0.4)
        return figure, by_panel

    def label(self, grid: np.ndarray, x: str, ys: Sequence[str]) -> None:
        """Name the axes: x below, y at the left.

        ``grid``: the axes, (rows, columns); ``ys``: names of the y axes.
        """
        columns = min(MOST_COLUMNS, grid.shape[1])
        for axes in grid[-1, -columns:]:
            axes.set_xlabel(x)
        for row, y in zip(grid, ys, strict=True):
            for axes in row[::columns]:
                axes.set_ylabel(y)

    def legend(
        self,
        figure: Figure,
        others: Sequence[Artist] = (),
        title: str | None = None,
        *,
        solid: bool = False,
        grey: bool = False,
    ) -> None:
        """Say what colours and line styles stand for: of runs if there are several, and others.

        ``solid``, ``grey``: whether line styles, or colours, are those of ``others``.

        ``figure``: whose legend it is; ``title``: what stands above, None for nothing.
        """
        handles: list[Artist] = [
            Line2D(
                [],
                [],
                color="0.4" if grey else look.color,
                linestyle="-" if solid else look.style,
                label=name,
            )
            for name, look in self.entries
            if self.several
        ]
        if self.bar is not None:
            figure.colorbar(
                self.bar.scale, ax=panels_of(figure), label=self.bar.label, aspect=30, pad=0.02
            )
        legend_above(figure, [*handles, *others], title)


def overlay(runs: list[RunRecord], settings: PlotSettings) -> Overlay:
    """Return how ``runs`` share a figure.

    Up to seven have a colour and a line style each.  More, and where `--hue` asks for it, are
    coloured by what they differ in, by a number if there is one, with a panel for each combination
    of all else.  Raises CrowdedError if that takes too many colours or panels, ConfigError for a
    `--hue` that is nothing they differ in.

    ``settings``: what `nnu plot` was asked for.
    """
    names = labels(runs)
    if settings.hue is None and len(runs) <= COLOURS:
        looks = [Look(f"C{k}", LINE_STYLES[k % len(LINE_STYLES)]) for k in range(len(runs))]
        one = [0] * len(runs)
        return Overlay(names, [""], one, looks, list(zip(names, looks, strict=True)))
    found = traits(runs)
    chosen = _hue(found, settings.hue)
    if chosen is not None and _tells_all(found):
        return _by_value(names, found, chosen)
    if len(runs) > MOST_LOOKS:
        raise crowded(names, "differ in nothing that could be drawn")
    return _by_value(names, [name := Trait("run", "run", tuple(names))], name)


def _tells_all(found: Sequence[Trait]) -> bool:
    points = list(zip(*(trait.values for trait in found), strict=True))
    return len(set(points)) == len(points)


def _hue(found: Sequence[Trait], key: str | None) -> Trait | None:
    """Return what colours stand for: ``key``, or what leaves the fewest panels, numbers first."""
    if key is not None:
        return find_trait(found, key, "--hue")
    fits = [trait for trait in found if trait.numeric or len(set(trait.values)) <= MOST_LOOKS]
    return min(
        reversed(fits),
        key=lambda trait: (len(set(_without(found, trait))), not trait.numeric),
        default=None,
    )


def _without(found: Sequence[Trait], hue: Trait) -> list[tuple[Label | None, ...]]:
    """Return where each run is in all that differs but ``hue``."""
    others = [trait.values for trait in found if trait is not hue]
    return list(zip(*others, strict=True)) if others else [()] * len(hue.values)


def _by_value(names: list[str], found: Sequence[Trait], hue: Trait) -> Overlay:
    """Colour by the values of ``hue``, with a panel for each combination of all other values."""
    where = _without(found, hue)
    combinations = list(dict.fromkeys(where))
    combinations.sort(key=lambda of: tuple(map(_order, of)))
    others = [trait for trait in found if trait is not hue]
    titles = [
        ", ".join(trait_words(others, where.index(combination))) for combination in combinations
    ]
    if len(combinations) > MOST_COLUMNS * MOST_ROWS:
        raise crowded(names, f"take {len(combinations)} panels")
    places = [combinations.index(values) for values in where]
    values = sorted(set(hue.values), key=_order)
    if hue.numeric and len(values) > COLOURS:
        bar = _colour_bar(hue)
        looks = [bar.look(value) for value in hue.values]
        return Overlay(names, titles, places, looks, (), bar, by_value=True)
    if len(values) > MOST_LOOKS:
        raise crowded(names, f"have {len(values)} values of {hue.word}")
    of_value = dict(zip(values, different_looks(len(values)), strict=True))
    words = {value: next(trait_words([hue], k)) for k, value in enumerate(hue.values)}
    entries = [(words[value], look) for value, look in of_value.items()]
    looks = [of_value[value] for value in hue.values]
    return Overlay(names, titles, places, looks, entries, by_value=True)


def _order(value: Label | None) -> tuple[int, Label]:
    """Sort numbers before words, and what is missing last."""
    if value is None:
        return 2, 0
    return int(isinstance(value, str)), value


def in_order(runs: list[RunRecord]) -> list[RunRecord]:
    """Return runs of one name by the values in which they differ, others as they are given."""
    if len({run.config.name for run in runs}) > 1:
        return runs
    found = traits(runs)
    order = sorted(
        range(len(runs)), key=lambda k: tuple(_order(trait.values[k]) for trait in found)
    )
    return [runs[k] for k in order]


def apart(names: Sequence[str], titles: Sequence[str]) -> Overlay:
    """Return a panel with its title for every run; raises CrowdedError where a page has no room.

    ``names``: of the runs; ``titles``: of the panels.
    """
    count = len(names)
    if count > MOST_COLUMNS * MOST_ROWS:
        raise crowded(names, f"take {count} panels")
    return Overlay(names, titles, range(count), [Look("C0")] * count, ())


def different_looks(count: int) -> list[Look]:
    """Return as many looks, of which no two are the same: another line style after each round.

    ``count``: how many.
    """
    return [Look(f"C{k % COLOURS}", LINE_STYLES[k // COLOURS]) for k in range(count)]


def _colour_bar(hue: Trait) -> ColourBar:
    return colour_bar(hue.word, np.array(hue.values, float))


def colour_bar(label: str, values: np.ndarray) -> ColourBar:
    """Return a bar over ``values``, logarithmic if they span more than a decade.

    ``label``: beside the bar.
    """
    low, high = float(values.min()), float(values.max())
    norm = LogNorm(low, high) if low > 0.0 and high > 10.0 * low else Normalize(low, high)
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.9, 256))  # the last tenth is pale on white
    scale = ScalarMappable(norm, LinearSegmentedColormap.from_list("house", shades))
    return ColourBar(label, scale)


def find_trait(found: Sequence[Trait], key: str, option: str) -> Trait:
    """Return what ``key`` names of that in which runs differ; raises ConfigError if nothing.

    ``found``: in what the runs differ; ``option``: by which it was asked for.
    """
    for trait in found:
        if key in (trait.key, trait.key.rpartition(".")[2], trait.word):
            return trait
    known = ", ".join(trait.key for trait in found) or "runs that differ"
    raise ConfigError(
        f"`{option}`", "name something in which the runs differ", f"is {key!r}", known
    )


def chosen_runs(runs: list[RunRecord], where: Sequence[tuple[str, str]]) -> list[RunRecord]:
    """Return the runs with these labels at these keys; raises ConfigError for what is neither.

    ``where``: keys and labels.
    """
    found = traits(runs)
    kept = set(range(len(runs)))
    for key, label in where:
        trait = find_trait(found, key, "--where")
        there = [value for value in dict.fromkeys(trait.values) if value is not None]
        position = position_of(label, there)
        if position is None:
            known = "one of " + ", ".join(map(label_text, there))
            raise ConfigError("`--where`", f"choose a {key}", f"is {label!r}", known)
        kept &= {k for k, value in enumerate(trait.values) if value == there[position]}
    if not kept:
        raise ConfigError("`--where`", "leave a run", "leaves none", "less of it")
    return [runs[k] for k in sorted(kept)]


def labels_of_few(runs: list[RunRecord], most: int, places: str) -> list[str]:
    """Return the labels of runs in a figure; raises CrowdedError for more than ``most`` of them.

    ``runs``: in the order in which they are drawn; ``places``: what each of them takes one of.
    """
    names = labels(runs)
    if len(runs) > most:
        raise crowded(names, f"take {len(runs)} {places}")
    return names


def crowded(names: Sequence[str], why: str) -> CrowdedError:
    """Return the refusal of more runs than can be told apart.

    ``names``: of the runs; ``why``: there is no room, in words.
    """
    return CrowdedError(
        f"the {len(names)} runs",
        "be told apart in a figure",
        why,
        "--where KEY=LABEL for some of them, --hue KEY for another colour, or fewer runs",
    )
