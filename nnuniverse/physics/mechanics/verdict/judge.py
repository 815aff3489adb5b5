"""The verdict on one coordinate of an ensemble."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import Ensemble
from nnuniverse.physics.mechanics.verdict.bars import why_barred
from nnuniverse.physics.mechanics.verdict.closure import CLOSURE
from nnuniverse.physics.mechanics.verdict.decision import decide
from nnuniverse.physics.mechanics.verdict.diffusions import compared_with, diffusions_of
from nnuniverse.physics.mechanics.verdict.influence import above_fokker_planck, over_squares
from nnuniverse.physics.mechanics.verdict.judgement import MODELS, Judgement, Model
from nnuniverse.physics.mechanics.verdict.marginals import Sample, log_likelihood, sample_of
from nnuniverse.physics.mechanics.verdict.nesting import fit_models
from nnuniverse.physics.mechanics.verdict.one_step_diffusion import is_resolved
from nnuniverse.physics.mechanics.verdict.scoring import Fit, fit
from nnuniverse.physics.mechanics.verdict.signed_number import signed_number

LEAST_REPLICAS = 32
"""Replicas below which there is no verdict."""


def judge(
    ensemble: Ensemble,
    coordinate: int,
    *,
    seed: int,
    held_out: float = 0.5,
    diffusion: float | None = None,
) -> Judgement:
    """Return which equation the density p(t, q) of one coordinate obeys.

    All models are fitted to a part of the replicas by mean and variance at the records (which is
    all there is of a Gaussian in a quadratic potential) and compared on the others; A and D are of
    all replicas.  Replicas that diverged are left out.  ``coordinate``: which; ``seed``: of the
    parting; ``held_out``: share of the replicas that are; ``diffusion``: a D to compare with, q^2
    per step, of data that have none of their own.

    Raises `CheckError` if a fit is worse on its own half than a model that it contains.
    """
    positions = ensemble.positions[..., coordinate].astype(np.float64)
    kept = positions[np.isfinite(positions).all(axis=(1, 2))]
    if len(kept) < LEAST_REPLICAS:
        reason = f"only {len(kept)} replicas, fewer than {LEAST_REPLICAS}"
        return _nothing(ensemble, coordinate, reason)
    sample = sample_of(kept[:, :, 0], ensemble.record_step, _period(ensemble))
    fits, likelihoods = _fitted_and_tested(sample, seed, held_out)
    closure = fits["closure"]
    of_all = fit(CLOSURE, sample, {closure.chart: closure.theta[None]})
    signed = signed_number(of_all, sample)
    diffusions = diffusions_of(ensemble, coordinate, kept, diffusion)
    against = compared_with(ensemble.descent, diffusions)
    above = [above_fokker_planck(signed, found).interval for found in against]
    ratios = {name: over_squares(signed, d) for name, d in diffusions.items() if is_resolved(d)}
    decision = decide(signed.interval, above, likelihoods)
    barred = why_barred(ensemble, coordinate)
    if barred:
        decision = replace(decision, winner="undecided", reason=barred)
    return Judgement(
        label=ensemble.labels[coordinate],
        signed=signed.interval,
        ratios={name: ratio.interval for name, ratio in ratios.items()},
        diffusions={name: found.interval for name, found in diffusions.items()},
        held_out=likelihoods,
        parameters={model: fits[model].named for model in likelihoods},
        winner=decision.winner,
        margin=decision.margin,
        margin_error=decision.margin_error,
        reason=decision.reason,
        diverged=len(positions) - len(kept),
        curves={model: _in_q(fits[model], sample) for model in likelihoods},
        influences={name: ratio.influence for name, ratio in ratios.items()},
    )


def _in_q(found: Fit, sample: Sample) -> np.ndarray:
    """Return mean and variance of a fit at all records, NaN at those left out, (2, record)."""
    units = sample.units
    curves = np.full((2, len(sample.used)), np.nan)
    curves[0, sample.used] = units.origin + units.length * found.mean
    curves[1, sample.used] = units.length**2 * found.variance
    return curves


def _period(ensemble: Ensemble) -> int | None:
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


def _nothing(ensemble: Ensemble, coordinate: int, reason: str) -> Judgement:
    none = Estimate(*np.full((3,), np.nan))
    label = ensemble.labels[coordinate]
    return Judgement(label, none, {}, {}, {}, {}, "undecided", np.nan, np.nan, reason)
