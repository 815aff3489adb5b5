"""What became of the iterations to the fixed points of a graph."""

from __future__ import annotations

import jax.numpy as jnp

from nnuniverse.networks.fixed_point import find_periods
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.graph_measurement import GraphMeasurement
from nnuniverse.observables.measurement import Settings, only_of
from nnuniverse.variables import Variable


def _iterates(settings: Settings) -> bool:
    return settings.recurrent


FIXED_POINT_UNCONVERGED = Observable(
    Variable(
        "fixed_point_unconverged",
        (),
        "number of training samples whose state did not settle; losses take their last state",
        "2004.09280 (2.9)",
        equation="number of samples with x != f(w x + b) after the last iteration",
        symbol="n_moving",
        computed_by=(find_periods,),
    ),
    only_of(GraphMeasurement, lambda m: jnp.sum(m.periods != 1, dtype=jnp.float64)),
    applies=_iterates,
)
FIXED_POINT_CYCLES = Observable(
    Variable(
        "fixed_point_cycles",
        (),
        "number of these whose state ends in a cycle",
        "2004.09280 (2.9)",
        equation="number of samples with x(t + p) = x(t), p > 1",
        symbol="n_cycle",
        computed_by=(find_periods,),
    ),
    only_of(GraphMeasurement, lambda m: jnp.sum(m.periods > 1, dtype=jnp.float64)),
    applies=_iterates,
)
FIXED_POINT_PERIOD = Observable(
    Variable(
        "fixed_point_period",
        (),
        "longest period found; 1: fixed points only, 0: nothing found",
        "2004.09280 (2.9)",
        equation="largest p with x(t + p) = x(t)",
        symbol="p",
        computed_by=(find_periods,),
    ),
    only_of(GraphMeasurement, lambda m: jnp.max(m.periods).astype(jnp.float64)),
    applies=_iterates,
)
