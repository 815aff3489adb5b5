"""Breaking lines of text on a figure."""

from __future__ import annotations

import re


def wrapped(text: str, letters: int) -> str:
    """Break lines of more than so many ``letters``, formulas counted as they are drawn.

    ``text``: of a title or legend.
    """
    lines = [""]
    for word in re.findall(r"(?:\$[^$]*(?<!\\)\$|\\\$|[^\s$])+|\n", text):
        if word == "\n":
            lines.append("")
        elif lines[-1] and _drawn_length(f"{lines[-1]} {word}") > letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _drawn_length(text: str) -> int:
    return len(re.sub(r"\\[a-z]+\s?|[${}\\^_]", "", text))
