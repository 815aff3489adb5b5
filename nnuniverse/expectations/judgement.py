"""Whether an expectation holds on a data set, by how much, and where it is tightest."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import numpy as np
import xarray as xr

from nnuniverse.axis_labels import Label
from nnuniverse.errors import ConfigError
from nnuniverse.expectations.evaluation import (
    Unjudged,
    evaluate,
    exact_arithmetic,
    labels_at,
    not_finite,
)
from nnuniverse.expectations.expressions import Compared, is_constant
from nnuniverse.expectations.parser import parse_comparison
from nnuniverse.expectations.replicas import interval, mean, support_of_expression

_HOLDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Verdict:
    """What came of one expectation.

    ``value``: of what is compared, at the point where the margin is least, the mean over the
    replicas; ``interval``: its 95 % interval, None of a single replica; ``margin``: the distance
    to the nearest bound, positive if it holds, negative if it fails (zero on the bound, which
    only `<=`, `>=` and `in` include); ``point``: the labels there, by axis; ``error``: why it
    could not be judged, in which case it fails and has no value; ``bound_in_interval``: whether
    the interval contains a bound, of which the mean is taken, as other seeds may put it beyond.
    """

    text: str
    holds: bool
    value: float | None = None
    interval: tuple[float, float] | None = None
    margin: float | None = None
    point: dict[str, Label] = field(default_factory=dict)
    error: str = ""
    bound_in_interval: bool = False

    def as_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Expectation:
    """A comparison of observables, as it was written and as it was understood."""

    text: str = field(compare=False)
    comparison: Compared

    def __str__(self) -> str:
        return str(self.comparison)

    def judge(self, dataset: xr.Dataset) -> Verdict:
        """Return whether the expectation holds at every point of ``dataset``.

        Its variables have the dimensions replica and snapshot, whose coordinate is the epoch;
        every other dimension is one of points.  Expressions are evaluated for each replica, and
        their means compared.  What cannot be evaluated fails, with the reason.
        """
        try:
            with exact_arithmetic():
                return _judge(self, dataset)
        except Unjudged as reason:
            return Verdict(self.text, holds=False, error=str(reason))


def parse_expectation(text: str) -> Expectation:
    """Return the expectation that ``text`` says.

    Raises ConfigError, in one line, for text that is not of the language, and for bounds that
    are not finite or the wrong way round.

    >>> parse_expectation("0 < mu3.final / mu3.initial < 1").text
    '0 < mu3.final / mu3.initial < 1'
    """
    comparison = parse_comparison(text)
    with exact_arithmetic():
        _require_bounds(text, comparison)
    return Expectation(" ".join(text.split()), comparison)


def _require_bounds(text: str, comparison: Compared) -> None:
    bounds = [float(evaluate(term, xr.Dataset())) for term in comparison.terms if is_constant(term)]
    if not np.isfinite(bounds).all():
        raise ConfigError(
            f"the bounds of {text!r:.100}", "be finite", "one is not", "`mu3.final < 0`"
        )
    if len(bounds) == 2:
        low, high = bounds if comparison.relations[0][0] == "<" else reversed(bounds)
        if low > high:
            raise ConfigError(
                f"the bounds of {text!r:.100}",
                "leave something between them",
                f"are {low:g} and {high:g}",
                "them the other way round",
            )


def _judge(expectation: Expectation, dataset: xr.Dataset) -> Verdict:
    comparison = expectation.comparison
    terms = [evaluate(term, dataset) for term in comparison.terms]
    means = [term if comparison.every_replica else mean(term) for term in terms]
    _require_finite(means)
    ends = _ends(comparison, terms[comparison.measured])
    *broadcast, low, high = xr.broadcast(*means, *ends)
    if not low.size:
        raise Unjudged("the sweep", "have points", "has none", "a sweep that is not empty")
    margin, holds = _compare(comparison.relations, [term.values.ravel() for term in broadcast])
    worst = int(np.lexsort((holds, margin))[0])
    value = float(broadcast[comparison.measured].values.flat[worst])
    interval_there = float(low.values.flat[worst]), float(high.values.flat[worst])
    bounds = [float(term.values.flat[worst]) for term in broadcast]
    del bounds[comparison.measured]
    return Verdict(
        expectation.text,
        bool(holds[worst]),
        value,
        None if np.isnan(interval_there[0]) else interval_there,
        float(margin[worst]),
        labels_at(low, worst),
        bound_in_interval=any(interval_there[0] <= b <= interval_there[1] for b in bounds),
    )


def _ends(comparison: Compared, measured: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Return the ends of the interval of the mean that is compared, NaN where none is taken."""
    if comparison.every_replica:
        return xr.DataArray(np.nan), xr.DataArray(np.nan)
    return interval(measured, support_of_expression(comparison.terms[comparison.measured]))


def _compare(relations: tuple[str, ...], terms: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the least margin of the relations, and whether all hold, at every point."""
    pairs = list(zip(relations, terms, terms[1:], strict=False))
    margins = [b - a if relation[0] == "<" else a - b for relation, a, b in pairs]
    holds = [_HOLDS[relation](a, b) for relation, a, b in pairs]
    return np.min(margins, axis=0), np.all(holds, axis=0)


def _require_finite(means: list[xr.DataArray]) -> None:
    for term in means:
        count, where = not_finite(term)
        if count:
            raise Unjudged(
                "every value compared",
                "be finite",
                "one is not" + (f", at {where}" if where else ""),
                "no logarithm or root of what may be negative, and no division by zero",
            )
