"""Every statement has a check that can fail, and it finds what is recorded."""

from __future__ import annotations

import inspect

import pytest
from verifying import everything

from nnuniverse.claims import load_statements
from nnuniverse.claims.registry import checks_of
from nnuniverse.claims.verification import Verified, verified

pytestmark = pytest.mark.xdist_group("verify")

CHECKS = checks_of()
CHECKED = {one.id: one for one in load_statements() if one.method}
SEEDS = (1, 2, 3)
DRAWING = [id_ for id_, one in CHECKS.items() if inspect.signature(one.function).parameters]


def found(id_: str) -> Verified:
    (one,) = [one for one in everything() if one.statement.id == id_]
    return one


def test_rows_and_functions_are_the_same() -> None:
    assert set(CHECKS) == set(CHECKED)


def test_what_is_not_checked_says_what_it_needs() -> None:
    assert {one.needs for one in load_statements() if one.needs} == {"a run"}


@pytest.mark.parametrize("id_", CHECKS)
def test_the_verdict_is_the_recorded_one(id_: str) -> None:
    one = found(id_)
    assert one.error == ""
    assert one.verdict == one.statement.verdict


@pytest.mark.parametrize("id_", CHECKS)
def test_the_control_fails(id_: str) -> None:
    outcome = found(id_).outcome
    assert outcome is not None
    assert outcome.control.holds(CHECKED[id_].tolerance) is False


@pytest.mark.parametrize("id_", CHECKS)
def test_a_form_that_fails_is_corrected_or_refuted(id_: str) -> None:
    outcome = found(id_).outcome
    assert outcome is not None
    if CHECKED[id_].verdict in ("needs a condition", "approximation"):
        assert outcome.corrected is not None


@pytest.mark.parametrize("id_", DRAWING)
@pytest.mark.parametrize("seed", SEEDS)
def test_other_seeds_give_the_same_verdict(id_: str, seed: int) -> None:
    (one,) = verified([("", CHECKED[id_])], CHECKS, seed)
    assert one.error == ""
    assert one.verdict == CHECKED[id_].verdict


@pytest.mark.parametrize("id_", CHECKS)
def test_a_check_says_where_its_equation_is_printed(id_: str) -> None:
    assert "Source: " in (inspect.getdoc(CHECKS[id_].function) or "")
