"""Axes of epochs and logarithmic ones: where their ticks are, and how numbers on them are written.

Epoch 0, the untrained net, has its place on a logarithmic axis, too: below 1 it is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from math import floor, log10

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.text import Text
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    NullLocator,
)

FIRST_DECADE = 0.7
"""Length of the axis from 0 to 1, in decades: their labels do not meet in the smallest panels."""

FEW_EPOCHS = 20
"""Up to here ticks stand at 1, 2, 5, ..., too."""

MOST_DECADES = 6
"""With labels of their own."""

_HYPHEN = re.compile(r"(?<![\w.\)\]])-(?=[0-9.])|(?<=[0-9]e)-(?=[0-9])")


def epoch_axes(many: Iterable[Axes], linear: bool) -> None:
    """Let the x axes show epochs; logarithmic ones begin at 0 where something is drawn there.

    ``many``: the axes; ``linear``: whether they are not logarithmic.
    """
    many = list(many)
    from_zero = any(axes.dataLim.x0 < 1.0 for axes in many)
    last = max(axes.dataLim.x1 for axes in many)
    for axes in many:
        axes.autoscale(axis="x")
        if linear:
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
            continue
        if from_zero:
            axes.set_xscale("symlog", linthresh=1.0, linscale=FIRST_DECADE)
        else:
            axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(_decades(last, from_zero)))
        axes.xaxis.set_major_formatter(FuncFormatter(_epoch_text(last)))
        axes.xaxis.set_minor_locator(FixedLocator(_between_decades(last)))
        axes.xaxis.set_minor_formatter(NullFormatter())


def _decades(last: float, from_zero: bool) -> list[float]:
    most = floor(log10(last)) if last >= 1.0 else 0
    step = -(-(most + 1) // MOST_DECADES)
    steps = (1.0, 2.0, 5.0) if last < FEW_EPOCHS else (1.0,)
    ticks = [m * 10.0**k for k in range(0, most + 1, step) for m in steps if m * 10.0**k <= last]
    return [0.0, *ticks] if from_zero else ticks


def _between_decades(last: float) -> list[float]:
    decades = range(floor(log10(last)) + 1) if last >= 1.0 else range(0)
    return [m * 10.0**k for k in decades for m in range(2, 10) if m * 10.0**k <= last]


def _epoch_text(last: float) -> Callable[[float, int | None], str]:
    def text(value: float, _: int | None = None) -> str:
        if value == 0.0 or last < FEW_EPOCHS:
            return f"{value:g}"
        return rf"$10^{{{round(log10(value))}}}$"

    return text


def scale_axis(axis: Axis, scale: str) -> None:
    """Give an axis its scale, after all is drawn on it; a logarithmic one has three to six labels.

    Those are powers of ten where there are several, 1, 2, 5, 10 ... over a decade or two, and
    evenly spaced numbers over less.
    """
    axes = axis.axes
    horizontal = axis is axes.xaxis
    (axes.set_xscale if horizontal else axes.set_yscale)(scale)
    if scale != "log":
        return
    low, high = axes.get_xlim() if horizontal else axes.get_ylim()
    axis.set_minor_formatter(NullFormatter())
    if log10(high / low) >= 2.0:
        axis.set_major_locator(LogLocator(numticks=MOST_DECADES))
        return
    axis.set_major_formatter(FuncFormatter(number_text))
    if _labels(low, high) >= 3:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        return
    axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.set_minor_locator(NullLocator())


def _labels(low: float, high: float) -> int:
    """Return how many of 1, 2, 5, 10 ... lie between two ends."""
    powers = range(floor(log10(low)), floor(log10(high)) + 1)
    return sum(low <= m * 10.0**k <= high for k in powers for m in (1.0, 2.0, 5.0))


def number_text(value: float, _: int | None = None) -> str:
    """Return a number as it is written on an axis: 0.05, or a multiple of a power of ten.

    ``value``: on the axis; ``_``: its number there, unused.
    """
    if value == 0.0 or 1e-3 <= abs(value) < 1e4:
        return real_minus(f"{value:.4g}")
    mantissa, exponent = f"{value:.3e}".split("e")
    return rf"${float(mantissa):g} \times 10^{{{int(exponent)}}}$"


def real_minus(text: str) -> str:
    """Return ``text`` with a minus for every hyphen before a number that nothing stands before."""
    return _HYPHEN.sub("\N{MINUS SIGN}", text)


def write_minus_signs(within: Artist) -> None:
    """Put a minus for every hyphen that stands for one, in titles, labels and legends.

    ``within``: the figure or a part of it.
    """
    if isinstance(within, Text):
        if within.get_text() != (better := real_minus(within.get_text())):
            within.set_text(better)
        return
    for part in [within.label] if isinstance(within, Axis) else within.get_children():
        write_minus_signs(part)
