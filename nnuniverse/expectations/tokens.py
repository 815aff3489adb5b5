"""The words of an expectation."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnuniverse.errors import ConfigError

MAX_CHARACTERS = 1000
"""Some ten times the longest line that a person would write."""

MAX_TOKENS = 200
"""Bounds the height of the tree that a line becomes, far below Python's recursion limit."""

EXPECTATION, FORMULA = "expectation", "formula"
EXAMPLES = {EXPECTATION: "`mu3.final < 0`", FORMULA: "`-(1 - 2 * M / r)`"}
"""What a line may be, and an example of it."""

NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
TEXT = r"'[^']*'|\"[^\"]*\""
SYMBOL = r"\*\*|<=|>=|[-+*/()\[\],.=<>]"

_TOKEN = re.compile(rf"(?P<number>{NUMBER})|(?P<name>{NAME})|(?P<text>{TEXT})|(?P<symbol>{SYMBOL})")
_SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class Token:
    """A word at a position: ``kind`` is number, name, text (in quotes), symbol or end."""

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the line ends" if self.kind == "end" else f"there is {self.text!r}"


def tokenise(line: str, what: str = EXPECTATION) -> list[Token]:
    """Return the words of ``line`` and, after them, its end; ``what`` the line is, for errors.

    Raises ConfigError for a character that no word begins with, and for a line that is too long.

    >>> [token.text for token in tokenise("mu3.final < 0")]
    ['mu3', '.', 'final', '<', '0', '']
    """
    if len(line) > MAX_CHARACTERS:
        raise _too_long(what, line, f"has {len(line)} characters, more than {MAX_CHARACTERS}")
    tokens: list[Token] = []
    position = _after_space(line, 0)
    while position < len(line):
        found = _TOKEN.match(line, position)
        if found is None:
            actual = f"there is {line[position]!r}"
            raise unreadable(line, position, "a word of the language", actual, what=what)
        tokens.append(Token(str(found.lastgroup), found.group(), position))
        if len(tokens) > MAX_TOKENS:
            raise _too_long(what, line, f"has more than {MAX_TOKENS} words")
        position = _after_space(line, found.end())
    return [*tokens, Token("end", "", len(line))]


def unreadable(
    line: str,
    position: int,
    expected: str,
    actual: str,
    remedy: str | None = None,
    what: str = EXPECTATION,
) -> ConfigError:
    """Return the error for a line that does not have what is ``expected`` at ``position``.

    ``actual``: what is there; ``remedy``: what the error advises, None for nothing.
    """
    return ConfigError(
        f"the {what} {_shown(line)}",
        f"have {expected} at character {position + 1}",
        _cut(actual),
        _cut(remedy or EXAMPLES[what]),
    )


def _too_long(what: str, line: str, actual: str) -> ConfigError:
    return ConfigError(f"the {what} {_shown(line)}", "be short", actual, "several lines instead")


def _shown(line: str) -> str:
    return repr(_cut(line))


def _cut(text: str) -> str:
    """Return the beginning of a text that may be as long as a line."""
    return text if len(text) <= 100 else text[:97] + "..."


def _after_space(line: str, position: int) -> int:
    found = _SPACE.match(line, position)
    return found.end() if found else position
