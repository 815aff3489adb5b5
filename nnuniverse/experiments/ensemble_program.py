"""The program of an ensemble: how its replicas learn, and where they start."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.evolve import Displaced
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.algorithm import bath_temperature, plain_descent
from nnuniverse.experiments.ensemble_coordinates import Seen, TrainedPoint
from nnuniverse.experiments.ensemble_neurons import build_moves, net_at_first, neurons_at_first
from nnuniverse.experiments.reservoir import begun_with
from nnuniverse.experiments.trained_net import asked_for, trained_net
from nnuniverse.networks.propagation import Trainable
from nnuniverse.physics.mechanics.coordinates.displacement import displacement
from nnuniverse.physics.mechanics.coordinates.linear_theory import linear_theory
from nnuniverse.physics.mechanics.ensemble import StochasticDescent
from nnuniverse.training import Program
from nnuniverse.training.evolution import (
    EvolutionProgram,
    EvolutionState,
    IndependentBatches,
    ShuffledEpochs,
)
from nnuniverse.training.optimiser import Rate

PILOT_REPLICAS = 256
"""Of the ensemble whose principal components are taken."""


def trained_point(config: RunConfig, program: Program) -> TrainedPoint:
    """Return the net that an ensemble of ``config`` starts from, and how it learns there.

    ``program``: the compiled program of the run.
    """
    net = trained_net(config, begun_with(config, program.settings.architecture))
    rate = program.rate.at(jnp.asarray(net.epochs, jnp.float32))
    return TrainedPoint(
        program,
        descent_of(config, program, float(rate)),
        net_at_first(config, program, net.parameters),
        neurons_at_first(config, program),
    )


def descent_of(config: RunConfig, program: Program, rate: float) -> StochasticDescent:
    """Return how the replicas of ``config`` learn, at the learning ``rate`` eta.

    ``program``: the compiled program of the run.
    """
    train = config.train
    plain = plain_descent(
        config, rate, asked_for(config).sampling, len(program.train.labels) // train.batch
    )
    beyond = [
        text
        for text, is_used in (
            ("weight decay", train.optimiser.weight_decay > 0.0),
            ("clipped gradients", train.clip_norm is not None),
            ("a thermal bath", train.noise.temperature > 0.0),
        )
        if is_used
    ]
    return replace(plain, optimiser=" with ".join([plain.optimiser, *beyond[:1]]))


def build_evolution(
    config: RunConfig, point: TrainedPoint, directions: np.ndarray, starts: np.ndarray
) -> EvolutionProgram:
    """Return the program of replicas with the flat parameters ``starts``, (replica, parameter).

    ``directions``: P, (coordinate, parameter).

    ``config``: that of the run, whole; ``point``: the trained net that the replicas begin at.
    """
    program, train = point.program, config.train
    samples = len(program.train.labels)
    sampling = asked_for(config).sampling
    batches = IndependentBatches if sampling == "independent" else ShuffledEpochs
    return EvolutionProgram(
        objective=program.objective,
        optimiser=program.optimiser,
        rate=Rate(point.descent.rate),
        batch=train.batch,
        parts=program.parts,
        sampling=batches(samples, train.batch),
        seed=config.seed,
        starts=_unraveled(point, starts, train.precision),
        origin=point.flat.astype(train.precision),
        directions=directions.astype(train.precision),
        inputs=point.landscape.inputs,
        targets=point.landscape.targets,
        temperature=bath_temperature(config),
        moves=build_moves(config, point),
    )


def _unraveled(point: TrainedPoint, flat: np.ndarray, precision: str) -> Trainable:
    """Return the nets whose parameters are the rows of ``flat``, leading replica axis."""
    land = point.landscape
    leaves, structure = jax.tree.flatten(land.restore(point.place.moving))
    parts = [
        part.reshape(len(flat), *leaf.shape).astype(precision)
        for part, leaf in zip(np.split(flat, land.blocks, axis=1), leaves, strict=True)
    ]
    return jax.tree.unflatten(structure, parts)


def starts_of(config: RunConfig, point: TrainedPoint, seen: Seen) -> np.ndarray:
    """Return the flat parameters that the replicas begin with, (replica, parameter), float64.

    Displaced ones lie along the coordinates at ``sigma (amount + width xi)`` with xi normal, sigma
    being what linear theory says of independent batches; of optimisers that it does not know, of
    plain descent at the same rate.  That of a replica depends on the seed and its number alone.
    Raises ConfigError where there is no such sigma.

    ``config``: that of the run, whole; ``point``: the trained net that the replicas begin at;
    ``seen``: the coordinates that are followed.
    """
    asked = asked_for(config)
    at_rest = np.repeat(point.flat[None], asked.members, axis=0)
    if not isinstance(asked.start, Displaced):
        return at_rest
    variance = _widths_of(point.descent, seen)
    known = np.isfinite(variance) & (variance > 0.0)
    if not known.all():
        which = ", ".join(np.asarray(seen.labels)[~known])
        raise ConfigError(
            "`evolve.start.kind`",
            "be trained where linear theory knows no width to displace by",
            f"is displaced along {which} under {point.descent.optimiser}",
            "evolve.start.kind=trained",
        )
    own = (np.random.Philox(key=[config.seed, member]) for member in range(asked.members))
    normal = np.stack([np.random.Generator(bits).standard_normal(len(variance)) for bits in own])
    targets = np.sqrt(variance) * (asked.start.amount + asked.start.width * normal)
    return at_rest + displacement(seen.directions, targets)


def _widths_of(descent: StochasticDescent, seen: Seen) -> np.ndarray:
    """Return the variances whose roots starts are displaced by, (coordinate,)."""
    if descent.is_linear:
        return seen.memoryless.variance
    theory = seen.memoryless
    plain = StochasticDescent("sgd", descent.rate, descent.batch, descent.period)
    return linear_theory(theory.curvature, theory.spread, theory.gradient_noise, plain).variance


def pilot_of(config: RunConfig, point: TrainedPoint) -> np.ndarray:
    """Return the parameters of a pilot ensemble after its steps, (replica, parameter).

    ``config``: that of the run, whole; ``point``: the trained net that the replicas begin at.
    """
    asked = asked_for(config)
    steps = max(getattr(chosen, "steps", 0) for chosen in asked.coordinates)
    starts = np.repeat(point.flat[None], PILOT_REPLICAS, axis=0)
    program = build_evolution(config, point, point.flat[None] * 0.0, starts)
    end, _ = program.run(program.initial_state(), 0, steps, np.asarray([], np.int64))
    return flat_replicas(end)


def flat_replicas(state: EvolutionState) -> np.ndarray:
    """Return the parameters of every replica as one row, (replica, parameter), float64.

    ``state``: weights, optimiser and what sampling carries, of the replicas.
    """
    leaves = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(state.parameters)]
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)
