"""Facts as lines of text on stdout, within the width that there is."""

from __future__ import annotations

from collections.abc import Mapping

from nnuniverse.cli.display.consoles import make_console
from nnuniverse.cli.display.layout import GAP, INDENT
from nnuniverse.cli.display.streams import wrapped
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


def print_commented(yaml: str) -> None:
    """Print YAML whose lines may end with a comment: one too long for the width goes above."""
    console = make_console()
    for line in yaml.splitlines():
        key, mark, comment = line.partition("# ")
        if len(line) > console.width and mark:
            indent = key[: len(key) - len(key.lstrip())]
            begin = f"{indent}# "
            shown = [begin + part for part in wrapped(comment, console.width - len(begin))]
            shown += [key.rstrip()] if key.strip() else []
        else:
            shown = [line]
        for one in shown:
            console.print(one, soft_wrap=True)
