"""Neurons of the replicas of an ensemble that come and go, after every so many steps."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import optax
from jaxtyping import Array, Int, PRNGKeyArray

from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.propagation import Trainable, layers_only
from nnuniverse.observables import Samples
from nnuniverse.training.evolution.state import EvolutionState
from nnuniverse.training.neurons import Neurons
from nnuniverse.training.turnover import TURNOVER, Conditions, LearningNet, Turnover


@dataclass(frozen=True)
class NeuronMoves:
    """Moves of the neurons of replicas that begin with the same ones.

    ``turnover``: how neurons come and go; ``neurons``: those of every replica at first;
    ``silent_weights``: from ``inputs`` that take no part; ``probe``: the samples that the energy of
    all replicas is taken on; ``steps``: from one move to the next.
    """

    turnover: Turnover
    neurons: Neurons
    silent_weights: jax.Array
    inputs: TrainedInputs[Trainable]
    probe: Samples
    steps: int

    @property
    def layers(self) -> int:
        """Hidden layers."""
        return len(self.neurons.mask)

    def begin(self, state: EvolutionState) -> EvolutionState:
        """Return the ``state`` of one replica before its first step, its neurons among it."""
        return state._replace(silent_weights=self.silent_weights, neurons=self.neurons)

    def after_step(
        self,
        key: PRNGKeyArray,
        step: Int[Array, ""],
        state: EvolutionState,
        *,
        probe: Samples,
        conditions: Conditions,
        optimiser: optax.GradientTransformation,
    ) -> EvolutionState:
        """Return the ``state`` of one replica after the move that belongs to a ``step``, if any.

        ``key``: of the replica; ``probe``, ``conditions``: as a call of the program has them.

        ``optimiser``: the optax transformation of the run.
        """

        def moved(state: EvolutionState) -> EvolutionState:
            if state.neurons is None or state.silent_weights is None:
                return state
            net, _ = self.turnover.moved_net(
                LearningNet(
                    layers_only(state.parameters),
                    state.silent_weights,
                    state.optimiser,
                    state.neurons,
                ),
                jax.random.fold_in(jax.random.fold_in(key, TURNOVER), step),
                probe,
                conditions,
                inputs=self.inputs,
                optimiser=optimiser,
            )
            return state._replace(**net._asdict())

        return jax.lax.cond(step % self.steps == 0, moved, lambda state: state, state)

    def all_weights(self, state: EvolutionState) -> Trainable:
        """Return the weights of all neurons that take part in training, dormant ones as they are.

        Zero where they do not keep them.

        ``state``: weights, optimiser and what sampling carries, of the replicas.
        """
        if state.neurons is None or state.silent_weights is None:
            return state.parameters
        trained = layers_only(self.inputs.join(state.parameters, state.silent_weights))
        return self.inputs.split(state.neurons.all_weights(trained, self.turnover.masked))[0]
