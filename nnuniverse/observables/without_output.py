"""Moments of the spectrum with the output neurons left out of A.

Whether the printed moments count the couplings into the output layer is not said.  Without them a
net with one hidden layer has two coupled layers only, and mu_3 = 0 exactly (A33).
"""

from __future__ import annotations

import jax

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.measurement import Settings, only_of
from nnuniverse.observables.moments import trace_of_power
from nnuniverse.variables import Variable


def _has_hidden_layers(settings: Settings) -> bool:
    return (settings.architecture.depth or 0) > 2


def _moment(k: int, per_eigenvalue: bool) -> Observable:
    """Declare the k-th moment, its trace or its mean over the dynamical eigenvalues."""

    def measure(measurement: LayeredMeasurement) -> jax.Array:
        log_eigenvalues = measurement.log_eigenvalues_without_output
        trace = trace_of_power(log_eigenvalues, k)
        if not per_eigenvalue:
            return trace
        dynamical = measurement.active_dynamical_without_output
        return trace / (len(log_eigenvalues) if dynamical is None else dynamical)

    over = "mean over the dynamical eigenvalues" if per_eigenvalue else "trace"
    return Observable(
        Variable(
            f"mu{k}_per_eigenvalue_without_output" if per_eigenvalue else f"mu{k}_without_output",
            (),
            f"{over} of (log G)^{k}, output neurons left out",
            f"2004.09280 ({'9.5' if k == 2 else '9.6'})",
            equation=f"sum_i (log lambda_i)^{k}" + (" / n_dyn" if per_eigenvalue else ""),
            symbol=f"mu_{k}'" + ("/n_dyn" if per_eigenvalue else ""),
            computed_by=(trace_of_power,),
        ),
        only_of(LayeredMeasurement, measure),
        cost="noticeable",
        applies=_has_hidden_layers,
    )


WITHOUT_OUTPUT = tuple(_moment(k, mean) for mean in (False, True) for k in (2, 3))
