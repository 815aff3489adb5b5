"""Judged numbers in a table: digits, and what is cut."""

from __future__ import annotations

import pytest
from made_claims import judged, printed

from nnuniverse.claims.reproduction.judged_output import claim_row, measured_text, p_text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([1.5, 1.55, 1.6], "1.55 [1.43, 1.67]"),
        ([776.0, 777.0, 776.5], "776.5 [775.3, 777.7]"),
        ([-2e-5, -3e-5, -2.5e-5], "-2.5 [-3.7, -1.3]e-5"),
        ([0.0, 0.0, 0.0], "0"),
        ([1e7, 2e7, 3e7], "2.0 [-0.5, 4.5]e7"),
    ],
)
def test_no_more_digits_than_the_interval_has(values: list[float], text: str) -> None:
    assert measured_text(judged(printed(), values)) == text


def test_p_values_have_two_digits_and_an_end() -> None:
    assert [p_text(p) for p in (1.0, 0.0123, 1e-9)] == ["1", "0.012", "<1e-4"]


def test_a_row_is_cut_to_its_room() -> None:
    number = printed(printed="many orders", at_least=0.0, recorded="differs")
    row = claim_row(judged(number, [1.0, 1.1, 1.2]))
    assert row[1] == "many or…"
    assert row[4] == "agrees!"
    assert claim_row(judged(number, "no run"))[2:] == ["", "", "out of reach", ""]
