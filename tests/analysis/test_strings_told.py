"""What is said of strings put together by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_strings import made_strings

from nnuniverse.analysis.strings import StoredStrings, string_sentences


def stored(last_weight: float) -> StoredStrings:
    """Strings of 12 and 7 sites of a net of 20 neurons."""
    made = made_strings(last_weight=last_weight)
    values = {variable.name: of for variable, of in made.variables}
    told = {"neurons": 20, "response": "linear", "steps": 24}
    return StoredStrings(values, {**told, **made.attributes})


@pytest.fixture
def found() -> StoredStrings:
    """The last weight is a half."""
    return stored(0.5)


def test_what_is_on_no_string_and_when_strings_are_back(found: StoredStrings) -> None:
    told = string_sentences(found)
    assert told[0] == "1 neuron of 20 on no string."
    assert told[1].startswith("All strings are back after 84 steps")
    whole = replace(found, attributes={**found.attributes, "neurons": 19})
    assert string_sentences(whole) == told[1:]
    late = replace(found, attributes={**found.attributes, "recurrence_steps": 10**12})
    assert "after 1e+12 steps" in string_sentences(late)[1]


def test_how_fast_states_fade(found: StoredStrings) -> None:
    gains = found["cycle_gain"]
    (told,) = string_sentences(found)[2:]
    half = np.log(0.5) / np.log(gains.mean())
    assert f"leaves {gains.mean():.5g} of the states on average, {gains.min():.5g} at" in told
    assert told.endswith(f"half of them after {half:.3g} steps.")
    tanh = replace(found, attributes={**found.attributes, "response": "tanh"})
    right = np.abs(found["state"][0])
    first, last = right[:, 0].max(), right[:, -1].max()
    assert f"falls from {first:.3g} to {last:.3g}; " in string_sentences(tanh)[-1]


def test_strings_of_unit_weights_do_not_fade() -> None:
    assert len(string_sentences(stored(1.0))) == 2
