"""Ticks of the axes of a figure, worked out once for a place while it is laid out, or drawn.

Matplotlib works them out, and measures their labels, whenever it asks how large an axis is: for
itself, for each spine of its axes and for their title, five times for a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from matplotlib.axis import Axis
from matplotlib.figure import Figure

_TICKS, _BOXES = "_update_ticks", "_get_ticklabel_bboxes"
_THEIRS: dict[str, Any] = {name: vars(Axis).get(name) for name in (_TICKS, _BOXES)}
"""Matplotlib's own; there may be none of a name in another version, which does without ours."""

PLAIN = "rectilinear"
"""The axes of which all is known that ticks depend on."""


@contextmanager
def ticks_kept(figure: Figure) -> Iterator[None]:
    """Let ticks of the plain axes of a figure be worked out once for a place of the axes.

    Nothing else about the axes may change meanwhile.

    ``figure``: what is laid out, or drawn.
    """
    if not all(_THEIRS.values()):
        yield
        return
    kept = _Kept(figure)
    setattr(Axis, _TICKS, lambda axis: kept.ticks(axis))
    setattr(Axis, _BOXES, lambda axis, ticks, renderer: kept.boxes(axis, ticks, renderer))
    try:
        yield
    finally:
        for name, theirs in _THEIRS.items():
            setattr(Axis, name, theirs)


class _Place(NamedTuple):
    """Of axes: where they are, on which figure, and what an axis shows."""

    bounds: tuple[float, float, float, float]
    shown: tuple[float, ...]
    dpi: float


class _Found(NamedTuple):
    """The ticks to draw at a place, and the boxes of their labels, for a renderer."""

    place: _Place
    ticks: list[Any]
    boxes: list[tuple[Any, Any]]


@dataclass
class _Kept:
    """What was found last of every axis of a ``figure``.

    ``formatting``: the axis whose numbers a formatter has last seen; several axes may share it.
    """

    figure: Figure
    found: dict[Axis, _Found] = field(default_factory=dict)
    formatting: dict[int, Axis] = field(default_factory=dict)

    def ticks(self, axis: Any) -> Any:
        """Return the ticks of an axis that are to be drawn."""
        if axis.axes.name != PLAIN or axis.get_figure(root=True) is not self.figure:
            return _THEIRS[_TICKS](axis)
        low, high = axis.get_view_interval()
        place = _Place(axis.axes.bbox.bounds, (low, high), self.figure.dpi)
        found = self.found.get(axis)
        shared = id(axis.get_major_formatter())
        if found is None or found.place != place or self.formatting[shared] is not axis:
            found = self.found[axis] = _Found(place, _THEIRS[_TICKS](axis), [])
            self.formatting[shared] = axis
        return found.ticks

    def boxes(self, axis: Any, ticks: Any, renderer: Any) -> Any:
        """Return the boxes of the labels of ``ticks``, on both sides of an axis."""
        found = self.found.get(axis)
        if found is None or ticks is not found.ticks:
            return _THEIRS[_BOXES](axis, ticks, renderer)
        for measured_by, boxes in found.boxes:
            if measured_by is renderer:
                return boxes
        boxes = _THEIRS[_BOXES](axis, ticks, renderer)
        found.boxes.append((renderer, boxes))
        return boxes
