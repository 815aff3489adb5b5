"""The verdict on one coordinate in a potential that is not quadratic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import CheckError
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.verdict.bars import why_barred
from nnuniverse.physics.mechanics.verdict.decision import AHEAD, Decision, decide
from nnuniverse.physics.mechanics.verdict.diffusions import compared_with, diffusions_of
from nnuniverse.physics.mechanics.verdict.grid_fit import (
    GridFit,
    at_replicas,
    fit_on_grid,
    log_densities,
    stage_of,
)
from nnuniverse.physics.mechanics.verdict.grid_kramers import fit_kramers
from nnuniverse.physics.mechanics.verdict.grid_models import (
    FOKKER_PLANCK,
    HAMILTON_JACOBI,
    SCHROEDINGER,
)
from nnuniverse.physics.mechanics.verdict.grid_parameters import named_parameters
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample, grid_sample
from nnuniverse.physics.mechanics.verdict.grid_signed import FreeNumber, free_number
from nnuniverse.physics.mechanics.verdict.grid_starts import (
    flow_starts,
    fokker_planck_starts,
    wave_starts,
)
from nnuniverse.physics.mechanics.verdict.judge import LEAST_REPLICAS
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model
from nnuniverse.physics.mechanics.verdict.signed_number import is_resolved, ratio_to_diffusion

TOLERANCE = 0.05
"""Nats per replica by which the family may be less likely than Fokker-Planck, which it contains:

its operator and that of `scharfetter_gummel` differ by errors of the grid.
"""


Fits = Mapping[Model, GridFit]
Likelihoods = Mapping[Model, Float[np.ndarray, " replica"]]


class _Parts(NamedTuple):
    """Replicas that models are fitted to, and those that they are compared on."""

    fitted: GridSample
    tested: GridSample


def judge_on_grid(
    ensemble: ReplicaEnsemble,
    coordinate: int,
    *,
    seed: int,
    held_out: float = 0.5,
    diffusion: float | None = None,
) -> Judgement:
    """Return which equation the density p(t, q) of one coordinate obeys, whatever its potential.

    The densities themselves are compared, not mean and variance: Fokker-Planck with U of degree 4,
    Schroedinger and Hamilton-Jacobi with W of degree 4 and a first phase of degree 3, all from a
    Gaussian at the first record.  A is that of `free_number`; where Hamilton-Jacobi's flow is
    likelier than any A that the grid resolves, A is 0 with the interval between these.  The rules
    of naming are those of `decide`; before Schroedinger is named, Kramers' equation is fitted too,
    and Schroedinger must be ahead of Hamilton-Jacobi by 2 standard errors.  The bridge has no form
    on a grid: of shuffled epochs there is no verdict, nor of optimisers but plain descent.

    ``coordinate``: which;  ``seed``: of the parting of the replicas;  ``held_out``: share of them
    that is compared on;  ``diffusion``: a D to compare with, q^2 per step, of data that have none
    of their own.  Raises `CheckError` if the family is less likely than a mechanics it contains.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    whole = np.isfinite(ensemble.positions).all(axis=(1, 2, 3))
    kept = replace(ensemble, positions=ensemble.positions[whole].astype(np.float64))
    label, diverged = ensemble.labels[coordinate], ensemble.replicas - kept.replicas
    barred = _no_form(ensemble) or why_barred(ensemble, coordinate)
    if kept.replicas < LEAST_REPLICAS or barred:
        return _nothing(label, diverged, barred or f"fewer than {LEAST_REPLICAS} replicas")
    sample = grid_sample(kept.at_records[..., coordinate], ensemble.record_step)
    parts = _parted(sample, seed, held_out)
    fits = fit_three(parts.fitted)
    likelihoods: Likelihoods = {
        model: _tested(found, parts.tested) for model, found in fits.items()
    }
    free = _of_all(sample)
    diffusions = diffusions_of(kept, coordinate, diffusion)
    above = [free.above_fokker_planck(found) for found in compared_with(None, diffusions)]
    decision = decide(free.signed, above, likelihoods)
    if decision.winner == "schroedinger":
        fits, likelihoods = _with_kramers(fits, likelihoods, parts)
        decision = _ahead_of_flow(decide(free.signed, above, likelihoods), likelihoods)
    ratios = (
        {}
        if free.replicates is None
        else {
            name: ratio_to_diffusion(free.replicates, found)
            for name, found in diffusions.items()
            if is_resolved(found)
        }
    )
    return Judgement(
        label=label,
        signed=free.signed,
        ratios={name: ratio.estimate for name, ratio in ratios.items()},
        diffusions={name: found.estimate for name, found in diffusions.items()},
        held_out=likelihoods,
        parameters={model: named_parameters(found, sample) for model, found in fits.items()},
        winner=decision.winner,
        margin=decision.margin,
        margin_error=decision.margin_error,
        reason=decision.reason,
        diverged=diverged,
        curves={model: _moments(found, sample) for model, found in fits.items()},
        without={name: ratio.without for name, ratio in ratios.items()},
    )


