"""The tables of docs/grand-learning.md that tell how nets have learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit

from benchmarks.learning.comparisons import FAMILY, NULL
from benchmarks.learning.costs import Cost
from benchmarks.learning.judging import ERROR, LEVEL, LOSS, Bench, Judged, differences_of, judged
from benchmarks.learning.outcomes import EPOCHS, Outcomes
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.markdown import table

SEEN = 0.8
"""Power at which a difference counts as one that would be seen."""

HEADINGS = {LOSS: "loss, ours over theirs", ERROR: "error, points more"}


def tables(outcomes: Outcomes, costs: Mapping[str, Cost]) -> str:
    """Return what every protocol has reached on each data set, and the verdicts on the family."""
    reached = [f"{data}:\n\n{_reached(outcomes, costs, data)}" for data in outcomes.data]
    benches = [Bench(outcomes, costs, data, epoch) for data in outcomes.data for epoch in EPOCHS]
    found = [judged(bench, FAMILY) for bench in benches]
    verdicts = [
        _verdicts(benches, [of[quantity] for of in found], quantity) for quantity in (LOSS, ERROR)
    ]
    return "\n\n".join([*reached, *verdicts])


# --- what was reached -----------------------------------------------------------------------------


def _reached(outcomes: Outcomes, costs: Mapping[str, Cost], data: str) -> str:
    first, last = EPOCHS
    header = [f"N, {first}", f"loss, {first}", f"N, {last}", f"loss, {last}", f"error, {last}"]
    rows = [
        [
            name,
            _neurons(outcomes, data, name, first),
            _mean(outcomes.of(data, name, first, LOSS), 1e3),
            _neurons(outcomes, data, name, last),
            _mean(outcomes.of(data, name, last, LOSS), 1e3),
            _mean(outcomes.of(data, name, last, ERROR), 1e2),
            f"{costs[name].at_300:.2f}" if name in costs else "",
        ]
        for name in outcomes.protocols(data, last)
    ]
    return table(["protocol", *header, "time"], rows)


def _neurons(outcomes: Outcomes, data: str, protocol: str, epoch: int) -> str:
    """Return the mean and the final number of neurons, or the one that there is."""
    mean, final = (
        outcomes.of(data, protocol, epoch, f"{which}_neurons").mean() for which in ("mean", "final")
    )
    return f"{final:.0f}" if mean == final else f"{mean:.1f}/{final:.1f}"


def _mean(values: np.ndarray, unit: float) -> str:
    estimate = mean_over_replicas(unit * values)
    half = float(estimate.high - estimate.value)
    if not np.isfinite(half):
        return "-"
    digits = max(0, 1 - int(np.floor(np.log10(half)))) if half > 0.0 else 2
    return f"{estimate.value:.{digits}f}±{half:.{digits}f}"


# --- what was compared ----------------------------------------------------------------------------


def _verdicts(benches: Sequence[Bench], columns: Sequence[Sequence[Judged]], quantity: str) -> str:
    rows = [
        [one.label, *(_verdict(column[n], quantity) for column in columns)]
        for n, one in enumerate(FAMILY)
    ]
    for one in NULL:
        differences = [differences_of(bench, one, quantity) for bench in benches]
        shown = [_shown(mean_over_replicas(of), quantity) for of in differences]
        rows.append([f"null: {one.label}", *shown])
    rows.append(["would be seen", *(_seen(column, quantity) for column in columns)])
    header = [f"{bench.data.removesuffix('-MNIST')}, {bench.epoch}" for bench in benches]
    return table([HEADINGS[quantity], *header], rows)


def _verdict(found: Judged, quantity: str) -> str:
    return _shown(found.difference, quantity) + ("*" if found.significant else "")


def _shown(difference: Estimate, quantity: str) -> str:
    """Return the ratio of the losses, or the difference of the errors in points."""
    if not np.isfinite(difference.low):
        return "-"
    value, half = float(difference.value), float(difference.high - difference.value)
    if quantity == LOSS:  # the half-width of a ratio, to first order
        ratio = float(np.exp(value))
        return f"{ratio:.2f}±{ratio * half:.2f}"
    return f"{1e2 * value:+.1f}±{1e2 * half:.1f}"


def _seen(column: Sequence[Judged], quantity: str) -> str:
    """Return the difference that a comparison in the middle would show, at Holm's strictest level.

    ``(t_(1 - level/2m) + t_(power)) s/sqrt(n)``, of m comparisons, two quantities each.
    """
    halves = np.array([float(one.difference.high - one.difference.value) for one in column])
    seeds = max(one.seeds for one in column)
    if seeds < 2 or not np.isfinite(halves).any():
        return "-"
    freedom = seeds - 1
    reach = stdtrit(freedom, 1.0 - LEVEL / (4 * len(column))) + stdtrit(freedom, SEEN)
    difference = float(np.nanmedian(halves) / stdtrit(freedom, 0.975) * reach)
    return f"{np.exp(-difference):.2f}" if quantity == LOSS else f"{1e2 * difference:.1f}"
