"""What `nnu hidden` costs: over the bare steps of the states, in processor time.

A graph of 914 neurons, 130 of them free, 1,000 samples in ten groups, 60 steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from benchmarks.contest import ROUNDS, Times
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.graph import GraphParameters, build_graph
from nnuniverse.networks.masks import random_mask
from nnuniverse.physics.hidden.measurement import HiddenMeasurement
from nnuniverse.physics.hidden.metric import nearest_cone
from nnuniverse.physics.hidden.subsystems import Subsystems
from nnuniverse.physics.hidden.transients import transient
from nnuniverse.threads import single_threaded_blas

STEPS, SAMPLES, NEURONS, INPUTS, GROUPS, DRAWS = 60, 1000, 914, 784, 10, 4000
FITS = 4 * 30 * (1 + 3)
"""Of a net: steps, neurons, and the Gaussians beside each."""


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    measurement, parameters = _net()
    averages = measurement.subsystems.averages
    rows = np.random.default_rng(1).normal(size=(DRAWS, GROUPS))

    def follow() -> object:
        inputs, tanh = measurement.inputs, measurement.activation
        return transient(measurement.net, parameters, inputs, tanh, averages, STEPS)

    with single_threaded_blas():
        bare = _timed(lambda: _bare_steps(measurement.inputs))
        followed, fit = _timed(follow), _timed(lambda: nearest_cone(rows))
        every = _timed(lambda: measurement.of_net(parameters, parameters))
    shares = Times(
        tuple(100.0 * FITS * a / b for a, b in zip(fit.rounds, every.rounds, strict=True))
    )
    return [
        (
            f"{STEPS} steps with means over groups, over the bare ones",
            f"{followed.over(bare)}",
            "<= 3",
        ),
        ("all of a net with its controls, over the bare steps", f"{every.over(bare)}", ""),
        (f"{FITS} fits of a metric, % of that", f"{shares}", ""),
    ]


def _net() -> tuple[HiddenMeasurement, GraphParameters]:
    random = np.random.default_rng(0)
    graph = build_graph(
        random_mask(NEURONS, links=60, seed=0), range(INPUTS), range(NEURONS - 10, NEURONS)
    )
    weights = random.normal(0.0, 0.1, graph.edges)
    measurement = HiddenMeasurement(
        net_of(graph),
        ACTIVATIONS["tanh"],
        random.normal(size=(SAMPLES, INPUTS)),
        Subsystems([str(k) for k in range(GROUPS)], np.arange(SAMPLES) % GROUPS),
        graph.free,
        STEPS,
        DRAWS,
        seed=0,
    )
    return measurement, GraphParameters(jnp.asarray(weights), jnp.zeros(len(graph.free)), graph)


def _bare_steps(inputs: np.ndarray) -> None:
    """Do the products and the activation of all steps, and nothing with the states."""
    free = NEURONS - INPUTS
    random = np.random.default_rng(0)
    incoming = random.normal(size=(INPUTS, free))
    inner = random.normal(0.0, 0.01, (free, free))
    drive = inputs @ incoming
    state = np.zeros_like(drive)
    for _ in range(STEPS):
        state = np.tanh(drive + state @ inner)


def _timed(work: Callable[[], object]) -> Times:
    work()
    seconds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return Times(tuple(seconds))
