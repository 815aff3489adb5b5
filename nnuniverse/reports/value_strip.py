"""The values of a claim, seed by seed, beside what is printed, drawn in the page itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from nnuniverse.claims.reproduction.counted_shares import MOST
from nnuniverse.claims.reproduction.digits import on_scale
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim
from nnuniverse.claims.reproduction.rank_permutation import ranks_within
from nnuniverse.counted import counted
from nnuniverse.intervals import number as digits
from nnuniverse.reports.drawn_scale import DrawnScale, Tick, round_values, written_tick

WIDTH, HEIGHT = 400.0, 104.0
LEFT, RIGHT = 14.0, 386.0
TOP, DOTS_END, MEAN, BOTTOM = 6.0, 54.0, 66.0, 78.0
"""Of the drawing, in its units: pixels of a page where a letter is 13 high."""

UPWARD = 76.0
"""Where an upward axis is drawn, with room for its labels."""

SQUARE = 250.0
"""Height of two quantities against each other."""

ROOM = 0.06
"""Of the range that is drawn, on either side."""

LETTER, GAP = 7.5, 10.0
"""Width of a digit below an axis, and what is left between two labels."""

GOLDEN = 0.6180339887498949
"""Multiples of it, without their whole part, are spread evenly: heights of dots."""


@dataclass(frozen=True)
class Dot:
    """A seed's value: where it is drawn and what it is."""

    x: float
    y: float
    told: str


@dataclass(frozen=True)
class ValueStrip:
    """A drawing of a claim's values.

    ``words``: what it shows, for who cannot see it; ``ticks``: below the axis; ``band``: ends of
    what agrees; ``printed``: what is printed, a bound, or the level of chance; ``interval``: ends
    of that of the mean; ``against`` and ``upward``: names and ticks of two quantities of which one
    is drawn upward, else empty.
    """

    words: str
    dots: Sequence[Dot]
    ticks: Sequence[Tick]
    band: tuple[float, float] | None = None
    printed: float | None = None
    mean: float | None = None
    interval: tuple[float, float] | None = None
    against: tuple[str, str] | None = None
    upward: Sequence[Tick] = ()
    height: float = HEIGHT

    width, right = WIDTH, RIGHT
    top, mean_at, dots_end = TOP, MEAN, DOTS_END

    @property
    def begin(self) -> float:
        """Where the axis begins."""
        return UPWARD if self.against else LEFT

    @property
    def bottom(self) -> float:
        """Where the axis is drawn."""
        return self.height - (HEIGHT - BOTTOM) - (14.0 if self.against else 0.0)


def value_strip(claim: JudgedClaim) -> ValueStrip | None:
    """Return the drawing of a claim's values, None if it has none."""
    if claim.measured is None or not np.isfinite(claim.measured.values).any():
        return None
    if claim.measured.against is not None:
        return _against(claim)
    return _along(claim)


def _along(claim: JudgedClaim) -> ValueStrip:
    """Return values along one axis, on the scale on which they are compared."""
    band, printed = _agreeing(claim)
    shown = [*_finite_values(claim), *(band or ()), printed, claim.mean, claim.low, claim.high]
    shown += [0.0, 1.0] if claim.number.kind == "count" else []
    place = _Placed(claim, [value for value in shown if value is not None and np.isfinite(value)])
    mean = claim.mean if claim.mean is not None and place.has(claim.mean) else None
    ends = (claim.low, claim.high)
    return ValueStrip(
        _words(claim),
        list(_dots(claim, place)),
        place.ticks(),
        (place.clipped(band[0]), place.clipped(band[1])) if band else None,
        None if printed is None else place(printed),
        None if mean is None else place(mean),
        None
        if mean is None or ends[0] is None or ends[1] is None
        else (place.clipped(ends[0]), place.clipped(ends[1])),
    )


def _agreeing(claim: JudgedClaim) -> tuple[tuple[float, float] | None, float | None]:
    """Return between which ends ours agree with what is printed, and where that is."""
    number = claim.number
    if number.kind == "sign":
        return ((0.0, np.inf) if number.sign == "+" else (-np.inf, 0.0)), 0.0
    if number.count is not None:
        return (MOST, 1.0), number.count.level
    for bound in (number.at_least, number.at_most):
        if bound is not None:
            return claim.margin, bound
    return claim.margin, float(number.printed)


