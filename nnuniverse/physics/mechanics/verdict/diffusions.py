"""The diffusions in which the signed number is measured, each with its name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.physics.mechanics.ensemble import Descent, Ensemble, LinearTheory
from nnuniverse.physics.mechanics.verdict.influence import InfluencedEstimate
from nnuniverse.physics.mechanics.verdict.one_step_diffusion import (
    continuous_diffusion,
    one_step_diffusion,
)


def diffusions_of(
    ensemble: Ensemble, coordinate: int, positions: np.ndarray, given: float | None
) -> Mapping[str, InfluencedEstimate]:
    """Return the diffusions there are of a coordinate, q^2 per step, by name.

    ``given``; ``measured`` in the one-step pairs of ``positions``, (replica, record, step), if
    there are any; ``linear`` theory's, of plain descent; ``overdamped``: the same with momentum m
    at long times, D / (1 - m)^2.
    """
    found = {}
    if positions.shape[2] > 1:
        steps = positions[:, :, 1] - positions[:, :, 0]
        found["measured"] = one_step_diffusion(positions[:, :, 0], steps)
    predicted = _predicted(ensemble.theory, coordinate, ensemble.descent)
    if given is not None:
        predicted["given"] = given
    exact = np.zeros(len(positions))
    return found | {name: InfluencedEstimate(value, exact) for name, value in predicted.items()}


def compared_with(
    descent: Descent | None, diffusions: Mapping[str, InfluencedEstimate]
) -> list[InfluencedEstimate]:
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


def _predicted(
    theory: LinearTheory | None, coordinate: int, descent: Descent | None
) -> dict[str, float]:
    if theory is None or not np.isfinite(theory.diffusion[coordinate]):
        return {}
    rate, diffusion = float(theory.rate[coordinate]), float(theory.diffusion[coordinate])
    momentum = descent.momentum if descent is not None else 0.0
    if momentum:
        return {"linear": diffusion, "overdamped": diffusion / (1.0 - momentum) ** 2}
    return {"linear": continuous_diffusion(rate, diffusion) if rate < 1.0 else np.nan}
