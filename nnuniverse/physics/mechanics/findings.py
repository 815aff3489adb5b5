"""All that is found of an ensemble: what its densities and steps tell, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.diffusion_matrix import (
    Isotropy,
    diffusion_matrix,
    isotropy,
)
from nnuniverse.physics.mechanics.estimators.entropy import gaussian_entropy
from nnuniverse.physics.mechanics.estimators.entropy_production import (
    EntropyProduction,
    entropy_production,
    entropy_rate,
)
from nnuniverse.physics.mechanics.estimators.exponents import (
    GrowthExponents,
    Window,
    growth_exponents,
    thirds,
)
from nnuniverse.physics.mechanics.estimators.pairs import finite_replicas, pairs_at, record_lag
from nnuniverse.physics.mechanics.estimators.tails import Shape, shape
from nnuniverse.physics.mechanics.estimators.transition import Transition, transition
from nnuniverse.physics.mechanics.verdict.judgement import Judgement
from nnuniverse.physics.mechanics.verdict.pooled import PooledRatio, pooled


@dataclass(frozen=True)
class Motion:
    """How an ensemble moves, whatever equation its density obeys.

    ``mean``, ``variance``: of q over replicas, (record, coordinate); ``shape``: of its density;
    ``transition``: drift and diffusion from record to record; ``diffusion``: D of single steps,
    (coordinate, coordinate); ``isotropy``: of D, None of one coordinate; ``exponents``: with which
    the variance grows over ``windows``.
    """

    mean: Estimate
    variance: Estimate
    shape: Shape
    transition: Transition
    diffusion: Estimate
    isotropy: Isotropy | None
    exponents: GrowthExponents
    windows: Sequence[Window]


@dataclass(frozen=True)
class EntropyChange:
    """The entropy of p(t, q) and what changes it.

    ``entropy``: nats, (record,); ``production``: its terms, per step, (record,); ``rate``: the
    difference to the next record, per step, (record - 1,).
    """

    entropy: Estimate
    production: EntropyProduction
    rate: Estimate


@dataclass(frozen=True)
class Findings:
    """All that was found of an ``ensemble``.

    ``judgements``: one per coordinate; ``curve_steps``: where their curves are, (time,);
    ``pooled``: a over the coordinates on which a verdict can be given, by the name of its D.
    """

    ensemble: ReplicaEnsemble
    motion: Motion
    entropy: EntropyChange
    judgements: tuple[Judgement, ...]
    curve_steps: np.ndarray
    pooled: Mapping[str, PooledRatio]


def motion_of(ensemble: ReplicaEnsemble, seed: int) -> Motion:
    """Return how an ensemble moves; ``seed``: of the test of isotropy.

    Replicas that have diverged are left out.  Raises ConfigError for an ensemble that is too small.
    """
    positions, windows = finite_replicas(ensemble), thirds(ensemble.record_step)
    steps, apart = pairs_at(ensemble), pairs_at(ensemble, record_lag(ensemble))
    several = positions.shape[2] > 1
    return Motion(
        mean_over_replicas(positions),
        variance_over_replicas(positions),
        shape(finite_replicas(spread_part(ensemble))),
        transition(apart),
        diffusion_matrix(steps),
        isotropy(steps, np.random.default_rng(seed)) if several else None,
        growth_exponents(ensemble, windows),
        windows,
    )


def variance_over_replicas(positions: Float[np.ndarray, "replica ..."]) -> Estimate:
    """Return the variance over the first axis, with the interval of a mean of squares.

    ``positions``: q of the replicas, (replica, record, ...).
    """
    count = len(positions)
    squares = (positions - positions.mean(axis=0)) ** 2 * count / (count - 1)
    return mean_over_replicas(squares, "positive")


def entropy_change_of(ensemble: ReplicaEnsemble) -> EntropyChange:
    """Return the entropy of an ensemble and what changes it; NaN while its replicas are a point."""
    used = spread_part(ensemble)
    at_a_point = len(ensemble.record_step) - len(used.record_step)
    production = entropy_production(used)
    return EntropyChange(
        _after(at_a_point, gaussian_entropy(finite_replicas(used))),
        EntropyProduction(*(_after(at_a_point, term) for term in production)),
        _after(at_a_point, entropy_rate(used)),
    )


def spread_part(ensemble: ReplicaEnsemble) -> ReplicaEnsemble:
    """Return the records from the first on at which replicas differ along every coordinate.

    An ensemble may start at one point, where its density has no width, and no entropy.
    """
    spread = np.ptp(finite_replicas(ensemble), axis=0).min(axis=-1) > 0.0
    return ensemble.since(ensemble.record_step[int(np.argmax(spread))])


def _after(missing: int, estimate: Estimate) -> Estimate:
    """Return an estimate over records with so many ``missing`` before it."""
    return Estimate(*(np.concatenate([np.full(missing, np.nan), part]) for part in estimate))


def pooled_ratios(ensembles: Sequence[Sequence[Judgement]]) -> dict[str, PooledRatio]:
    """Return a over the coordinates of one or several ensembles, by the name of its D.

    ``ensembles``: the judgements of each; of no coordinate there is none.
    """
    judgements = [judgement for ensemble in ensembles for judgement in ensemble]
    names = dict.fromkeys(name for judgement in judgements for name in judgement.ratios)
    found = {name: pooled(ensembles, name) for name in names}
    return {name: ratio for name, ratio in found.items() if ratio.freedom}
