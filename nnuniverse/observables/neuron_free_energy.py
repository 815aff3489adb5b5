"""What each hidden neuron adds to the free energy of the states."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.graph_measurement import GraphMeasurement
from nnuniverse.observables.layered_measurement import LayeredMeasurement
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.precision import in_float64
from nnuniverse.spectra import layered_removal_log_determinants, removal_log_determinants
from nnuniverse.variables import Variable

BETAS = (0.5, 1.0, 1.4)
"""Inverse temperatures: below, at and above beta = 1, those that `nnu analyze` begins with."""


@in_float64
def neuron_free_energies(
    removal_log_determinants: Float[Array, "*neurons"], beta: float | Float[Array, ""]
) -> Float[Array, "*neurons"]:
    """Return F(N) - F(N-1) of neurons, from what their removal does to log det(c + beta G).

    ``[log det M - log det M_(-i) - log 2 pi]/(2 beta)``, with the slopes f' of all others as they
    are; F is that of (6.5) without the mean state.  An isolated neuron has
    ``[log(c + beta) - log 2 pi]/(2 beta)``.

    ``removal_log_determinants``: log det M_(-i) - log det M, any shape; ``beta``: > 0.

    Source: 2012.05082 (4.2), 2004.09280 (5.9), (6.5).
    """
    return -(removal_log_determinants + math.log(2.0 * math.pi)) / (2.0 * beta)


def _hidden_among_free(settings: Settings) -> np.ndarray:
    """Return the places of the hidden neurons among the free ones."""
    architecture = settings.architecture
    return np.searchsorted(architecture.free, architecture.hidden)


def _measure(measurement: Measurement) -> jax.Array:
    hidden = _hidden_among_free(measurement.settings)
    return jnp.stack([_at(measurement, beta)[hidden] for beta in BETAS])


def _at(measurement: Measurement, beta: float) -> jax.Array:
    """Return what each free neuron adds at one ``beta``."""
    stiffness = 1.0 - beta * measurement.settings.local.mass
    if isinstance(measurement, LayeredMeasurement):
        changes = layered_removal_log_determinants(measurement.blocks, beta, stiffness)
    elif isinstance(measurement, GraphMeasurement):
        coupling, basis = measurement.reduced
        inputs = basis.shape[1]
        among = coupling[inputs:, inputs:]
        changes = removal_log_determinants(coupling[inputs:, :inputs], among, beta, stiffness)
    else:
        raise TypeError(f"a {type(measurement).__name__} has no couplings")
    return neuron_free_energies(changes, beta)


NEURON_FREE_ENERGY = Observable(
    Variable(
        "neuron_free_energy",
        (),
        "what each hidden neuron adds to the free energy of the states, at fixed slopes",
        "2012.05082 (4.2)",
        equation="F(N) - F(N-1) = [log det(c + beta G) - log det(c + beta G_(-i)) - log 2 pi]"
        "/(2 beta)",
        symbol="dF_i",
        computed_by=(
            neuron_free_energies,
            removal_log_determinants,
            layered_removal_log_determinants,
        ),
    ),
    _measure,
    axes=(
        Dimension(
            "inverse_temperature",
            "inverse temperature beta",
            lambda settings: np.asarray(BETAS),
        ),
        Dimension(
            "hidden_neuron",
            "hidden neuron, by its place among all",
            lambda settings: np.asarray(settings.architecture.hidden),
        ),
    ),
    attributes=lambda settings: {
        "caution": "With the slopes recomputed without each neuron the values scatter twice as far."
    },
    cost="large",
    applies=lambda settings: settings.has_spectrum,
)
