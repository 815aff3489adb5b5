"""Numbers of things in words."""

from __future__ import annotations

import pytest

from nnuniverse.counted import counted


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (30_000, "30,000 epochs")],
)
def test_one_is_not_several(number: int, text: str) -> None:
    assert counted(number, "epoch") == text


def test_a_plural_of_its_own() -> None:
    assert counted(2, "entry", plural="entries") == "2 entries"
    assert counted(1, "entry", plural="entries") == "1 entry"
