"""The identities of strings, and by how much the strings of a net fail them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.physics.strings.energy_momentum import (
    conservation_residual,
    light_cone_differences,
    null_residual,
)
from nnuniverse.physics.strings.gauge import gauge_residual, unit_string
from nnuniverse.physics.strings.lattice_action import action_gradient
from nnuniverse.physics.strings.momenta import momentum_residual
from nnuniverse.physics.strings.movers import Response, in_unit_gauge
from nnuniverse.physics.strings.recurrence import after_steps, recurrence_steps
from nnuniverse.physics.strings.saturation import transported
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.physics.strings.wave_equation import relative_size, wave_defect

FRAMES = ("equal weights", "as they are")
"""Scales of neurons in which a string's weights are equal, its gain divided out; and none."""

IDENTITIES = {
    "transport": "(7.13)",
    "gauge": "(7.12)",
    "spectrum of G": "(8.2)",
    "recurrence": "(7.12)",
    "wave equation": "(8.8)",
    "action": "(8.11)",
    "energy-momentum": "(8.10)",
    "null constraint": "(7.7), (8.10)",
}
"""Their equations in 2008.01540, by their names."""

MOST_DENSE = 500
"""Sites of which all eigenvalues are taken."""


class IdentityResidual(NamedTuple):
    """By how much an identity fails, relative to the largest state.

    ``equal``: with weights made equal and gains divided out; ``as_they_are``: without; NaN where it
    says nothing; ``name``: one of `IDENTITIES`.
    """

    name: str
    equal: float
    as_they_are: float


def identity_residuals(
    net: StringNet, movers: np.ndarray, response: Response
) -> tuple[IdentityResidual, ...]:
    """Return by how much every identity fails for states that ran along the strings of ``net``.

    ``movers``: (1 or 2, D, steps + 1, sites), the right one first; ``response``: f of their steps.
    With one mover alone it stands for the average of both.

    Source: 2008.01540 (7.12)-(7.17), (8.2)-(8.11).
    """
    unit = unit_string(net)
    in_gauge = in_unit_gauge(net, movers)
    equal, bare = _defects(unit, in_gauge), _defects(net, movers)
    none = float("nan")
    transport = _transport(net, movers[0], response)
    return (
        IdentityResidual("transport", none, transport),
        IdentityResidual("gauge", gauge_residual(net), none),
        *(IdentityResidual(name, equal[name], bare[name]) for name in equal),
        IdentityResidual("null constraint", _null(unit, in_gauge), none),
    )


def _defects(net: StringNet, movers: np.ndarray) -> dict[str, float]:
    """Return by how much the average of ``movers`` fails what holds of any string, by name."""
    states = movers.mean(axis=0)
    return {
        "spectrum of G": momentum_residual(net) if net.sites <= MOST_DENSE else float("nan"),
        "recurrence": _recurrence(net, states),
        "wave equation": relative_size(wave_defect(net, states), states),
        "action": relative_size(action_gradient(net, states), states),
        "energy-momentum": conservation_residual(net, states),
    }


def _transport(net: StringNet, right: np.ndarray, response: Response) -> float:
    last = right.shape[-2] - 1
    found = transported(net, right[:, 0], last, response)
    return relative_size(right[:, last] - found, right)


def _recurrence(net: StringNet, states: np.ndarray) -> float:
    begun = states[:, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        again = after_steps(net, begun, recurrence_steps(net))
        return relative_size(again - begun, begun)


def _null(unit: StringNet, movers: np.ndarray) -> float:
    """Return how far the motion is from null: of one mover in each step, (7.7), else (8.10)."""
    if len(movers) == 1:
        return null_residual(np.diff(movers[0], axis=-2))
    return null_residual(np.stack(light_cone_differences(unit, movers.mean(axis=0)), axis=1))
