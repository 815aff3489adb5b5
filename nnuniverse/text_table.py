"""A table as text, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

NO_LEGEND: Mapping[str, str] = MappingProxyType({})


class TextTable(NamedTuple):
    """``headings``, ``rows`` of as many cells, and what the table shows.

    ``legend``: what headings mean, as equations and their source, of those that have one.
    """

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    legend: Mapping[str, str] = NO_LEGEND
