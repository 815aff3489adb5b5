"""The diffusions in which the signed number is measured, each with its name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.coordinates.linear_theory import named_diffusions
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble, StochasticDescent
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates, jackknife
from nnuniverse.physics.mechanics.estimators.pairs import coordinate_moments, pairs_at
from nnuniverse.physics.mechanics.estimators.transition import transition_of


def diffusions_of(
    ensemble: ReplicaEnsemble, coordinate: int, given: float | None
) -> Mapping[str, Replicates]:
    """Return the diffusions there are of a coordinate, q^2 per step of continuous time, by name.

    ``given``; ``measured`` in the one-step pairs, if there are any; those of linear theory
    (`named_diffusions`), of which plain descent's is called ``linear``.

    ``ensemble``: the replicas, followed along coordinates q.
    """
    measured = _measured(ensemble, coordinate)
    replicas = len(measured.without) if measured else ensemble.replicas
    known = _predicted(ensemble, coordinate) | ({} if given is None else {"given": given})
    exact = {
        name: Replicates(np.asarray(value), np.full(replicas, value))
        for name, value in known.items()
    }
    return ({"measured": measured} if measured else {}) | exact


def compared_with(
    descent: StochasticDescent | None, diffusions: Mapping[str, Replicates]
) -> list[Replicates]:
    """Return the diffusions that Fokker-Planck's equation may have.

    What is given; else what is measured of plain descent with independent batches; else any there
    is, for the pairs of momentum and of shuffled epochs show no diffusion of long times.
    """
    if "given" in diffusions:
        return [diffusions["given"]]
    plain = descent is None or (descent.sampling == "independent" and descent.optimiser == "sgd")
    if plain and "measured" in diffusions:
        return [diffusions["measured"]]
    return [found for found in diffusions.values() if np.isfinite(found.value)]


def continuous(
    rate: Float[np.ndarray | np.floating, "*#values"],
    diffusion: Float[np.ndarray | np.floating, "*#values"],
) -> Float[np.ndarray, "*#values"]:
    """Return D of continuous time of the steps q' = (1 - k) q + (2 D)^(1/2) xi.

    ``-2 D log(1 - k) / (1 - (1 - k)^2)``, about (1 + k) D: both have the same density at all steps.
    ``rate``: k per step, NaN results from 1 on; ``diffusion``: D per step.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        log_kept = np.log1p(-np.where(rate < 1.0, rate, np.nan))
        factor = np.where(log_kept == 0.0, 1.0, 2.0 * log_kept / np.expm1(2.0 * log_kept))
    return np.asarray(factor * diffusion)


def _measured(ensemble: ReplicaEnsemble, coordinate: int) -> Replicates | None:
    if ensemble.positions.shape[2] < 2:
        return None
    pairs = pairs_at(ensemble)

    def fitted(moments: np.ndarray) -> tuple[np.ndarray]:
        rate, _, diffusion, _ = transition_of(moments, pairs.lag, pairs.total)
        return (continuous(rate, diffusion),)

    return jackknife(fitted, coordinate_moments(pairs)[:, coordinate])[0]


def _predicted(ensemble: ReplicaEnsemble, coordinate: int) -> dict[str, float]:
    theory, descent = ensemble.theory, ensemble.descent
    if theory is None or descent is None:
        return {}
    found = {}
    for name, values in named_diffusions(theory, descent).items():
        slow = name != "one_step"  # whose steps relax faster than the coordinate
        value = continuous(theory.rate, values)[coordinate] if slow else values[coordinate]
        if np.isfinite(value):
            found["linear" if name == "plain" else name] = float(value)
    return found
