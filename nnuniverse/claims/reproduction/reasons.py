"""A verdict in a sentence."""

from __future__ import annotations

from nnuniverse.claims.reproduction.claim_tests import Tested
from nnuniverse.claims.reproduction.equivalence import LEVEL
from nnuniverse.claims.reproduction.printed_numbers import ClaimVerdict, Kind, PrintedNumber
from nnuniverse.intervals import number as digits

MEAN = "mean and spread"
ALIKE: dict[Kind, str] = {"count": "share", "rank_correlation": "rank correlation"}
"""What more seeds would have to have as ours have it, of the kinds that have no spread."""


def reason_of(number: PrintedNumber, verdict: ClaimVerdict, tested: Tested, p: float | None) -> str:
    """Return why the verdict on a number is what it is.

    ``tested``: the number with its tests; ``p``: of all tested together; None if not tested.
    """
    told = _why(number, verdict, tested, p)
    return f"{told} ({tested.note})" if tested.note else told


def _why(number: PrintedNumber, verdict: ClaimVerdict, tested: Tested, p: float | None) -> str:
    if verdict == "undecided":
        return _undecided(number, tested)
    if number.kind == "count":
        if verdict == "agrees":
            return "most replicas show it"
        return "no more replicas show it than chance would have"
    shown = f"p = {digits(p)}"
    if number.kind == "sign":
        return f"the interval of our mean lies wholly on one side of zero, {shown}"
    if number.kind == "rank_correlation":
        return f"the correlation is {digits(tested.mean)}, {shown}"
    if verdict == "differs":
        reaches = "reach it" if number.kind.startswith("at_") else "be it"
        return f"one more run of ours would hardly {reaches}, {shown}"
    low, high = tested.margin or (float("nan"), float("nan"))
    margin = f"{digits(low)} to {digits(high)}"
    if number.kind != "number":
        margin = f"{number.kind.replace('_', ' ')} {digits(low if low > float('-inf') else high)}"
    return f"our mean is known to lie within the margin, {margin}"


def _undecided(number: PrintedNumber, tested: Tested) -> str:
    """Return with how many seeds there would be which verdict, if these were like ours."""
    if tested.mean is None:
        return "no test can be made"
    needed = [
        f"{verdict} with {seeds:,} seeds in all"
        for seeds, verdict in (
            (tested.seeds_to_differ, "differs"),
            (tested.seeds_to_agree, "agrees"),
        )
        if seeds is not None
    ]
    if not needed:
        return f"no number of seeds like these would decide at {LEVEL:.0%}"
    alike = ALIKE.get(number.kind)
    like = f"{alike} were ours, {digits(tested.mean)}" if alike else f"{MEAN} were ours"
    return f"the verdict would be {', or '.join(needed)}, if their {like}"
