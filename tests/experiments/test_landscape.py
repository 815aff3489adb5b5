"""What nets learn on, as functions of what moves: against the steps that training takes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from quick_jit import quick_compilation

from nnuniverse.config import parse_config
from nnuniverse.data.dataset import from_arrays
from nnuniverse.experiments import assemble
from nnuniverse.experiments.landscape import LossLandscape, NetPlace
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble

RATE, DECAY = 0.05, 0.4


@cache
def landscape() -> tuple[LossLandscape, NetPlace]:
    """The net 4-3-3 with weight decay, on twelve samples."""
    random = np.random.default_rng(0)
    inputs = random.integers(1, 256, (12, 4), dtype=np.uint8)
    split = inputs, np.arange(12) % 3
    config = parse_config(
        {
            "name": "any",
            "network": {"hidden": [3]},
            "train": {
                "batch": 4,
                "learning_rate": RATE,
                "optimiser": {"kind": "sgd", "weight_decay": DECAY},
            },
            "observe": {"complexity_n": [2]},
        }
    )
    program = assemble.build_program(config, from_arrays("tiny", split, split, source="here"))
    net = assemble.untrained_net(config, program.settings.architecture)
    found = LossLandscape(program)
    return found, found.place(net)


@pytest.fixture(autouse=True)
def _quick():
    with quick_compilation():
        yield


def test_the_mean_step_of_an_epochs_batches_is_that_of_all_samples() -> None:
    learning, place = landscape()
    expected = -RATE * (learning.loss_slope(place) + DECAY * np.asarray(place.moving))
    np.testing.assert_allclose(learning.mean_step_of_batches(place), expected, atol=1e-7)


@in_float64
def test_the_hessian_is_that_of_the_slope() -> None:
    learning, place = landscape()
    direction = np.random.default_rng(1).normal(size=learning.variables)
    ends = [
        learning.loss_slope(place._replace(moving=place.moving + side * 1e-5 * direction))
        for side in (1, -1)
    ]
    found = learning.hessian(place)(direction)
    np.testing.assert_allclose(found, (ends[0] - ends[1]) / 2e-5, rtol=1e-6, atol=1e-9)


def test_variables_are_those_of_all_arrays() -> None:
    learning, place = landscape()
    assert learning.variables == len(place.moving) == 4 * 3 + 3 + 3 * 3 + 3
    assert learning.blocks == [12, 15, 24]
    slopes = learning.free_energy_slopes(place, Ensemble(np.array([1.0, 10.0])))
    assert slopes.whole.shape == (2, learning.variables)
