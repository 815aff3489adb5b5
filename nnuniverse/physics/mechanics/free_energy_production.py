"""How the free energy changes while an ensemble learns: gain, chain rule and potential."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.chain_rule import ChainRule, chain_rule
from nnuniverse.physics.mechanics.estimators.effective_potential import (
    EffectivePotential,
    effective_potential,
)
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.gain import Gain, gain
from nnuniverse.physics.mechanics.estimators.pairs import pairs_at, record_lag
from nnuniverse.physics.mechanics.estimators.transition import transition

SETTLED = 4.0
"""Relaxation times after which a coordinate counts as stationary: of five standard deviations that
it was displaced by, less than a tenth of one is left."""


class Expansions(NamedTuple):
    """Functions of q about the trained net: the ``free_energy`` F, and the ``loss`` lowered."""

    free_energy: SecondOrder
    loss: SecondOrder

    def along(self, coordinates: Int[np.ndarray, " chosen"]) -> Expansions:
        """Return both with the other coordinates at 0."""
        return Expansions(*(one.along(coordinates) for one in self))


@dataclass(frozen=True)
class FreeEnergyProduction:
    """What the drift has to do with the free energy F, and what changes F.

    ``gain``: of the drift along grad F, over all of the run, which the papers have as one positive
    gamma; ``gain_of_descent``: along minus the slope of the loss, the learning rate; ``labels``: of
    the coordinates that are stationary from step ``since`` on, which the others are of;
    ``potential``: V(q), in units of F per step; ``free_energy``, ``loss``: by the chain rule.
    """

    gain: Gain
    gain_of_descent: Gain
    since: int
    labels: tuple[str, ...]
    potential: EffectivePotential
    free_energy: ChainRule
    loss: ChainRule


def free_energy_production(
    ensemble: ReplicaEnsemble, expansions: Expansions
) -> FreeEnergyProduction:
    """Return how the free energy changes, where it can be told in a stationary state there.

    That is the second half of the records, in coordinates of which `SETTLED` relaxation times are
    over by then.  Raises ConfigError if there is none.

    ``ensemble``: the replicas, followed along coordinates q; ``expansions``: of F about the nets,
    to second order.

    Source: 2012.05082 (2.2), (2.3), (2.8); 2008.01540 (4.2), (4.6), (4.7).
    """
    pairs = pairs_at(ensemble)
    since = int(ensemble.record_step[len(ensemble.record_step) // 2])
    rate = transition(pairs_at(ensemble, record_lag(ensemble))).rate.value
    settled = np.flatnonzero(rate * since >= SETTLED)
    if not len(settled):
        fastest = np.max(rate, initial=0.0, where=np.isfinite(rate))
        raise ConfigError(
            "the ensemble",
            f"have a coordinate that is stationary from step {since} on",
            f"the fastest relaxes in {1.0 / fastest:.0f} steps" if fastest else "none relaxes",
            f"more steps, evolve.window={2.0 * SETTLED:g}",
        )
    late = replace(
        ensemble.since(since),
        positions=ensemble.since(since).positions[..., settled],
        labels=tuple(ensemble.labels[number] for number in settled),
        theory=None,
    )
    free_energy, loss = expansions.along(settled)
    return FreeEnergyProduction(
        gain(pairs, expansions.free_energy),
        gain(pairs, -expansions.loss),
        since,
        late.labels,
        effective_potential(pairs_at(late, record_lag(late)), free_energy),
        chain_rule(late, free_energy),
        chain_rule(late, loss),
    )
