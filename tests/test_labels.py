"""Which label a text means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.axis_labels import Label, label_text, position_of

LABELS = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))


@pytest.mark.parametrize(
    ("text", "labels", "place"),
    [
        ("0.10", [0.2, 0.1], 1),
        ("1e-1", [0.2, 0.1], 1),
        ("2.0", [1, 2], 1),
        ("true", [False, True], 1),
        ("True", [False, True], 1),
        ("1", [False, True], None),
        ("1", ["1", "x"], 0),
        ("1.0", ["1", "x"], None),
        ("x", [1, 2], None),
        ("nan", [1.0, 2.0], None),
        ("", [], None),
        ("adam", ["sgd", "adam"], 1),
        ("ADAM", ["sgd", "adam"], None),
    ],
)
def test_which_label_is_meant(text: str, labels: list[Label], place: int | None) -> None:
    assert position_of(text, labels) == place


@given(st.lists(LABELS, min_size=1, max_size=6, unique_by=label_text), st.data())
def test_every_label_is_found_as_it_is_written(labels: list[Label], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(labels) - 1))
    assert position_of(label_text(labels[place]), labels) == place
