"""A table as text, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class TextTable(NamedTuple):
    """``headings``, ``rows`` of as many cells, and what the table shows."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
