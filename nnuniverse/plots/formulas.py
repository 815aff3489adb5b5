"""Formulas on figures, each of which is parsed once for a size, a resolution and a style.

Matplotlib keeps what it has parsed for one canvas only.  Every figure, and every image made of it,
has a canvas of its own, and most of its time went into the same labels of axes over again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
from matplotlib.mathtext import MathTextParser

MOST = 1000
"""That are kept, of some kilobytes each; the figures of a run have a hundred."""

SETTINGS = ("font.", "mathtext.")
"""How those of a style begin that say what a formula looks like."""

_NAME = "_parse_cached"
_THEIRS: Any = vars(MathTextParser).get(_NAME)
"""Matplotlib's own; there may be none of this name in another version, which does without ours."""


@contextmanager
def formulas_kept() -> Iterator[None]:
    """Let formulas that were parsed for one canvas be those of all canvases of its kind."""
    if not hasattr(_THEIRS, "__wrapped__"):
        yield
        return
    setattr(MathTextParser, _NAME, _parse)
    try:
        yield
    finally:
        setattr(MathTextParser, _NAME, _THEIRS)


def _parse(parser: Any, *asked: Hashable) -> Any:
    settings = tuple(str(mpl.rcParams[key]) for key in mpl.rcParams if key.startswith(SETTINGS))
    return _parsed(_Kind(parser), settings, *asked)


class _Kind:
    """A parser, which is equal to all others whose formulas are images, or are outlines."""

    def __init__(self, parser: Any) -> None:
        self.parser = parser
        self.output: str = parser._output_type

    def __hash__(self) -> int:
        return hash(self.output)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kind) and self.output == other.output


@lru_cache(MOST)
def _parsed(kind: _Kind, _: tuple[str, ...], *asked: Hashable) -> Any:
    return _THEIRS.__wrapped__(kind.parser, *asked)
