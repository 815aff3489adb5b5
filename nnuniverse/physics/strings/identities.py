"""The identities of strings, and by how much the strings of a net fail them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.strings.energy_momentum import (
    conservation_defect,
    interval,
    largest_square,
    light_cone_differences,
)
from nnuniverse.physics.strings.gauge import gauge_residual, unit_string
from nnuniverse.physics.strings.lattice_action import action_gradient
from nnuniverse.physics.strings.momenta import momentum_residual
from nnuniverse.physics.strings.movers import OVERLAP, Response, in_unit_gauge, windows
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
    net: StringNet, movers: Float[np.ndarray, "movers D times sites"], response: Response
) -> tuple[IdentityResidual, ...]:
    """Return by how much every identity fails for states that ran along the strings of ``net``.

    ``movers``: (1 or 2, D, steps + 1, sites), the right one first; ``response``: f of their steps.
    With one mover alone it stands for the average of both.

    Source: 2008.01540 (7.12)-(7.17), (8.2)-(8.11).
    """
    none = float("nan")
    equal = _defects(net, movers, in_gauge=True)
    bare = equal if _is_unit(net) else _defects(net, movers, in_gauge=False)
    return (
        IdentityResidual("transport", none, _transport(net, movers[0], response)),
        IdentityResidual("gauge", gauge_residual(net), none),
        IdentityResidual("spectrum of G", _spectrum(unit_string(net)), _spectrum(net)),
        IdentityResidual("recurrence", *(_recurrence(*of) for of in _begun(net, movers))),
        *(
            IdentityResidual(name, equal[name], bare[name])
            for name in ("wave equation", "action", "energy-momentum")
        ),
        IdentityResidual("null constraint", equal["null constraint"], none),
    )


def _is_unit(net: StringNet) -> bool:
    """Return whether weights are those of the `unit_string`, all frames one."""
    return bool(np.array_equal(net.weights, unit_string(net).weights))


def _defects(net: StringNet, movers: np.ndarray, *, in_gauge: bool) -> dict[str, float]:
    """Return by how much the average of ``movers`` fails what holds of any string, by name.

    ``in_gauge``: with weights made equal and gains divided out; the null constraint is of that.
    """
    frame = unit_string(net) if in_gauge else net
    sizes = []
    for window in windows(movers):
        part = movers[..., window, :]
        if in_gauge:
            part = in_unit_gauge(net, part, window.start)
        if part.shape[-2] > OVERLAP:  # else numbers do not last for so many steps
            sizes.append(_sizes(frame, part))
    largest = _Sizes(*(np.max(sizes, axis=0) if sizes else np.full(len(_Sizes._fields), np.nan)))
    return {
        "wave equation": _share(largest.wave, largest.state),
        "action": _share(largest.action, largest.state),
        "energy-momentum": _share(largest.conservation, largest.square),
        "null constraint": _share(largest.null, largest.null_square),
    }


class _Sizes(NamedTuple):
    """The largest of what fails in some steps, and of what it is compared with."""

    wave: float
    action: float
    state: float
    conservation: float
    square: float
    null: float
    null_square: float


def _sizes(net: StringNet, movers: np.ndarray) -> _Sizes:
    """Return those of movers in a frame in which the strings are ``net``.

    The null constraint is of one mover in each step, (7.7), else of the average over two, (8.10).
    """
    states = movers.mean(axis=0)
    cone = light_cone_differences(net, states)
    tensor = np.stack([interval(one) for one in cone])
    moves = (np.diff(movers[0], axis=-2),) if len(movers) == 1 else cone
    return _Sizes(
        _largest(wave_defect(net, states)),
        _largest(action_gradient(net, states)),
        _largest(states),
        _largest(conservation_defect(net, tensor)),
        largest_square(*cone),
        _largest(tensor if len(movers) > 1 else interval(moves[0])),
        largest_square(*moves),
    )


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values).max(initial=0.0))


def _share(defect: float, of: float) -> float:
    """Return a largest defect over what it is compared with; nothing of nothing is nothing."""
    return 0.0 if of == 0.0 else float(defect / of)


def _spectrum(net: StringNet) -> float:
    return momentum_residual(net) if net.sites <= MOST_DENSE else float("nan")


def _begun(net: StringNet, movers: np.ndarray) -> tuple[tuple[StringNet, np.ndarray], ...]:
    """Return the strings and what their states begin with, (D, sites), in both frames."""
    begun = movers[..., :1, :]
    in_gauge = in_unit_gauge(net, begun)
    frames = ((unit_string(net), in_gauge), (net, begun))
    return tuple((frame, states.mean(axis=0)[:, 0]) for frame, states in frames)


def _transport(net: StringNet, right: np.ndarray, response: Response) -> float:
    last = right.shape[-2] - 1
    found = transported(net, right[:, 0], last, response)
    return relative_size(right[:, last] - found, right)


def _recurrence(net: StringNet, begun: np.ndarray) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        again = after_steps(net, begun, recurrence_steps(net))
        return relative_size(again - begun, begun)
