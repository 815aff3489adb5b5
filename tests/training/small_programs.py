"""A small training program: a deep net on 50 samples, of which batches of 16 leave two over."""

from __future__ import annotations

from functools import partial

import numpy as np

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables import QUICK, Samples, Settings, select_observables
from nnuniverse.observables.weights import weight_observables
from nnuniverse.training import (
    Penalty,
    Program,
    Rate,
    boundary_objective,
    build_optimiser,
)

SIZES = (12, 6, 4, 3)
SILENT = [2, 7]
"""Inputs that are zero in every training sample, though not in the test samples."""
EPOCHS = 12


def _samples(count: int, random: np.random.Generator) -> Samples:
    inputs = random.uniform(-0.5, 1.0, (count, SIZES[0])).astype(np.float32)
    labels = random.integers(0, SIZES[-1], count).astype(np.int32)
    targets = np.where(np.arange(SIZES[-1]) == labels[:, None], 1.0, -1.0).astype(np.float32)
    return Samples(inputs, targets, labels)


def build(
    seeds: tuple[int, ...] = (3, 1, 8),
    names: tuple[str, ...] | None = None,
    penalty: Penalty | None = None,
    sizes: tuple[int, ...] = SIZES,
    **changed,
) -> Program:
    """Build the program; without ``names`` it measures everything quick, and the weights."""
    random = np.random.default_rng(4)
    train, test = _samples(50, random), _samples(20, random)
    train.inputs[:, SILENT] = 0.0
    settings = Settings(Layered(sizes), ACTIVATIONS["tanh"], complexity_n=(2, 20))
    observables = select_observables(QUICK if names is None else names, settings)
    if names is None:
        observables += weight_observables(settings)
    objective = boundary_objective(settings)
    return Program(
        settings=settings,
        observables=observables,
        objective=objective.with_penalty(penalty) if penalty else objective,
        initialiser="glorot_uniform",
        gain=1.5,
        optimiser=partial(
            build_optimiser, "momentum", steps_per_epoch=4, decay=0.8, nesterov=False
        ),
        rate=Rate(0.1, "linear", final=0.2, epochs=EPOCHS),
        batch=16,
        shuffle=True,
        seeds=seeds,
        train=train,
        test=test,
        **({"parts": 2} | changed),
    )
