"""Verdicts follow from residuals, whatever a check does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnuniverse.claims.registry import StatementCheck
from nnuniverse.claims.residuals import Outcome, Residual
from nnuniverse.claims.statements import Statement
from nnuniverse.claims.verification import verdict_tables, verified

HOLDS, BETWEEN, FAILS = Residual(1e-12), Residual(1e-8), Residual(1.0)


def statement(verdict: str, **changes: object) -> Statement:
    written = {"id": "A1", "equations": ("2.1",), "statement": "s", "reason": "r", "evidence": ()}
    return Statement.model_validate(
        {**written, "verdict": verdict, "method": "symbolic", **changes}
    )


def verdict(recorded: str, function: Callable[..., Outcome]) -> str:
    (one,) = verified([("2004.09280", statement(recorded))], {"A1": StatementCheck("A1", function)})
    return one.verdict


@pytest.mark.parametrize(
    ("printed", "corrected", "control", "recorded", "expected"),
    [
        (HOLDS, None, FAILS, "right", "right"),
        (HOLDS, None, FAILS, "addition", "addition"),
        (HOLDS, None, FAILS, "wrong as printed", "right"),
        (FAILS, HOLDS, FAILS, "wrong as printed", "wrong as printed"),
        (FAILS, HOLDS, FAILS, "approximation", "approximation"),
        (FAILS, HOLDS, FAILS, "needs a condition", "needs a condition"),
        (FAILS, HOLDS, FAILS, "right", "wrong as printed"),
        (FAILS, None, FAILS, "wrong as printed", "wrong as printed"),
        (BETWEEN, HOLDS, FAILS, "right", "undecided"),
        (HOLDS, None, HOLDS, "right", "undecided"),
        (HOLDS, None, BETWEEN, "right", "undecided"),
        (FAILS, FAILS, FAILS, "wrong as printed", "broken"),
        (FAILS, BETWEEN, FAILS, "wrong as printed", "broken"),
    ],
)
def test_the_verdict_of_residuals(
    printed: Residual,
    corrected: Residual | None,
    control: Residual,
    recorded: str,
    expected: str,
) -> None:
    outcome = Outcome(printed, control, corrected)
    assert verdict(recorded, lambda: outcome) == expected


def test_the_tolerance_is_that_of_the_statement() -> None:
    check = StatementCheck("A1", lambda: Outcome(BETWEEN, FAILS))
    loose = statement("right", tolerance=1e-6)
    (one,) = verified([("2004.09280", loose)], {"A1": check})
    assert (one.verdict, one.changed) == ("right", False)


def test_a_check_that_raises_is_broken_and_the_others_go_on() -> None:
    def fails() -> Outcome:
        raise ZeroDivisionError("of the sum")

    rows = [("p", statement("right")), ("p", statement("right", id="A2"))]
    checks = {
        "A1": StatementCheck("A1", fails),
        "A2": StatementCheck("A2", lambda: Outcome(HOLDS, FAILS)),
    }
    first, second = verified(rows, checks)
    assert (first.verdict, first.error) == ("broken", "ZeroDivisionError: of the sum")
    assert second.verdict == "right"


def test_without_a_function_a_method_is_broken() -> None:
    (one,) = verified([("p", statement("right"))], {})
    assert (one.verdict, one.error) == ("broken", "no function checks it")


def test_what_needs_a_run_keeps_what_is_recorded() -> None:
    row = statement("undecided", method=None, needs="a run")
    (one,) = verified([("p", row)], {})
    assert (one.verdict, one.changed, one.outcome) == ("undecided", False, None)


def test_random_numbers_are_those_of_the_seed() -> None:
    def drawn(random: np.random.Generator) -> Outcome:
        return Outcome(Residual(random.random()), FAILS)

    check = StatementCheck("A1", drawn)
    assert check.run(1).printed == Residual(np.random.default_rng(1).random())
    assert check.run(1) == check.run(1) != check.run(2)


def test_the_table_names_what_differs() -> None:
    rows = [("p", statement("right")), ("p", statement("right", id="A2"))]
    checks = {"A1": StatementCheck("A1", lambda: Outcome(FAILS, FAILS, HOLDS))}
    (table,) = verdict_tables(list(verified(rows, checks)))
    assert table.caption.startswith("2 statements: 1 broken, 1 wrong as printed; ")
    ((*first, told), (*_, broken)) = table.rows
    assert first[:5] == ["A1", "(2.1)", "1", "1e-12", "1"]
    assert told == "wrong as printed, not right"
    assert broken == "broken: no function checks it"
