"""The verdict on every printed number, from values of ours and from statements that are decided.

A number printed from one run of unknown seed is compared with one more run of ours, not with our
mean: it differs if no such run is likely, by Holm over the family that the file fixes.  It agrees
if our mean is known to lie within the margin that the file declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nnuniverse.analysis.prediction import holm
from nnuniverse.claims.reproduction.claim_tests import TESTS, Tested
from nnuniverse.claims.reproduction.equivalence import LEVEL
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, MeasuredValues
from nnuniverse.claims.reproduction.printed_numbers import ClaimVerdict, PrintedNumber
from nnuniverse.claims.reproduction.reasons import reason_of

FEWEST = 3
"""Seeds below which there is no verdict: a spread of two is known to a factor of thirty."""

HOLD = ("right", "approximation", "needs a condition")
FAIL = ("wrong as printed",)
"""Verdicts on statements that confirm them, or contradict what follows."""

TESTED = ("number", "at_least", "at_most", "sign", "rank_correlation")
"""The kinds that have a p-value."""


def judge_numbers(
    numbers: Sequence[PrintedNumber],
    measured: Mapping[str, MeasuredValues | str],
    statements: Mapping[str, str],
) -> tuple[JudgedClaim, ...]:
    """Return the verdict on each of ``numbers``, which are all of a paper's file.

    ``measured``: by id what was measured, or why nothing was; ``statements``: by id the verdict on
    a statement.  Numbers that nothing was measured of count in their family with p = 1.
    """
    sizes = _family_sizes(numbers)
    tested = {
        number.id: _test(number, measured.get(number.id, "no run was asked for"), sizes)
        for number in numbers
        if number.needs_runs
    }
    corrected = _corrected(numbers, tested)
    return tuple(
        _judged(number, tested[number.id], measured.get(number.id), corrected.get(number.id))
        if number.needs_runs
        else _by_statement(number, statements)
        for number in numbers
    )


def _family_sizes(numbers: Sequence[PrintedNumber]) -> dict[str, int]:
    """Return how many numbers there are in the family of each, by id; one if it is alone."""
    members = [number.family for number in numbers if number.kind in TESTED]
    return {n.id: members.count(n.family) if n.family else 1 for n in numbers}


def _test(
    number: PrintedNumber, measured: MeasuredValues | str, sizes: Mapping[str, int]
) -> Tested | str:
    """Return what the test of its kind finds, or why there is none."""
    if isinstance(measured, str):
        return measured
    replicas, values = len(measured.values), int(np.isfinite(measured.values).sum())
    if replicas < FEWEST:
        return measured.short or f"{replicas} replicas where three are the fewest"
    if values < FEWEST:
        return Tested("undecided", note=f"{replicas - values} of {replicas} replicas have no value")
    return TESTS[number.kind](number, measured, LEVEL / sizes[number.id])


def _corrected(
    numbers: Sequence[PrintedNumber], tested: Mapping[str, Tested | str]
) -> dict[str, float]:
    """Return Holm's p-values by id, of the numbers that belong to a family."""
    corrected: dict[str, float] = {}
    for family in dict.fromkeys(n.family for n in numbers if n.family and n.kind in TESTED):
        members = [n.id for n in numbers if n.family == family and n.kind in TESTED]
        p_values = np.array([_p_or_one(tested[id_]) for id_ in members])
        corrected |= dict(zip(members, holm(p_values).tolist(), strict=True))
    return corrected


def _p_or_one(tested: Tested | str) -> float:
    p = None if isinstance(tested, str) else tested.p
    return 1.0 if p is None else p


def _judged(
    number: PrintedNumber,
    tested: Tested | str,
    measured: MeasuredValues | str | None,
    corrected: float | None,
) -> JudgedClaim:
    values = None if isinstance(measured, str) else measured
    if isinstance(tested, str):
        return JudgedClaim(number, "out of reach", tested, values)
    p = tested.p if corrected is None else corrected
    verdict = _verdict(tested, p)
    return JudgedClaim(
        number,
        verdict,
        reason_of(number, verdict, tested, p),
        measured=values,
        p_family=corrected if tested.p is not None else None,
        **tested.estimates(),
    )


def _verdict(tested: Tested, p: float | None) -> ClaimVerdict:
    if p is not None and p <= LEVEL and tested.if_significant is not None:
        return tested.if_significant
    return tested.otherwise


def _by_statement(number: PrintedNumber, statements: Mapping[str, str]) -> JudgedClaim:
    """Return the verdict on what a statement decides."""
    id_ = str(number.cannot or number.statement)
    found = statements.get(id_, "unknown")
    because = f"{id_} ({found})" + (f": {number.reason}" if number.reason else "")
    if found in FAIL:
        return JudgedClaim(number, "cannot be as printed", because)
    if number.statement and found in HOLD:
        return JudgedClaim(number, "agrees", because)
    return JudgedClaim(number, "undecided", because)
