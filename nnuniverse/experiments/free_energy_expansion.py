"""The free energy and the loss to second order about the net that an ensemble was restarted from.

What `nnuniverse.physics.mechanics.estimators` need beside the positions for the gain of the drift,
for the potential of 2012.05082 (2.8) and for the chain rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.ensemble_coordinates import TrainedPoint
from nnuniverse.experiments.records_of_ensemble import stored_coordinates
from nnuniverse.experiments.reopen import reopen_run
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.mechanics.alignment.free_energy_slopes import free_energy_slopes
from nnuniverse.physics.mechanics.alignment.second_derivatives import free_energy_hessian
from nnuniverse.physics.mechanics.coordinates.displacement import displacement
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.free_energy_production import Expansions
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import Ensemble
from nnuniverse.threads import single_threaded_blas


@pinned
def expansions_of_run(
    path: str | Path, beta: float = 1.0, coordinates: Sequence[int] | None = None
) -> Expansions:
    """Return F and the loss along the coordinates of the ensemble in the run folder ``path``.

    ``beta``: inverse temperature of F, > 0; ``coordinates``: numbers of those to take, None: all.
    Raises ConfigError, DataError or RunError as `reopen_run`, and for a graph or a beta that is not
    positive.
    """
    run = reopen_run(Path(path), of_ensemble=True)
    program = assemble.build_program(run.config, run.dataset, run.rounding)
    point, seen = stored_coordinates(run, program)
    chosen = np.arange(len(seen.labels)) if coordinates is None else np.asarray(coordinates)
    directions = seen.directions[chosen].astype(np.float64)
    return Expansions(free_energy_along(point, directions, beta), loss_along(point, directions))


def free_energy_along(point: TrainedPoint, directions: np.ndarray, beta: float) -> SecondOrder:
    """Return the canonical free energy F at ``theta_start + P^+ q`` to second order in q.

    ``F = (1/2 beta) log det(1 + beta G)`` but for a constant, with f' over all training samples;
    theta is the shortest with ``P theta = q``, so what replicas do off the coordinates is left out.

    ``point``: a layered net, else ConfigError is raised; ``directions``: P, (coordinate,
    parameter); ``beta``: > 0.

    Source: 2004.09280 (5.4), (5.13), (6.5).
    """
    settings = point.program.settings
    if not isinstance(settings.architecture, Layered):
        raise ConfigError(
            "a free energy to second order",
            "be of a layered net",
            f"is of a {settings.architecture}",
            "network.kind=layered",
        )
    if not 0.0 < beta < np.inf:
        raise ConfigError("beta", "be a positive number", f"is {beta:g}", "1")
    return _free_energy_along(point, _inverse(directions), beta)


@in_float64
def _free_energy_along(point: TrainedPoint, along: np.ndarray, beta: float) -> SecondOrder:
    settings, inputs = point.program.settings, jnp.asarray(np.asarray(point.program.train.inputs))
    restore, ensemble = _net_along(point, along), Ensemble(jnp.asarray([beta]))
    at_rest = jnp.zeros(len(along))

    def derivatives(q: jax.Array, inputs: jax.Array) -> tuple[jax.Array, jax.Array]:
        slopes = free_energy_slopes(settings, restore, q, inputs, ensemble).whole
        return slopes[0], free_energy_hessian(settings, restore, q, inputs, ensemble)[0]

    with single_threaded_blas():
        gradient, hessian = jax.jit(derivatives)(at_rest, inputs)
    return SecondOrder(np.asarray(gradient), np.asarray(hessian))


def _net_along(point: TrainedPoint, along: np.ndarray) -> Callable[[jax.Array], Trainable]:
    """Return what makes the whole net of q."""
    whole, origin = point.landscape.whole(point.place.held), point.place.moving
    rows = jnp.asarray(along)
    return lambda q: whole(origin + q @ rows)


def loss_along(point: TrainedPoint, directions: np.ndarray) -> SecondOrder:
    """Return the mean loss over all training samples, to second order as `free_energy_along`.

    Plain descent has the gain eta along minus its slope, in every direction: a control.

    ``point``: the trained net that the replicas begin at; ``directions``: q, (K, parameter), unit
    vectors.
    """
    along, land = _inverse(directions), point.landscape
    hessian = land.hessian(point.place)(along) @ along.T
    return SecondOrder(along @ land.loss_slope(point.place), 0.5 * (hessian + hessian.T))


def _inverse(directions: np.ndarray) -> np.ndarray:
    """Return the displacement of theta along each coordinate alone, (coordinate, parameter)."""
    return displacement(directions, np.eye(len(directions)))
