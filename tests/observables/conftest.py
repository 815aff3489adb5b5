"""One net, measured once by the package and once by NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import jax
import numpy as np
import pytest
from quick_jit import quick_jit

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer, Parameters
from nnuniverse.observables import OBSERVABLES, LayeredMeasurement, Observable, Samples, Settings
from nnuniverse.observables.weights import weight_observables

SIZES = (12, 6, 4, 3)
NEURONS = sum(SIZES)
SAMPLES = 1030
"""More than are propagated at once, and no multiple of that."""


def draw_samples(random: np.random.Generator, count: int) -> Samples:
    labels = random.integers(0, SIZES[-1], count).astype(np.int32)
    targets = np.where(np.arange(SIZES[-1]) == labels[:, None], 1.0, -1.0).astype(np.float32)
    inputs = random.uniform(-0.5, 1.0, (count, SIZES[0])).astype(np.float32)
    return Samples(inputs, targets, labels)


@dataclass(frozen=True)
class Case:
    """A net with its samples, and what every observable measured there, by name."""

    settings: Settings
    parameters: Parameters
    train: Samples
    test: Samples
    declared: list[Observable]
    measured: dict[str, np.ndarray]

    def arguments(self, samples: Samples) -> list[np.ndarray]:
        """The activation's arguments per layer, in float64 by NumPy."""
        state, arguments = samples.inputs.astype(float), []
        for weights, bias in self.parameters:
            arguments.append(state @ weights.astype(float).T + bias)
            state = np.tanh(arguments[-1])
        return arguments

    def log_g(self) -> np.ndarray:
        """All N log-eigenvalues of G with the slopes at the mean state, descending, by NumPy."""
        matrix = np.eye(NEURONS)
        ends = np.cumsum(SIZES)
        arguments = self.arguments(self.train)
        for l, (y, (weights, _)) in enumerate(zip(arguments, self.parameters, strict=True)):
            slope = 1.0 / np.cosh(y.mean(axis=0)) ** 2
            before = slice(ends[l] - SIZES[l], ends[l])
            matrix[ends[l] : ends[l + 1], before] -= slope[:, None] * weights
        return 2.0 * np.log(np.linalg.svd(matrix, compute_uv=False))


@pytest.fixture(scope="session")
def case() -> Case:
    random = np.random.default_rng(2)
    parameters = tuple(
        Layer(
            random.normal(size=(rows, columns)).astype(np.float32),
            random.normal(size=rows).astype(np.float32),
        )
        for columns, rows in pairwise(SIZES)
    )
    settings = Settings(
        Layered(SIZES), ACTIVATIONS["tanh"], complexity_n=(1, NEURONS - 20, 20, NEURONS)
    )
    train, test = draw_samples(random, SAMPLES), draw_samples(random, 40)
    applying = [o for o in OBSERVABLES.values() if o.applies(settings)]
    declared = [*applying, *weight_observables(settings)]

    def measure(parameters: Parameters, train: Samples, test: Samples) -> dict[str, jax.Array]:
        measurement = LayeredMeasurement(settings, parameters, train, test)
        return {observable.name: observable.measure(measurement) for observable in declared}

    with jax.enable_x64(True):
        measured = quick_jit(measure)(parameters, train, test)
        measured = {name: np.asarray(value) for name, value in measured.items()}
    return Case(settings, parameters, train, test, declared, measured)
