"""One call of a program returns all that it was asked for, however little room the device has."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import small_programs

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables import Samples, Settings, select_observables
from nnuniverse.training import Program, Rate, Segment, build_optimiser, state_arrays
from nnuniverse.training.segment import EPOCHS_PER_SEGMENT, SNAPSHOTS_PER_SEGMENT, end_of_room

pytestmark = pytest.mark.quick  # bits are compared of one program


@pytest.fixture(scope="module")
def tiny() -> Program:
    """Two neurons and two samples, two replicas."""
    samples = Samples(
        np.array([[0.5], [-0.25]], np.float32),
        np.array([[1.0], [-1.0]], np.float32),
        np.array([0, 0], np.int32),
    )
    settings = Settings(Layered((1, 1)), ACTIVATIONS["tanh"], complexity_n=(1,))
    return replace(
        small_programs.build(seeds=(2, 5)),
        settings=settings,
        observables=select_observables(("boundary_loss",), settings),
        optimiser=partial(build_optimiser, "sgd", steps_per_epoch=1),
        rate=Rate(1e-3),
        batch=2,
        train=samples,
        test=samples,
    )


def assert_is(whole: Segment, parts: list[Segment]) -> None:
    """The whole is its parts, bit for bit."""
    np.testing.assert_array_equal(
        whole.running_loss, np.concatenate([part.running_loss for part in parts], axis=1)
    )
    np.testing.assert_array_equal(
        whole.observables["boundary_loss"],
        np.concatenate([part.observables["boundary_loss"] for part in parts], axis=1),
    )
    last = state_arrays(parts[-1].state)
    for name, array in state_arrays(whole.state).items():
        np.testing.assert_array_equal(array, last[name], err_msg=name)


def test_more_epochs_than_the_device_has_room_for(tiny: Program) -> None:
    epochs = EPOCHS_PER_SEGMENT + 904
    due = np.array([0, 4000, epochs])
    whole = tiny.run(tiny.initial_state(), 0, epochs, due)
    assert (whole.first, whole.last) == (0, epochs)
    assert whole.running_loss.shape == (2, epochs)
    np.testing.assert_array_equal(whole.snapshots, due)
    first = tiny.run(tiny.initial_state(), 0, 3000, due)
    assert_is(whole, [first, tiny.run(first.state, 3001, epochs, due)])


def test_more_snapshots_than_the_device_has_room_for(tiny: Program) -> None:
    epochs = 2 * SNAPSHOTS_PER_SEGMENT + 5
    due = np.arange(epochs + 1)
    whole = tiny.run(tiny.initial_state(), 0, epochs, due)
    np.testing.assert_array_equal(whole.snapshots, due)
    assert whole.observables["boundary_loss"].shape == (2, epochs + 1)
    first = tiny.run(tiny.initial_state(), 0, 20, due)
    second = tiny.run(first.state, 21, 50, due)
    assert_is(whole, [first, second, tiny.run(second.state, 51, epochs, due)])


def test_epoch_zero_alone_trains_nothing(tiny: Program) -> None:
    alone = tiny.run(tiny.initial_state(), 0, 0, np.array([0, 3]))
    assert alone.running_loss.shape == (2, 0)
    np.testing.assert_array_equal(alone.snapshots, [0])


@pytest.mark.parametrize("every", [1, 3, 5000])
@pytest.mark.parametrize("first", [0, 1, 77])
def test_what_fits_into_the_room(first: int, every: int) -> None:
    last = 3 * EPOCHS_PER_SEGMENT
    snapshots = np.arange(0, last + 1, every)
    end = end_of_room(first, last, snapshots)
    held = np.sum((snapshots >= first) & (snapshots <= end))
    assert first <= end
    assert end - first < EPOCHS_PER_SEGMENT
    assert held <= SNAPSHOTS_PER_SEGMENT
    assert held == SNAPSHOTS_PER_SEGMENT or end - first == EPOCHS_PER_SEGMENT - 1
    assert end_of_room(first, first, snapshots) == first
