"""What is said of the null constraint, of findings put together by hand."""

from __future__ import annotations

import numpy as np
import pytest
from made_hidden import made_hidden

from nnuniverse.analysis.hidden import hidden_sentences, hidden_tables, judge_constraint

ATTRIBUTES = {"network": "graph", "epoch": 3, "samples": "test", "groups": "classes"}


@pytest.mark.parametrize(
    "correlation, controls, holds",
    [(0.02, 0.6, "holds"), (0.3, 0.6, "nearer"), (0.6, 0.6, "no nearer"), (0.3, 0.1, "no nearer")],
)
def test_all_controls_have_to_be_beaten(correlation: float, controls: float, holds: str) -> None:
    found = made_hidden(correlation=correlation, controls=controls)
    verdict = judge_constraint(found)
    assert verdict.step == 4
    assert verdict.holds == holds
    beaten = made_hidden(correlation=correlation, controls=controls)
    beaten["corrected_correlation"][:, 2] = beaten["corrected_correlation"][:, 0]
    assert judge_constraint(beaten).holds == "no nearer"
    if controls > correlation:
        assert judge_constraint(beaten).nearest == "shuffled weights"


def test_two_replicas_tell_nothing() -> None:
    assert judge_constraint(made_hidden(replicas=2)).holds == "undecided"
    assert judge_constraint(made_hidden(replicas=4, lost=2)).holds == "undecided"
    assert "fewer than 3 replicas" in " ".join(hidden_sentences(made_hidden(lost=2)))


def test_a_signature_is_never_told_without_that_of_gaussians() -> None:
    found = made_hidden()
    (told,) = [one for one in hidden_sentences(found) if "signature" in one]
    assert "(1, 2) at 100%, that of the Gaussians at 0%" in told
    *_, metric = hidden_tables(found, ATTRIBUTES)
    assert [heading for heading in metric.headings if "Gauss" in heading] == [
        "Gauss q", "Gauss", "Gauss",
    ]  # fmt: skip
    assert metric.rows[0][-4:] == ["100%", "0%", "100%", "0%"]


def test_the_regime_of_the_section_is_told() -> None:
    told = " ".join(hidden_sentences(made_hidden()))
    assert "outside the regime" in told
    linear = made_hidden()
    linear["linear_step_error"][:] = 0.01
    assert "within the regime" in " ".join(hidden_sentences(linear))


def test_diverged_replicas_are_left_out() -> None:
    with np.errstate(all="raise"):
        tables = hidden_tables(made_hidden(lost=1), ATTRIBUTES)
    assert all("nan" not in cell for table in tables for row in table.rows for cell in row)


def test_samples_that_have_not_settled_are_told() -> None:
    found = made_hidden(replicas=2)
    assert hidden_sentences(found)[-1] == "All samples have settled after 20 steps."
    found["sample_period"][0, :5] = (0.0, 0.0, 0.0, 2.0, 4.0)
    assert "fixed point was found of none" in hidden_sentences(found)[-1]
    found["sample_eigenvalue"][0, :3] = (1.3, 0.9, 1.1)
    told = hidden_sentences(found)[-1]
    assert "5 of 36 samples of all nets have not settled" in told
    assert "2 come back with a period of 2 to 4 steps, 3 with none up to 64" in told
    assert "at 2 of 3 of their fixed points" in told
    assert "(0.9 to 1.3)" in told