class _Placed:
    """Where values are drawn: linear on the scale of the comparison, ticks in units of its own."""

    def __init__(self, claim: JudgedClaim, shown: Sequence[float]) -> None:
        self.scale = claim.number.scale
        self.values = [value for value in shown if self._on(value) is not None]
        ends = [end for end in map(self._on, self.values) if end is not None] or [0.0]
        room = ROOM * ((max(ends) - min(ends)) or abs(ends[0]) or 1.0)
        self.drawn = DrawnScale(min(ends) - room, max(ends) + room, LEFT, RIGHT)

    def _on(self, value: float) -> float | None:
        place = float(on_scale(value, self.scale))
        return place if np.isfinite(place) else None

    def has(self, value: float) -> bool:
        return self._on(value) is not None

    def __call__(self, value: float) -> float:
        return self.drawn(float(on_scale(value, self.scale)))

    def clipped(self, value: float) -> float:
        """Return where a value is drawn, at the end of the drawing if beyond."""
        place = self._on(value)
        if place is None:
            return RIGHT if value > 0.0 and np.isinf(value) else LEFT
        return min(max(self.drawn(place), LEFT), RIGHT)

    def ticks(self) -> list[Tick]:
        """Return round values, not closer than their labels are wide."""
        low, high = min(self.values, default=0.0), max(self.values, default=1.0)
        ticks: list[Tick] = []
        for value in round_values(low, high) or [low]:
            tick = self.clipped(value), written_tick(value)
            if not ticks or tick[0] - ticks[-1][0] >= _width(tick) + _width(ticks[-1]) + GAP:
                ticks.append(tick)
        return ticks


def _width(tick: Tick) -> float:
    """Return half the width of a label."""
    return LETTER * len(tick[1]) / 2.0


def _dots(claim: JudgedClaim, place: _Placed) -> Iterator[Dot]:
    measured = claim.measured
    if measured is None:
        return
    for k, (value, seed) in enumerate(zip(measured.values, measured.seeds, strict=True)):
        if np.isfinite(value) and place.has(float(value)):
            height = TOP + 4.0 + (DOTS_END - TOP - 8.0) * ((k + 1) * GOLDEN % 1.0)
            told = f"seed {seed}: {digits(value)}"
            yield Dot(place(float(value)), round(height, 1), told)


def _against(claim: JudgedClaim) -> ValueStrip:
    """Return the ranks of two quantities, which are what is compared, a dot per net."""
    measured = claim.measured
    if measured is None or measured.against is None:
        raise TypeError("a rank correlation has two quantities")
    there = np.isfinite(measured.values) & np.isfinite(measured.against)
    y, x = measured.values[there], measured.against[there]
    strip = ValueStrip("", (), (), against=("", ""), height=SQUARE)
    within = claim.number.rank_correlation is not None and claim.number.rank_correlation.within
    groups = np.array(list(map(str, measured.groups)))[there] if within else None
    ranks = ranks_within(x, groups), ranks_within(y, groups)
    across = _linear(ranks[0], UPWARD, RIGHT)
    upward = _linear(ranks[1], strip.bottom, TOP)
    seeds, names = measured.seeds[there], names_of_two(claim)
    return ValueStrip(
        _words(claim),
        [
            Dot(across(a), upward(b), f"seed {seed}: {digits(of_a)}, {digits(of_b)}")
            for a, b, of_a, of_b, seed in zip(*ranks, x, y, seeds, strict=True)
        ],
        across.ticks(),
        against=(f"rank of {names[0]}", f"rank of {names[1]}"),
        upward=upward.ticks(),
        height=SQUARE,
    )


def _linear(values: np.ndarray, start: float, end: float) -> DrawnScale:
    low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
    if not len(values):
        low, high = 0.0, 1.0
    room = ROOM * ((high - low) or abs(low) or 1.0)
    return DrawnScale(low - room, high + room, start, end)


def names_of_two(claim: JudgedClaim) -> tuple[str, str]:
    """Return the names of the two quantities of a rank correlation, across and upward.

    ``claim``: the claim with its verdict.
    """
    ranked = claim.number.rank_correlation
    both = (ranked.against if ranked else "", claim.number.quantity)
    across, upward = (
        one if isinstance(one, str) else one.analysis.replace("_", " ") if one else ""
        for one in both
    )
    return across, upward


def _words(claim: JudgedClaim) -> str:
    """Return what a drawing shows."""
    values = _finite_values(claim)
    many = counted(len(values), "value")
    low, high = digits(min(values)), digits(max(values))
    if claim.measured is not None and claim.measured.against is not None:
        across, upward = names_of_two(claim)
        return f"{claim.number.id}: {upward} of {many} against {across}, from {low} to {high}."
    printed = f"printed: {claim.number.printed}"
    mean = f"mean {digits(claim.mean)}"
    if claim.low is not None and claim.high is not None:
        mean += f" with the interval {digits(claim.low)} to {digits(claim.high)}"
    return f"{claim.number.id}: {many} from {low} to {high}, {mean}; {printed}."


def _finite_values(claim: JudgedClaim) -> list[float]:
    values = claim.measured.values if claim.measured is not None else np.array([])
    return [float(value) for value in values if np.isfinite(value)]
