"""Facts as lines of text on stdout, within the width that there is."""

from __future__ import annotations

from collections.abc import Mapping

from nnuniverse.cli.display.consoles import make_console
from nnuniverse.cli.display.layout import GAP, INDENT, wrapped
from nnuniverse.errors import printable


def print_facts(title: str, facts: Mapping[str, str], *, first: bool = True) -> None:
    """Print a title and, below, each fact after its name; after a blank line unless ``first``."""
    console = make_console()
    if not first:
        console.print()
    lines = wrapped(printable(title), console.width, INDENT)
    longest = max(map(len, facts), default=0)
    beside = longest if 2 * longest < console.width else 0
    indent = INDENT + " " * (beside + len(GAP) if beside else len(INDENT))
    for name, fact in facts.items():
        line = f"{INDENT}{name:{beside}}{GAP}{printable(fact)}"
        lines += wrapped(line, console.width, indent)
    for line in lines:
        console.print(line, soft_wrap=True)
