"""Markdown as GitHub reads it: plain text made safe, tables, and the anchors of headings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SPECIAL = re.compile(r"[\\`*<\[\]~]|(?<![^\W_])_")
"""What plain text must not hold as it is; an underscore within a word is none of it."""


def escaped(text: str) -> str:
    r"""Return ``text`` so that it shows as it stands: ``<x>*`` becomes ``\<x>\*``."""
    return SPECIAL.sub(r"\\\g<0>", text)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already; a bar in one does not end it.

    ``header``: a cell per column; ``rows``: of as many cells each.
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines
    )


def anchor(heading: str) -> str:
    """Return what a link to ``heading`` ends with, after its number sign.

    >>> from nnuniverse.markdown import anchor
    >>> anchor("Sums and means")
    'sums-and-means'
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
