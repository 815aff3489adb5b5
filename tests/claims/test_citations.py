"""Citations of equations, sections and figures in text."""

from __future__ import annotations

import pytest

from nnuniverse.claims.citations import Equation, cited, place

LEARNING, WORLD = "2004.09280", "2008.01540"


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("2004.09280 (9.5), (9.6).", ["9.5", "9.6"]),
        ("2004.09280 (6.6)-(6.8), mended (A16); (5.11) (A13).", ["6.6", "6.7", "6.8", "5.11"]),
        ("2004.09280 (2.11); the printed (2.10) lacks the 1/2, and (2.11)", ["2.11", "2.10"]),
        ("2004.09280 Secs. 7-8, Fig. 3 and 4", ["Sec. 7", "Sec. 8", "Fig. 3", "Fig. 4"]),
        ("2004.09280 Sec. 10 speaks of 20 jumps", ["Sec. 10"]),
        ("2004.09280 (3.1); doi 10.1093/imanum/8.1.141 (the lengths)", ["3.1"]),
        ("config (1.2)", []),
    ],
)
def test_what_is_cited(text: str, labels: list[str]) -> None:
    assert cited(text) == [Equation(LEARNING, label) for label in labels]


def test_a_citation_is_of_the_paper_named_last() -> None:
    assert cited("(4.6), 2004.09280 (5.4)", WORLD) == [
        Equation(WORLD, "4.6"),
        Equation(LEARNING, "5.4"),
    ]


def test_equations_come_first_and_by_number() -> None:
    labels = ["Sec. 10", "9.10", "Fig. 1", "9.9", "10.1", "Sec. 9"]
    ordered = sorted((Equation(LEARNING, label) for label in labels), key=place)
    expected = ["(9.9)", "(9.10)", "(10.1)", "Fig. 1", "Sec. 9", "Sec. 10"]
    assert [str(equation) for equation in ordered] == expected
