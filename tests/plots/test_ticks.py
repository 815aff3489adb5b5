"""How numbers are written on axes, in titles and in legends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.plots.ticks import number_text, real_minus
from nnuniverse.runs import RunRecord


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mass -0.5", "mass \N{MINUS SIGN}0.5"),
        ("-2 and 1e-05", "\N{MINUS SIGN}2 and 1e\N{MINUS SIGN}05"),
        ("hidden 40-20", "hidden 40-20"),
        ("run-2 20260101T000000Z-0123abcd", "run-2 20260101T000000Z-0123abcd"),
        (r"$-\Delta F$", r"$-\Delta F$"),
    ],
)
def test_a_minus_is_no_hyphen_and_a_hyphen_no_minus(text: str, written: str) -> None:
    assert real_minus(text) == written


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.05, "0.05"),
        (-2.5, "\N{MINUS SIGN}2.5"),
        (2e-7, r"$2 \times 10^{-7}$"),
        (15000.0, r"$1.5 \times 10^{4}$"),
    ],
)
def test_numbers_on_axes(value: float, text: str) -> None:
    assert number_text(value) == text


def test_minus_signs_in_a_legend(build: Callable[..., RunRecord]) -> None:
    runs = [build(train={"learning_rate": 10.0**k}) for k in (-5, -6)]
    (legend,) = PLOTS["moments"].make(runs, PlotSettings()).figure.legends
    assert [text.get_text() for text in legend.get_texts()][:2] == [
        "learning rate 1e\N{MINUS SIGN}05",
        "learning rate 1e\N{MINUS SIGN}06",
    ]
