"""Citations of the papers in text, such as ``2004.09280 (9.5), (9.6), Sec. 10``."""

from __future__ import annotations

import re
from typing import NamedTuple

PAPER = r"\d{4}\.\d{5}"
NUMBER = r"\d+\.\d+"
CITED = re.compile(
    rf"\b(?P<paper>{PAPER})\b"
    rf"|\((?P<first>{NUMBER})\)(?:-\((?P<last>{NUMBER})\))?"
    r"|\b(?P<kind>Sec|Fig)s?\. (?P<numbers>\d+(?:(?:, |-| and )\d+\b(?!\.))*)"
)
LABEL = rf"^({NUMBER}(-{NUMBER})?|\d+|(Sec|Fig)\. \d+|{PAPER} \({NUMBER}\))$"
"""What a statement names: an equation, a range of them, a section or a figure.

An equation may be numbered through a paper, as "12"; no index of ours has one of these."""


class Equation(NamedTuple):
    """An equation, section or figure of a paper: ``label`` is "9.5", "Sec. 10" or "Fig. 7"."""

    paper: str
    label: str

    def __str__(self) -> str:
        return f"({self.label})" if self.label[0].isdigit() else self.label


def cited(text: str, paper: str = "") -> list[Equation]:
    """Return what ``text`` cites, in its order, each once.

    A range counts as all that lies in it.  ``paper``: the one that is meant before any is named;
    if none is, what stands there is not a citation.
    """
    found: dict[Equation, None] = {}
    for match in CITED.finditer(text):
        paper = match["paper"] or paper
        labels = [] if match["paper"] or not paper else _labels(match)
        found.update(dict.fromkeys(Equation(paper, label) for label in labels))
    return list(found)


def _labels(match: re.Match[str]) -> list[str]:
    if match["kind"]:
        return [f"{match['kind']}. {number}" for number in _whole_numbers(match["numbers"])]
    section, first = match["first"].split(".")
    last = (match["last"] or match["first"]).split(".")[1]
    return [f"{section}.{number}" for number in range(int(first), int(last) + 1)]


def _whole_numbers(text: str) -> list[int]:
    numbers: list[int] = []
    for part in re.split(", | and ", text):
        first, _, last = part.partition("-")
        numbers += range(int(first), int(last or first) + 1)
    return numbers


def place(equation: Equation) -> tuple[str, bool, list[int]]:
    """Return where an equation stands in an index: by paper, equations first, by number."""
    numbers = [int(number) for number in re.findall(r"\d+", equation.label)]
    return equation.paper, not equation.label[0].isdigit(), numbers
