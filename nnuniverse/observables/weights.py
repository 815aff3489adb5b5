"""The weights and biases themselves, for runs that keep them at every snapshot."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Shaped

from nnuniverse.networks.architecture import Architecture, WeightArray
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Measurement, Settings
from nnuniverse.variables import Axis, Variable


def weight_observables(settings: Settings) -> list[Observable]:
    """Declare the weights and biases at a snapshot.

    ``settings``: the architecture, f, and how the net is measured.
    """
    arrays = settings.architecture.weight_arrays
    return [_at_snapshots(array, settings.precision) for array in arrays]


def weight_variables(settings: Settings) -> list[Variable]:
    """Declare the trained weights and biases, after the coordinates that come with them.

    ``settings``: the architecture, f, and how the net is measured.
    """
    arrays = settings.architecture.weight_arrays
    coordinates = [variable for array in arrays for variable, _ in array.coordinates]
    return [*coordinates, *(_trained(array, settings.precision) for array in arrays)]


def weight_dimensions(settings: Settings) -> list[Dimension]:
    """Return the axes of weights and biases.

    ``settings``: the architecture, f, and how the net is measured.
    """
    return [_dimension(axis) for axis in settings.architecture.axes]


def named_weights(
    architecture: Architecture, parameters: Trainable
) -> dict[str, Shaped[Array | np.ndarray, " ..."]]:
    """Return weights, biases and coordinates under the names of `weight_variables`.

    ``architecture``: the neurons and what connects them; ``parameters``: weights and biases of the
    net.
    """
    arrays = architecture.weight_arrays
    coordinates = {
        variable.name: values for array in arrays for variable, values in array.coordinates
    }
    leaves = jax.tree.leaves(parameters)
    names = [array.name for array in arrays]
    return {**coordinates, **dict(zip(names, leaves, strict=True))}


def _trained(array: WeightArray, precision: str) -> Variable:
    """Return an array after the last epoch stored, over replicas."""
    return Variable(
        array.name,
        ("replica", *(axis.name for axis in array.axes)),
        f"{array.meaning} after the last epoch stored",
        "2004.09280 (2.5)",
        dtype=precision,
        attributes=_attributes(array),
    )


def _at_snapshots(array: WeightArray, precision: str) -> Observable:
    """Return an array as an observable, its name after "snapshot_"."""
    return Observable(
        Variable(
            f"snapshot_{array.name}",
            (),
            f"{array.meaning} at the snapshot",
            "2004.09280 (2.5)",
            dtype=precision,
            equation="y = w x + b",
        ),
        partial(_measured, name=array.name),
        axes=tuple(map(_dimension, array.axes)),
        attributes=lambda _: _attributes(array),
    )


def _attributes(array: WeightArray) -> dict[str, int | str]:
    names = " ".join(variable.name for variable, _ in array.coordinates)
    return {"coordinates": names} if names else {}


def _dimension(axis: Axis) -> Dimension:
    return Dimension(axis.name, axis.long_name, lambda _: axis.values)


def _measured(measurement: Measurement, name: str) -> jax.Array:
    weights = named_weights(measurement.settings.architecture, measurement.parameters)
    return jnp.asarray(weights[name], measurement.settings.precision)
