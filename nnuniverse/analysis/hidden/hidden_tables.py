"""What is told of the hidden variables of a run, as tables and in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Num

from nnuniverse.counted import counted
from nnuniverse.intervals import between, mean_over_replicas
from nnuniverse.physics.hidden.hidden_variables import (
    NAMES,
    NETS,
    HiddenVariables,
)
from nnuniverse.physics.hidden.metric import LEAST_COSINE
from nnuniverse.physics.hidden.unsettled import LONGEST
from nnuniverse.physics.hidden.verdict import (
    FEWEST_REPLICAS,
    NULL_WITHIN,
    ConstraintVerdict,
    judge_constraint,
)
from nnuniverse.text_table import TextTable

SHOWN_STEPS = (0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 100, 200, 500, 1000)

LINEAR_WITHIN = 0.1
"""Relative error up to which the linear step is said to hold."""

HEADINGS = ("r", "random", "shuffled", "untrained")
"""Of the run and of its controls, as `NETS`."""


def hidden_tables(found: HiddenVariables, attributes: Mapping[str, object]) -> list[TextTable]:
    """Return the correlations over the steps, as they are and corrected, and the fits of a metric.

    ``attributes``: those of ``hidden.h5``.

    ``found``: what was found of the run.
    """
    return [_correlations(found, attributes), _corrected(found), *_metrics(found)]


def hidden_sentences(found: HiddenVariables) -> list[str]:
    """Return what follows, a sentence each.

    ``found``: what was found of the run.
    """
    verdict = judge_constraint(found)
    return [
        *_constraint_sentences(found, verdict),
        _linear_sentence(found),
        *_metric_sentences(found),
        _unsettled_sentence(found),
    ]


def _steps(found: HiddenVariables) -> list[int]:
    moves = np.isfinite(found["speed"]).any(axis=0)
    return [t for t in SHOWN_STEPS if t < found.steps and moves[t]]


def _correlations(found: HiddenVariables, attributes: Mapping[str, object]) -> TextTable:
    what = (
        f"{attributes['network']} at epoch {attributes['epoch']}, "
        f"{counted(len(found.seeds), 'replica')}, {len(found.subsystems)} subsystems of "
        f"{int(np.sum(found.counts))} {attributes['samples']} samples by {attributes['groups']}: "
        "correlation r of their speeds, 0 null, 1 alike, mean over neurons ± the 95 % interval "
        "over replicas, and quantiles over neurons; the same of controls"
    )
    rows = [
        [
            str(t),
            f"{mean_over_replicas(found['speed'][:, t]).value:.2g}",
            _short(found["mean_correlation"][:, 0, t]),
            *_neuron_quantiles(found, t),
            *(_short(found["mean_correlation"][:, at, t]) for at in (1, 2, 3)),
        ]
        for t in _steps(found)
    ]
    headings = ["t", "speed", "r", "10 %", "90 %", *HEADINGS[1:]]
    return TextTable(headings, rows, what, {"r": NAMES["mean_correlation"].legend})


def _neuron_quantiles(found: HiddenVariables, step: int) -> list[str]:
    """Return the 10 % and 90 % quantiles over the neurons, the mean over the replicas."""
    of_replicas = (row[np.isfinite(row)] for row in found["subsystem_correlation"][:, step])
    ends = [np.quantile(row, (0.1, 0.9)) for row in of_replicas if len(row)]
    return [_plain(end) for end in np.mean(ends, axis=0)] if ends else ["-", "-"]


def _corrected(found: HiddenVariables) -> TextTable:
    rows = [
        [
            str(t),
            *(_short(found["corrected_correlation"][:, at, t]) for at in range(len(NETS))),
            *(_plain(mean_over_replicas(of).value) for of in _errors(found, t)),
        ]
        for t in _steps(found)
    ]
    what = (
        "r of all neurons together, without what means over few samples are off by; and the error "
        "of the linear step, of subsystems (7.2) and of their sum (7.1)"
    )
    return TextTable(["t", *HEADINGS, "(7.2)", "(7.1)"], rows, what)


def _errors(found: HiddenVariables, step: int) -> tuple[np.ndarray, np.ndarray]:
    errors = found["linear_step_error"][:, :, step]
    return errors[:, 1:].ravel(), errors[:, 0]


def _short(values: np.ndarray) -> str:
    """Return the mean over replicas to two digits, with half of its interval."""
    estimate = mean_over_replicas(values)
    if not np.isfinite(estimate.value):
        return "-"
    if not np.isfinite(estimate.low):
        return _plain(estimate.value)
    return f"{_plain(estimate.value)}±{_plain(estimate.high - estimate.value)}"


def _plain(value: np.ndarray | float) -> str:
    return f"{float(value):.2f}" if np.isfinite(value) else "-"


# --- the metric ----------------------------------------------------------------------------------


def _metrics(found: HiddenVariables) -> list[TextTable]:
    """Return the table of fits, nothing where none was possible; of Gaussians always beside."""
    rows = [_fit_row(found, at) for at in range(len(found.fit_steps)) if _fitted(found, at).any()]
    if not rows:
        return []
    several = len(found.subsystems)
    what = (
        f"the form h of {several} subsystems that is nearest to null, at "
        f"{counted(len(found.fit_neurons), 'neuron')}: q, 0 a cone, 1 isotropic, its range over "
        "neurons; how many times that of the second best is; share of neurons where h is stable, "
        f"and where its signature is (1, {several - 1}); the same of Gaussians"
    )
    headings = ["t", "q", "range", "Gauss q", "gap", "stable", "Gauss", "signature", "Gauss"]
    return [TextTable(headings, rows, what, {"q": NAMES["metric_residual"].legend})]


def _fitted(found: HiddenVariables, at: int) -> np.ndarray:
    return np.isfinite(found["metric_residual"][:, at])


def _fit_row(found: HiddenVariables, at: int) -> list[str]:
    there = _fitted(found, at)
    residual = found["metric_residual"][:, at][there]
    gaussian = found["metric_residual_gaussian"][:, at][there]
    return [
        str(found.fit_steps[at]),
        _plain(np.median(residual)),
        f"{residual.min():.2f}-{residual.max():.2f}",
        _plain(np.nanmedian(gaussian)),
        _plain(np.median(found["metric_gap"][:, at][there])),
        f"{_stable(found, at) / there.sum():.0%}",
        f"{_stable(found, at, '_gaussian') / gaussian.size:.0%}",
        f"{lorentzian(found['metric_signature'][:, at][there]):.0%}",
        f"{lorentzian(found['metric_signature_gaussian'][:, at][there]):.0%}",
    ]


def _stable(found: HiddenVariables, at: int, whose: str = "") -> int:
    return int((found[f"metric_stability{whose}"][:, at] >= LEAST_COSINE).sum())


def lorentzian(signatures: Num[np.ndarray, "*places 2"]) -> float:
    """Return the share of ``signatures``, (..., 2), with one eigenvalue of one sign."""
    known = signatures[np.isfinite(signatures).all(axis=-1)]
    return float((known[:, 0] == 1).mean()) if len(known) else float("nan")


# --- sentences -----------------------------------------------------------------------------------

WORDS = {
    "holds": f"The null constraint (7.6) holds to {NULL_WITHIN:g}, better than in every control",
    "nearer": "The null constraint (7.6) does not hold, though the net is nearer to it than every "
    "control",
    "no nearer": "The null constraint (7.6) holds no better than in its controls",
    "undecided": "Whether the null constraint (7.6) holds better than in controls is undecided",
}


def _constraint_sentences(found: HiddenVariables, verdict: ConstraintVerdict) -> list[str]:
    t = verdict.step
    speed = float(mean_over_replicas(found["speed"][:, t]).value)
    raw = mean_over_replicas(found["mean_correlation"][:, 0, t])
    told = [
        f"Late transient: t = {t}, where the speed is {speed:.2g} of the first; r is "
        f"{between(raw)} at a neuron, and {between(verdict.correlation)} corrected."
    ]
    if verdict.holds == "undecided":
        told.append(f"{WORDS['undecided']}: fewer than {FEWEST_REPLICAS} replicas move there.")
        return told
    nearest = verdict.nearest
    difference = verdict.above[nearest]
    told.append(
        f"{WORDS[verdict.holds]}: nearest is the control with {nearest}, whose |r| is above that "
        f"of the run by {between(difference)}."
    )
    noise = mean_over_replicas(found["mean_correlation"][:, 1, t])
    told.append(
        f"Random groups have r = {between(noise)} there, though their means differ by chance "
        "alone: so much of a small r is made by few samples."
    )
    return told


def _linear_sentence(found: HiddenVariables) -> str:
    t = judge_constraint(found).step
    errors = found["linear_step_error"][:, :, 1 : max(t, 1) + 1]
    if not np.isfinite(errors).any():
        return "The net moves in one step, of which the linear step says nothing."
    subsystems, whole = (float(np.nanmedian(of)) for of in (errors[:, 1:], errors[:, :1]))
    regime = "within" if subsystems <= LINEAR_WITHIN else "outside"
    return (
        f"The linear step (7.2) is off by {subsystems:.2g} up to there, (7.1) by {whole:.2g} "
        f"(medians): the net is {regime} the regime of Sec. 7."
    )


def _metric_sentences(found: HiddenVariables) -> list[str]:
    """Return what the fits say; a signature never without that of the Gaussians."""
    there = np.isfinite(found["metric_residual"])
    if not there.any():
        return ["No metric was fitted: subsystems do not move apart at any neuron."]
    several = len(found.subsystems)
    beside = np.isfinite(found["metric_residual_gaussian"])
    ours = (found["metric_stability"][there] >= LEAST_COSINE).mean()
    theirs = (found["metric_stability_gaussian"][beside] >= LEAST_COSINE).mean()
    kept = np.isfinite(found["metric"][there]).all(axis=(-2, -1)).mean()
    own = lorentzian(found["metric_signature"][there])
    gaussian = lorentzian(found["metric_signature_gaussian"][there])
    return [
        f"The best form is stable at {ours:.1%} of {int(there.sum())} neurons and steps, that of "
        f"Gaussians with the same means and variances at {theirs:.1%}.",
        f"A metric (7.8), stable where that of Gaussians does not stand alone, is at {kept:.1%}.",
        f"The best form has the signature (1, {several - 1}) at {own:.0%}, that of the "
        f"Gaussians at {gaussian:.0%}.",
    ]


def _unsettled_sentence(found: HiddenVariables) -> str:
    """Return how many samples have not settled, of all nets, and what they do."""
    periods = found["sample_period"][np.isfinite(found["sample_period"])]
    moving = periods[periods != 1.0]
    if not len(moving):
        return f"All samples have settled after {counted(found.steps, 'step')}."
    back = moving[moving > 0.0]
    told = (
        f"After {counted(found.steps, 'step')} {len(moving)} of {len(periods)} samples of all nets "
        f"have not settled: {len(back)} come back with a period"
        f"{f' of {back.min():.0f} to {back.max():.0f} steps' if len(back) else ''}, "
        f"{len(moving) - len(back)} with none up to {LONGEST}"
    )
    known = found["sample_eigenvalue"][np.isfinite(found["sample_eigenvalue"])]
    if not len(known):
        return f"{told}; a fixed point was found of none of them."
    return (
        f"{told}; at {int((known > 1.0).sum())} of {len(known)} of their fixed points the largest "
        f"|eigenvalue| of f' w is above 1, so that they repel ({known.min():.3g} to "
        f"{known.max():.3g})."
    )
