"""Files of a figure are called after the runs in it, and no two figures alike."""

from __future__ import annotations

import pytest

from nnuniverse.plots import file_name

A, B = "deep/20260101T000000Z-01234567", "shallow/20260101T000000Z-89abcdef"
A2, A3 = "deep/20260101T000001Z-fedcba98", "deep/20260101T000002Z-01234567"


@pytest.mark.parametrize(
    ("runs", "name"),
    [
        ([], "loss"),
        ([A], "loss"),
        ([A, B], "loss-deep-shallow"),
        ([B, A], "loss-shallow-deep"),
        ([A, A2], "loss-deep-01234567-deep-fedcba98"),
        ([A, A3], "loss-deep-20260101T000000Z-01234567-deep-20260101T000002Z-01234567"),
    ],
)
def test_names(runs: list[str], name: str) -> None:
    assert file_name("loss", runs) == name


def test_many_runs() -> None:
    many = [A, A2, A3, B, B.replace("8", "0")]
    name = file_name("loss", many)
    assert name.startswith("loss-deep-shallow-5-runs-")
    assert file_name("loss", many[::-1]) != name
    long = [f"{'x' * 60}{number}/20260101T000000Z-01234567" for number in range(2)]
    assert len(file_name("loss", long)) < 130
