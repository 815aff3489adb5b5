"""The verdict on one coordinate of an ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Real

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.verdict.bars import why_barred
from nnuniverse.physics.mechanics.verdict.closure import CLOSURE
from nnuniverse.physics.mechanics.verdict.decision import decide
from nnuniverse.physics.mechanics.verdict.diffusions import compared_with, diffusions_of
from nnuniverse.physics.mechanics.verdict.judgement import MODELS, Judgement, Model
from nnuniverse.physics.mechanics.verdict.marginals import (
    Clock,
    Sample,
    Units,
    clock_at,
    log_likelihood,
    sample_of,
)
from nnuniverse.physics.mechanics.verdict.nesting import fit_models
from nnuniverse.physics.mechanics.verdict.scoring import Fit, curves, fit
from nnuniverse.physics.mechanics.verdict.signed_number import (
    above_fokker_planck,
    below_nelson,
    is_resolved,
    ratio_to_diffusion,
    signed_number,
)

LEAST_REPLICAS = 32
"""Replicas below which there is no verdict."""


def judge(
    ensemble: ReplicaEnsemble,
    coordinate: int,
    *,
    seed: int,
    held_out: float = 0.5,
    diffusion: float | None = None,
    curve_steps: Real[np.ndarray, " times"] | None = None,
) -> Judgement:
    """Return which equation the density p(t, q) of one coordinate obeys.

    All models are fitted to a part of the replicas by mean and variance at the records (which is
    all there is of a Gaussian in a quadratic potential) and compared on the others; A and D are of
    all replicas.  Replicas that diverged are left out.  ``coordinate``: which; ``seed``: of the
    parting; ``held_out``: share of the replicas that are; ``diffusion``: a D to compare with, q^2
    per step, of data that have none of their own; ``curve_steps``: where the fits' curves are
    returned, by default at the records.

    Raises `CheckError` if a fit is worse on its own half than a model that it contains.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    whole = np.isfinite(ensemble.positions).all(axis=(1, 2, 3))
    kept = replace(ensemble, positions=ensemble.positions[whole].astype(np.float64))
    diverged = ensemble.replicas - kept.replicas
    if kept.replicas < LEAST_REPLICAS:
        return _nothing(ensemble.labels[coordinate], diverged)
    period = _period(ensemble)
    apart = kept.spread_out
    sample = sample_of(apart.at_records[..., coordinate], apart.record_step, period)
    fits, likelihoods = _fitted_and_tested(sample, seed, held_out)
    signed = signed_number(_of_all(fits["closure"], sample), sample)
    diffusions = diffusions_of(kept, coordinate, diffusion)
    against = compared_with(ensemble.descent, diffusions)
    above, below = (
        [contrast(signed, found).estimate for found in against]
        for contrast in (above_fokker_planck, below_nelson)
    )
    ratios = {
        name: ratio_to_diffusion(signed, d) for name, d in diffusions.items() if is_resolved(d)
    }
    decision = decide(signed.estimate, above, likelihoods, below)
    barred = why_barred(ensemble, coordinate)
    steps = ensemble.record_step if curve_steps is None else curve_steps
    clock = clock_at(steps, sample.units, period)
    return Judgement(
        label=ensemble.labels[coordinate],
        signed=signed.estimate,
        ratios={name: ratio.estimate for name, ratio in ratios.items()},
        diffusions={name: found.estimate for name, found in diffusions.items()},
        held_out=likelihoods,
        parameters={model: fits[model].named for model in likelihoods},
        winner="undecided" if barred else decision.winner,
        margin=decision.margin,
        margin_error=decision.margin_error,
        reason=barred or decision.reason,
        barred=bool(barred),
        diverged=diverged,
        curves={model: _in_q(fits[model], clock, sample.units) for model in likelihoods},
        without={name: ratio.without for name, ratio in ratios.items()},
    )


def _of_all(closure: Fit, sample: Sample) -> Fit:
    """Return the closure fitted to all replicas, from the fit to a part of them too."""
    return fit(CLOSURE, sample, {closure.chart: closure.theta[None]})


def _in_q(found: Fit, clock: Clock, units: Units) -> np.ndarray:
    """Return mean and variance of a fit, (2, time)."""
    mean, variance = curves(found, clock)
    return np.stack([units.origin + units.length * mean, units.length**2 * variance])


def _period(ensemble: ReplicaEnsemble) -> int | None:
    """Return the steps of an epoch if its noise sums to about 0."""
    descent = ensemble.descent
    shuffled = descent is not None and descent.sampling == "shuffled" and descent.period > 1
    return descent.period if descent is not None and shuffled else None


def _fitted_and_tested(
    sample: Sample, seed: int, held_out: float
) -> tuple[Mapping[str, Fit], Mapping[Model, np.ndarray]]:
    """Return the fits to one part of the replicas, and the log-likelihoods of the others."""
    replicas = len(sample.positions)
    order = np.random.default_rng(seed).permutation(replicas)
    tested = round(held_out * replicas)
    fits = fit_models(sample.part(order[tested:]))
    rest = sample.part(order[:tested]).positions
    of_q = np.log(sample.units.length)
    return fits, {
        model: log_likelihood(rest, fits[model].mean, fits[model].variance) - of_q
        for model in MODELS
        if model in fits
    }


def _nothing(label: str, diverged: int) -> Judgement:
    none = Estimate(*np.full(3, np.nan))
    reason = f"fewer than {LEAST_REPLICAS} replicas"
    return Judgement(label, none, {}, {}, {}, {}, "undecided", np.nan, np.nan, reason, diverged)
