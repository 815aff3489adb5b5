"""Thermodynamic quantities, one per file: a pure function with declared name, dims, unit, source.

To add one, write its file and name its declaration in `OBSERVABLES`; storing, reading, analysing
and plotting follow the declaration.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import jax
import jax.numpy as jnp

from nnuniverse import extensions
from nnuniverse.errors import ConfigError, one_of
from nnuniverse.observables.bulk_loss import (
    BULK_GRADIENT_NORM,
    BULK_ITERATIONS,
    BULK_LOSS,
    BULK_LOSS_RESTARTED,
    BULK_RESTARTS_LOWER,
    BULK_UNCONVERGED,
)
from nnuniverse.observables.complexity import COMPLEXITY
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.fixed_points import (
    FIXED_POINT_CYCLES,
    FIXED_POINT_PERIOD,
    FIXED_POINT_UNCONVERGED,
)
from nnuniverse.observables.gradient_noise_scale import (
    GRADIENT_NOISE_SCALE,
    NoiseAndSignal,
    noise_and_signal,
)
from nnuniverse.observables.graph_measurement import GraphMeasurement
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.log_eigenvalues import LOG_EIGENVALUES, SINGULAR_EIGENVALUES
from nnuniverse.observables.losses import (
    BOUNDARY_LOSS,
    CROSS_ENTROPY,
    ERROR_RATE,
    R_SQUARED,
    TEST_BOUNDARY_LOSS,
    TEST_CROSS_ENTROPY,
    TEST_ERROR_RATE,
    TEST_R_SQUARED,
)
from nnuniverse.observables.mean_state import MEAN_STATE_REST, MEAN_STATE_SQUARES
from nnuniverse.observables.measurement import Compared, Measurement, Samples, Settings
from nnuniverse.observables.moments import (
    MU2,
    MU2_PER_EIGENVALUE,
    MU3,
    MU3_PER_EIGENVALUE,
)
from nnuniverse.observables.neuron_free_energy import NEURON_FREE_ENERGY
from nnuniverse.observables.nonzero_weights import NONZERO_WEIGHTS
from nnuniverse.observables.power_norms import POWER_NORMS
from nnuniverse.observables.stochastic_gradients import (
    GRADIENTS_ACROSS_BATCHES,
    GRADIENTS_ACROSS_WEIGHTS,
)
from nnuniverse.observables.without_output import WITHOUT_OUTPUT

OBSERVABLES = {
    observable.name: observable
    for observable in (
        LOG_EIGENVALUES,
        MU2,
        MU3,
        MU2_PER_EIGENVALUE,
        MU3_PER_EIGENVALUE,
        COMPLEXITY,
        POWER_NORMS,
        *WITHOUT_OUTPUT,
        MEAN_STATE_SQUARES,
        MEAN_STATE_REST,
        NEURON_FREE_ENERGY,
        BOUNDARY_LOSS,
        ERROR_RATE,
        TEST_BOUNDARY_LOSS,
        TEST_ERROR_RATE,
        CROSS_ENTROPY,
        TEST_CROSS_ENTROPY,
        R_SQUARED,
        TEST_R_SQUARED,
        BULK_LOSS,
        BULK_UNCONVERGED,
        BULK_ITERATIONS,
        BULK_GRADIENT_NORM,
        BULK_LOSS_RESTARTED,
        BULK_RESTARTS_LOWER,
        SINGULAR_EIGENVALUES,
        FIXED_POINT_UNCONVERGED,
        FIXED_POINT_CYCLES,
        FIXED_POINT_PERIOD,
        GRADIENTS_ACROSS_WEIGHTS,
        GRADIENTS_ACROSS_BATCHES,
        GRADIENT_NOISE_SCALE,
        NONZERO_WEIGHTS,
    )
}
"""Every observable that a snapshot can record, by name."""

ALL = tuple(
    name
    for name, observable in OBSERVABLES.items()
    if observable.cost != "large" and not observable.by_name
)
"""Names of those that are recorded when all are asked for; the others, only by their names, or
where what a run does makes them worth it."""

QUICK = tuple(name for name in ALL if OBSERVABLES[name].cost == "small")
"""Names of those that cost next to nothing beside training."""

ONE_NUMBER = "Variable(NAME, (), ...) for one number"
SEVERAL_NUMBERS = (
    "Observable(..., axes=(Dimension(NAME, MEANING, COORDINATE), ...)) for several numbers"
)
"""What declares the shape of an observable, for messages."""


def select_observables(
    names: Iterable[str] | None, settings: Settings, subject: str = "`observe.observables`"
) -> list[Observable]:
    """Return the observables called ``names``, or `ALL`; without what ``settings`` leave empty.

    Raises ConfigError, about ``subject``, for a name that is not an observable's.
    """
    names = list(ALL if names is None else names)
    chosen = [_called(name, subject) for name in dict.fromkeys(names)]
    return [
        observable
        for observable in chosen
        if observable.applies(settings) and 0 not in observable.shape(settings)
    ]


def _called(name: str, subject: str) -> Observable:
    """Return the observable called ``name``, one of ours or of an installed package."""
    if name in OBSERVABLES:
        return OBSERVABLES[name]
    found = extensions.installed(extensions.OBSERVABLES, OBSERVABLES)
    if name not in found:
        symbols = {one.variable.symbol: one.name for one in OBSERVABLES.values()}
        known = symbols.get(name) or one_of(name, [*OBSERVABLES, *found])
        raise ConfigError(subject, "name observables", f"names {name!r}", known)
    observable = extensions.load(extensions.OBSERVABLES, name, Observable)
    _refuse_undeclared_axes(observable, found[name].subject)
    guarded = found[name].guarded(observable.measure)

    def of_declared_shape(measurement: Measurement) -> jax.Array:
        value = guarded(measurement)
        declared, shape = observable.shape(measurement.settings), tuple(jnp.shape(value))
        if shape != declared:
            raise _of_another_shape(found[name].subject, declared, shape)
        return value

    return replace(observable, measure=of_declared_shape)


def _refuse_undeclared_axes(observable: Observable, subject: str) -> None:
    """Raise ConfigError if the variable of ``observable`` names dimensions that are not its axes.

    A run stores an observable over its axes: dimensions of the variable alone would be lost.
    """
    dims, axes = observable.variable.dims, tuple(axis.name for axis in observable.axes)
    if dims not in ((), axes):
        of_axes = f"its `axes`, {axes} or ()" if axes else "an observable without `axes`, ()"
        raise ConfigError(
            subject,
            f"have a Variable over the dimensions of {of_axes}",
            f"that is over {dims}",
            f"{ONE_NUMBER}; {SEVERAL_NUMBERS}",
        )


def _of_another_shape(
    subject: str, declared: tuple[int, ...], shape: tuple[int, ...]
) -> ConfigError:
    if declared:
        requirement, remedy = f"return the shape {declared} of its `axes`", "`axes` of that shape"
    else:
        requirement = "return one number, as it is declared without `axes`"
        remedy = SEVERAL_NUMBERS
    return ConfigError(subject, requirement, f"returns the shape {shape}", remedy)


__all__ = [
    "ALL",
    "OBSERVABLES",
    "QUICK",
    "Compared",
    "Dimension",
    "GraphMeasurement",
    "LayeredMeasurement",
    "Measurement",
    "NoiseAndSignal",
    "Observable",
    "Samples",
    "Settings",
    "noise_and_signal",
    "select_observables",
]
