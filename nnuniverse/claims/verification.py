"""Checking statements: each with its residuals, and the verdict that follows from them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nnuniverse.claims.registry import StatementCheck
from nnuniverse.claims.residuals import Outcome, Residual
from nnuniverse.claims.statements import PRINTED_FAILS, PRINTED_HOLDS, Statement, citation
from nnuniverse.counted import counted
from nnuniverse.text_table import TextTable
from nnuniverse.threads import single_threaded_blas

RESIDUALS = ("printed", "corrected", "control")

UNDECIDED, BROKEN = "undecided", "broken"


@dataclass(frozen=True)
class Verified:
    """A statement, and what its check has found.

    ``verdict``: that of the residuals, or the recorded one where there is no check; ``function``:
    full name of the check; ``error``: why it has ended without an outcome; ``seconds``: of
    processor time.
    """

    paper: str
    statement: Statement
    verdict: str
    outcome: Outcome | None = None
    function: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether the verdict is not the recorded one."""
        return self.verdict != self.statement.verdict

    @property
    def residuals(self) -> dict[str, Residual | None]:
        """Its residuals by name, None where there is none."""
        return {name: getattr(self.outcome, name, None) for name in RESIDUALS}

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        statement = self.statement
        return {
            "id": statement.id,
            "paper": self.paper,
            "equations": list(statement.equations),
            "says": statement.statement,
            "method": statement.method,
            "tolerance": statement.tolerance,
            "function": self.function,
            "needs": statement.needs,
            "verdict": self.verdict,
            "recorded": statement.verdict,
            "changed": self.changed,
            **{name: vars(one) if one else None for name, one in self.residuals.items()},
            "value": self.outcome.value if self.outcome else "",
            "seconds": self.seconds,
            "error": self.error,
        }


def verified(
    statements: Sequence[tuple[str, Statement]], checks: Mapping[str, StatementCheck], seed: int = 0
) -> Iterator[Verified]:
    """Yield the statements, each checked; a check that fails is reported, not raised.

    ``statements``: with the paper they are of; ``checks``: by id; ``seed``: of the random numbers
    of each check.
    """
    for paper, statement in statements:
        if not statement.method:
            yield Verified(paper, statement, statement.verdict)
            continue
        start, check = time.process_time(), checks.get(statement.id)
        outcome, error = _run(check, seed)
        verdict = verdict_of(outcome, statement) if outcome else BROKEN
        function, seconds = check.name if check else "", time.process_time() - start
        yield Verified(paper, statement, verdict, outcome, function, error, seconds)


def verdict_of(outcome: Outcome, statement: Statement) -> str:
    """Return the verdict of the residuals of a statement.

    Undecided if the control does not fail, since the check has then no power, or if the printed
    residual is neither small nor large; broken if the corrected form does not hold.  A printed form
    that fails is wrong as printed, or what the statement says of it more precisely.

    ``outcome``: the residuals of the equation and of its controls.
    """
    tolerance = statement.tolerance
    if outcome.control.holds(tolerance) is not False:
        return UNDECIDED
    if outcome.corrected and not outcome.corrected.holds(tolerance):
        return BROKEN
    holds = outcome.printed.holds(tolerance)
    if holds is None:
        return UNDECIDED
    possible = PRINTED_HOLDS if holds else PRINTED_FAILS
    return statement.verdict if statement.verdict in possible else possible[0]


def verdict_tables(found: Sequence[Verified]) -> list[TextTable]:
    """Return the statements that are checked with their residuals, and below them the others.

    ``found``: the statements with what was found of them.
    """
    checked = [one for one in found if one.statement.method]
    others = [one for one in found if not one.statement.method]
    tables = [_table_of_checked(checked)] if checked else []
    return tables + ([_table_of_others(others)] if others else [])


def _table_of_checked(found: Sequence[Verified]) -> TextTable:
    rows = [
        [
            one.statement.id,
            _equations(one),
            *map(_cell, one.residuals.values()),
            f"{one.seconds:.2f}",
            _told(one),
        ]
        for one in found
    ]
    seconds = sum(one.seconds for one in found)
    caption = f"{_tally(found)}; {seconds:.1f} s of processor time"
    return TextTable(["id", "equations", *RESIDUALS, "s", "verdict"], rows, caption)


def _table_of_others(found: Sequence[Verified]) -> TextTable:
    rows = [
        [one.statement.id, _equations(one), one.statement.needs or "no check", one.verdict]
        for one in found
    ]
    return TextTable(["id", "equations", "needs", "verdict"], rows, f"not checked: {_tally(found)}")


def _tally(found: Sequence[Verified]) -> str:
    counts = Counter(one.verdict for one in found)
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    return f"{counted(len(found), 'statement')}: {told}"


def _equations(one: Verified) -> str:
    """Return the first of what a statement is about, which fits beside its residuals."""
    first, *others = map(citation, one.statement.equations)
    return f"{first}, ..." if others else first


def _cell(residual: Residual | None) -> str:
    return str(residual) if residual else ""


def _told(one: Verified) -> str:
    if one.error:
        return f"{one.verdict}: {one.error}"
    return f"{one.verdict}, not {one.statement.verdict}" if one.changed else one.verdict


def _run(check: StatementCheck | None, seed: int) -> tuple[Outcome | None, str]:
    if check is None:
        return None, "no function checks it"
    try:
        with single_threaded_blas():  # its matrices are small
            return check.run(seed), ""
    except Exception as error:  # whatever a check raises, the others go on
        return None, f"{type(error).__name__}: {error}"
