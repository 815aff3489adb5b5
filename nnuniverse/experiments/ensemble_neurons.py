"""Neurons of an ensemble that come and go: which are active at first, and how they move."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.grand import Optimise
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.ensemble_coordinates import TrainedPoint
from nnuniverse.networks.propagation import Parameters, Trainable, layers_only
from nnuniverse.observables import Samples
from nnuniverse.precision import as_float64
from nnuniverse.training import Program, Turnover
from nnuniverse.training.evolution import NeuronMoves
from nnuniverse.training.neurons import Neurons
from nnuniverse.training.train_state import drawn_parameters
from nnuniverse.training.turnover import TURNOVER

IRREVERSIBLE = "grand.moves.kind=optimise: moves have no reverse, so that there is no equilibrium"
"""What is said of such an ensemble."""


def require_fixed_potential(config: RunConfig) -> None:
    """Raise ConfigError if the chemical potential changes: an ensemble has one.

    ``config``: that of the run, whole.
    """
    grand = config.grand
    if grand is not None and grand.final_chemical_potential is not None:
        raise ConfigError(
            "`grand.final_chemical_potential`",
            "be null for an ensemble, whose chemical potential is one number",
            f"is {grand.final_chemical_potential:g}",
            "grand.final_chemical_potential=null",
        )


def is_irreversible(config: RunConfig) -> bool:
    """Return whether neurons move in a way that has no reverse.

    ``config``: that of the run, whole.
    """
    return config.grand is not None and isinstance(config.grand.moves, Optimise)


def net_at_first(config: RunConfig, program: Program, trained: Trainable) -> Trainable:
    """Return the net of all neurons whose active ones are the ``trained`` net, float64.

    ``config``: that of the run, whole; ``program``: the compiled program of the run.
    """
    turnover = program.turnover
    if turnover is None:
        return trained
    with jax.enable_x64(True):
        return turnover.begin(_reservoir(config, program), trained)[0]


def neurons_at_first(config: RunConfig, program: Program) -> Neurons | None:
    """Return which neurons are active at first, and the weights that dormant ones come with.

    ``config``: that of the run, whole; ``program``: the compiled program of the run.
    """
    turnover = program.turnover
    if turnover is None:
        return None
    weights = _reservoir(config, program) if turnover.keeps_weights else None
    return Neurons(_first_mask(turnover), weights)


def build_moves(config: RunConfig, point: TrainedPoint) -> NeuronMoves | None:
    """Return how the neurons of the replicas move, None where they stay.

    All replicas have one probe, so that they are of one ensemble.

    ``config``: that of the run, whole; ``point``: the trained net that the replicas begin at.
    """
    program, grand, neurons = point.program, config.grand, point.neurons
    if program.turnover is None or grand is None or neurons is None:
        return None
    samples = len(program.train.labels)
    order = np.random.Generator(np.random.Philox(key=[config.seed, TURNOVER])).permutation(samples)
    chosen = np.sort(order[: grand.probe])
    precision = config.train.precision
    with jax.enable_x64(True):
        cast: Neurons = jax.tree.map(
            lambda array: array if array.dtype == bool else array.astype(precision), neurons
        )
        silent = jnp.asarray(program.inputs.split(point.whole)[1], precision)
    return NeuronMoves(
        turnover=program.turnover,
        neurons=cast,
        silent_weights=silent,
        inputs=program.inputs,
        probe=Samples(*(jnp.asarray(np.asarray(array)[chosen]) for array in program.train)),
        steps=grand.every * -(-samples // config.train.batch),
    )


def _first_mask(turnover: Turnover) -> tuple[jax.Array, ...]:
    sizes = zip(turnover.reservoir.sizes[1:-1], turnover.begun.sizes[1:-1], strict=True)
    return tuple(jnp.arange(room) < size for room, size in sizes)


def _reservoir(config: RunConfig, program: Program) -> Parameters:
    """Return the weights of all neurons as the training of the first seed draws them, float64."""
    initialiser = config.network.initialiser
    with jax.enable_x64(True):
        drawn = drawn_parameters(
            jnp.asarray(config.seeds[0]),
            program.settings.architecture,
            initialiser.kind,
            initialiser.gain,
            TURNOVER,
        )
        exact: Parameters = as_float64(layers_only(drawn))
    return exact
