"""Small training programs, compiled once for all tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import small_programs
from small_programs import EPOCHS

from nnuniverse.training import Program, Segment, TrainState


@pytest.fixture(scope="session")
def build() -> Callable[..., Program]:
    """Build the program of `small_programs`."""
    return small_programs.build


@pytest.fixture(scope="session")
def program(build: Callable[..., Program]) -> Program:
    """Three replicas that measure everything."""
    return build()


@pytest.fixture(scope="session")
def untrained(program: Program) -> TrainState:
    return program.initial_state()


@pytest.fixture(scope="session")
def trained(program: Program, untrained: TrainState) -> Segment:
    """The whole run in one segment."""
    return program.run(untrained, 0, EPOCHS, np.array([0, 1, 5, EPOCHS]))