def fit_three(sample: GridSample) -> Fits:
    """Return the fits of the three mechanics to a sample."""
    stage = stage_of(sample)
    flows = flow_starts(sample, stage)
    flow = fit_on_grid(HAMILTON_JACOBI, sample, flows)
    return {
        "fokker_planck": fit_on_grid(FOKKER_PLANCK, sample, fokker_planck_starts(sample, stage)),
        "schroedinger": fit_on_grid(SCHROEDINGER, sample, wave_starts([*flows, flow.theta])),
        "hamilton_jacobi": flow,
    }


def _of_all(sample: GridSample) -> FreeNumber:
    """Return A of all replicas, if the family is as likely as what it contains."""
    fits = fit_three(sample)
    free = free_number(sample, fits["fokker_planck"], fits["hamilton_jacobi"], fits["schroedinger"])
    behind = free.loss - fits["fokker_planck"].loss
    if behind > TOLERANCE:
        raise CheckError(
            "the fit of the family with A free",
            "be as likely as that of Fokker-Planck, which it contains",
            f"is {behind:.2g} nats per replica less so",
            "other records or another coordinate: this fit tells nothing",
        )
    return free


def _parted(sample: GridSample, seed: int, held_out: float) -> _Parts:
    order = np.random.default_rng(seed).permutation(len(sample.cells))
    tested = round(held_out * len(order))
    return _Parts(sample.part(order[tested:]), sample.part(order[:tested]))


def _tested(found: GridFit, rest: GridSample) -> np.ndarray:
    """Return the log-likelihoods of replicas, mean over records, (replica,), in q."""
    log_density = log_densities(found.model, found.theta, stage_of(rest))
    return at_replicas(log_density, rest).mean(axis=1) - np.log(rest.length)


def _with_kramers(fits: Fits, likelihoods: Likelihoods, parts: _Parts) -> tuple[Fits, Likelihoods]:
    """Return them with those of the rival that can look like a wave: a particle with momentum."""
    found = fit_kramers(parts.fitted, fits["hamilton_jacobi"], fits["schroedinger"])
    return {**fits, "kramers": found}, {**likelihoods, "kramers": _tested(found, parts.tested)}


def _no_form(ensemble: ReplicaEnsemble) -> str:
    descent = ensemble.descent
    if descent is None or (descent.optimiser == "sgd" and descent.sampling == "independent"):
        return ""
    return "on a grid only plain descent with independent batches is judged"


def _ahead_of_flow(decision: Decision, held_out: Mapping[Model, np.ndarray]) -> Decision:
    """Return the decision, without a Schroedinger that is not told from Hamilton-Jacobi."""
    lead = held_out["schroedinger"] - held_out["hamilton_jacobi"]
    error = lead.std(ddof=1) / np.sqrt(len(lead))
    if decision.winner != "schroedinger" or lead.mean() > AHEAD * error:
        return decision
    reason = "A is that of Schroedinger, which is ahead of Hamilton-Jacobi by less than 2 errors"
    return replace(decision, winner="undecided", reason=reason)


def _moments(found: GridFit, sample: GridSample) -> np.ndarray:
    """Return mean and variance at the records used, (2, record)."""
    stage = stage_of(sample)
    density = found.model.densities(found.theta, stage)
    weights = density / density.sum(axis=1, keepdims=True)
    mean = weights @ stage.places
    variance = weights @ stage.places**2 - mean**2
    return np.stack([sample.origin + sample.length * mean, sample.length**2 * variance])


def _nothing(label: str, diverged: int, reason: str) -> Judgement:
    none = Estimate(*np.full((3,), np.nan))
    return Judgement(
        label, none, {}, {}, {}, {}, "undecided", np.nan, np.nan, reason, diverged=diverged
    )
