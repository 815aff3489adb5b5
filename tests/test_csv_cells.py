"""Cells of CSV files: no spreadsheet takes one for a formula."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.csv_cells import cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=", "-", "-x", "=cmd|' /C x'!A0"]
)
def test_a_formula_becomes_text(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["tanh", "a=b", "-1", "-0.5", "+1e3", "-inf", "", -1, -0.5, None])
def test_all_else_stays(value: Any) -> None:
    assert cell(value) is value or cell(value) == value


@given(st.text(max_size=8))
def test_no_text_begins_a_formula(text: str) -> None:
    shown = cell(text)
    assert shown.isprintable(), "no tab or line break begins one either"
    if shown.startswith(("=", "+", "-", "@")):
        float(shown)
