"""What each kind of printed number is tested by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from scipy.special import stdtr

from nnuniverse.analysis.prediction import (
    bound_p_value,
    fewest_runs,
    prediction_p_value,
    runs_to_differ,
)
from nnuniverse.claims.reproduction.counted_shares import MOST, seeds_to_tell, share_interval
from nnuniverse.claims.reproduction.digits import (
    from_scale,
    half_digit,
    half_digit_on_scale,
    on_scale,
)
from nnuniverse.claims.reproduction.equivalence import is_equivalent, seeds_to_be_equivalent
from nnuniverse.claims.reproduction.judged_claims import Estimates, MeasuredValues
from nnuniverse.claims.reproduction.printed_numbers import (
    AbsoluteMargin,
    ClaimVerdict,
    Kind,
    PrintedNumber,
    Scale,
)
from nnuniverse.claims.reproduction.rank_permutation import nets_to_tell, rank_correlation
from nnuniverse.intervals import mean_over_replicas


@dataclass(frozen=True)
class Tested(Estimates):
    """What a test found, before several are corrected for each other.

    ``if_significant``: the verdict if the corrected p-value is at most the level; ``otherwise``:
    that if it is not, or if there is none.
    """

    otherwise: ClaimVerdict
    if_significant: ClaimVerdict | None = None
    note: str = ""


def _number(number: PrintedNumber, measured: MeasuredValues, level: float) -> Tested:
    """Compare a number with one more run of ours, and our mean with its margin."""
    values = _on_scale(measured, number.scale)
    if isinstance(values, Tested):
        return values
    printed = float(number.printed)
    place = float(on_scale(printed, number.scale))
    half = half_digit_on_scale(number.printed, number.scale)
    ends = margin_ends(number)
    low, high = _ends_on_scale(ends, number.scale)
    runs = 1.0 if number.single_run else np.inf
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    return Tested(
        "agrees" if is_equivalent(values, low, high) else "undecided",
        "differs",
        p=prediction_p_value(values, place, half, runs),
        **_mean_with_interval(values, number.scale),
        spread=spread,
        half_digit=half_digit(number.printed),
        margin=ends,
        seeds_to_differ=runs_to_differ(values, place, level, half, runs),
        seeds_to_agree=seeds_to_be_equivalent(mean, spread, low, high),
    )


def margin_ends(number: PrintedNumber) -> tuple[float, float]:
    """Return the ends of the margin, at least half a unit of the last digit on either side.

    ``number``: with its margin.
    """
    value, margin = float(number.printed), number.margin
    wide = margin.absolute if isinstance(margin, AbsoluteMargin) else margin * abs(value)
    wide = max(wide, half_digit(number.printed))
    return value - wide, value + wide


def _ends_on_scale(ends: tuple[float, float], scale: Scale) -> tuple[float, float]:
    """Return the ends on a scale; one that it has no place for is infinite."""
    low, high = (float(on_scale(end, scale)) for end in ends)
    return (low if np.isfinite(low) else -np.inf), high


def _bound(number: PrintedNumber, measured: MeasuredValues, level: float) -> Tested:
    """Ask whether one more run of ours would reach a bound, and whether our mean does."""
    values = _on_scale(measured, number.scale)
    if isinstance(values, Tested):
        return values
    least = number.at_least is not None
    bound = float(number.at_least if number.at_least is not None else number.at_most or 0.0)
    place = float(on_scale(bound, number.scale))
    sign = 1.0 if least else -1.0
    inside = (place, np.inf) if least else (-np.inf, place)
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    outside = sign * (place - mean) > 0.0
    return Tested(
        "agrees" if is_equivalent(values, *inside) else "undecided",
        "differs",
        p=bound_p_value(sign * values, sign * place),
        **_mean_with_interval(values, number.scale),
        spread=spread,
        margin=(bound, float("inf")) if least else (float("-inf"), bound),
        # One-sided at a level is two-sided at twice that.
        seeds_to_differ=runs_to_differ(values, place, 2.0 * level) if outside else None,
        seeds_to_agree=seeds_to_be_equivalent(mean, spread, *inside),
    )


def _sign(number: PrintedNumber, measured: MeasuredValues, level: float) -> Tested:
    """Ask on which side of zero the interval of our mean lies."""
    values = _on_scale(measured, number.scale)
    if isinstance(values, Tested):
        return values
    n, mean, spread = len(values), float(values.mean()), float(values.std(ddof=1))
    as_printed = (mean > 0.0) == (number.sign == "+")
    seeds = fewest_runs(lambda runs: _sign_p_value(mean, spread, runs) <= level, 3)
    return Tested(
        "undecided",
        "agrees" if as_printed else "differs",
        p=_sign_p_value(mean, spread, n),
        **_mean_with_interval(values, number.scale),
        spread=spread,
        seeds_to_differ=None if as_printed else seeds,
        seeds_to_agree=seeds if as_printed else None,
    )


def _sign_p_value(mean: float, spread: float, runs: int) -> float:
    """Return the two-sided p-value of a mean of zero, of so many runs of this mean and spread."""
    if spread == 0.0:
        return float(mean == 0.0)
    return float(2.0 * stdtr(runs - 1.0, -abs(mean) * math.sqrt(runs) / spread))


def _count(number: PrintedNumber, measured: MeasuredValues, level: float) -> Tested:
    """Ask whether most replicas show something, or no more than chance would have."""
    values = measured.values[np.isfinite(measured.values)]
    chance = number.count.level if number.count is not None else level
    shown, share = int((values > 0.5).sum()), float((values > 0.5).mean())
    low, high = (float(end) for end in share_interval(shown, len(values)))
    to_differ, to_agree = seeds_to_tell(share, chance)
    otherwise: ClaimVerdict = "undecided"
    if low > MOST:
        otherwise = "agrees"
    elif high < chance:
        otherwise = "differs"
    untold = len(measured.values) - len(values)
    return Tested(
        otherwise,
        mean=share,
        low=low,
        high=high,
        seeds_to_differ=to_differ,
        seeds_to_agree=to_agree,
        note=f"{shown} of {len(values)} replicas"
        + (f", {untold} more cannot be told" if untold else ""),
    )


def _rank_correlation(number: PrintedNumber, measured: MeasuredValues, level: float) -> Tested:
    """Ask whether two quantities rank nets as is printed."""
    ranked = number.rank_correlation
    if ranked is None or measured.against is None:
        raise TypeError("a rank correlation has two quantities")
    there = np.isfinite(measured.values) & np.isfinite(measured.against)
    groups = np.array([str(group) for group in measured.groups])[there] if ranked.within else None
    r, p = rank_correlation(measured.values[there], measured.against[there], groups)
    if not np.isfinite(r):
        return Tested("undecided", note="one of the two does not vary")
    as_printed = (r > 0.0) == (ranked.sign == "+")
    nets = nets_to_tell(r, level)
    seeds = None if nets is None else -(-nets * len(set(measured.seeds.tolist())) // there.sum())
    return Tested(
        "undecided",
        "agrees" if as_printed else "differs",
        p=p,
        mean=r,
        seeds_to_differ=None if as_printed else seeds,
        seeds_to_agree=seeds if as_printed else None,
        note=f"over {int(there.sum())} nets",
    )


def _on_scale(measured: MeasuredValues, scale: Scale) -> np.ndarray | Tested:
    """Return the values on their scale; what is found without a test if one has no place there."""
    values = measured.values[np.isfinite(measured.values)]
    placed = on_scale(values, scale)
    lost = int((~np.isfinite(placed)).sum())
    if lost:
        note = f"{lost} of {len(values)} values have no place on the scale {scale}"
        return Tested("undecided", note=note)
    return placed


def _mean_with_interval(values: np.ndarray, scale: Scale) -> dict[str, Any]:
    """Return the mean of what is on a scale and its interval's ends, in units of the number."""
    mean, low, high = (float(from_scale(part, scale)) for part in mean_over_replicas(values))
    return {"mean": mean, "low": low, "high": high}


TESTS: Mapping[Kind, Callable[[PrintedNumber, MeasuredValues, float], Tested]] = MappingProxyType(
    {
        "number": _number,
        "at_least": _bound,
        "at_most": _bound,
        "sign": _sign,
        "count": _count,
        "rank_correlation": _rank_correlation,
    }
)
"""By kind, what tests it: of the number, what was measured, and the level for one of its family."""
