"""Free energy and loss about a net against their values near it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from quick_jit import quick_jit
from tiny_data import save_tiny_data

from nnuniverse.config import RunConfig
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.ensemble_coordinates import TrainedPoint
from nnuniverse.experiments.free_energy_expansion import free_energy_along, loss_along
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.physics.mechanics.ensemble import StochasticDescent
from nnuniverse.precision import in_float64
from nnuniverse.training.terms import Term, batch_terms

pytestmark = pytest.mark.quick

BETA = 2.0


@pytest.fixture(scope="module")
def point(tmp_path_factory) -> TrainedPoint:
    path = save_tiny_data(tmp_path_factory.mktemp("data") / "tiny.npz")
    config = RunConfig.model_validate(
        {
            "data": {"kind": "npz", "path": str(path)},
            "network": {"kind": "layered", "hidden": (3,)},
            "train": {"batch": 4, "epochs": 1},
            "observe": {"complexity_n": (5,)},
        }
    )
    program = assemble.build_program(config, load_dataset(config))
    drawn = assemble.untrained_net(config, program.settings.architecture)
    with jax.enable_x64(True):
        exact = jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), drawn)
    return TrainedPoint(program, StochasticDescent("sgd", 0.1, 4, 3), exact)


@pytest.fixture(scope="module")
def directions(point: TrainedPoint) -> np.ndarray:
    """Two that are neither orthogonal nor of unit length."""
    return np.random.default_rng(0).standard_normal((2, len(point.flat)))


@in_float64
def test_values_near_the_net_are_those_to_second_order(
    point: TrainedPoint, directions: np.ndarray
) -> None:
    terms = batch_terms(point.program.settings, [Term("free_energy", 1.0, beta=BETA)])
    _, silent = point.program.inputs.split(point.whole)
    samples = jnp.asarray(np.asarray(point.program.train.inputs))
    inputs, targets = map(jnp.asarray, (point.landscape.inputs, point.landscape.targets))

    @quick_jit
    def free_energy(flat: jax.Array) -> jax.Array:
        return terms(point.program.inputs.join(point.landscape.restore(flat), silent), samples)

    @quick_jit
    def loss(flat: jax.Array) -> jax.Array:
        return point.landscape.losses(flat, inputs, targets).mean()

    for function, found in (
        (free_energy, free_energy_along(point, directions, BETA)),
        (loss, loss_along(point, directions)),
    ):
        for q in ([0.02, 0.01], [-0.015, 0.02]):
            shortest = np.linalg.lstsq(directions, q, rcond=None)[0]
            moved, back = (
                float(function(jnp.asarray(point.flat + sign * shortest))) for sign in (1.0, -1.0)
            )
            rest = float(function(jnp.asarray(point.flat)))
            expected = found.value(np.array([q, np.negative(q)]))
            # Odd and even parts by themselves: each errs by what is two orders higher.
            odd, even = (moved - back) / 2.0, (moved + back) / 2.0 - rest
            np.testing.assert_allclose((expected[0] - expected[1]) / 2.0, odd, rtol=1e-3)
            np.testing.assert_allclose((expected[0] + expected[1]) / 2.0, even, rtol=1e-3)


def test_a_temperature_that_is_none_is_refused(point: TrainedPoint, directions: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="beta must be a positive number, but is -1"):
        free_energy_along(point, directions, -1.0)
