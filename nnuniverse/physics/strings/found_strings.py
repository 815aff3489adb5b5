"""What is found of the strings of one net, and how ``strings.h5`` names it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from nnuniverse.physics.strings.energy_momentum import energy_momentum, interval
from nnuniverse.physics.strings.gauge import unit_string
from nnuniverse.physics.strings.identities import FRAMES, IdentityResidual
from nnuniverse.physics.strings.momenta import momenta
from nnuniverse.physics.strings.movers import in_unit_gauge, windows
from nnuniverse.physics.strings.recurrence import recurrence_steps
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.variables import Axis, Variable

MOVERS = ("right", "left")
DIRECTIONS = ("left", "right")


STATE = Variable(
    "state",
    ("mover", "subsystem", "step", "site"),
    "states of either mover",
    "2008.01540 (8.4), (8.5)",
    equation="x(t + 1) = f(w x(t)), and with w^T the left one",
    symbol="x",
)
ENERGY_MOMENTUM = Variable(
    "energy_momentum",
    ("direction", "step", "site"),
    "energy-momentum along a light ray, weights made equal and gains divided out",
    "2008.01540 (8.10)",
    equation="sum_d (d^d)^2 - (sum_d d^d)^2, d = x(t+1) - w x(t), or with w^T; of one mover "
    "alone x(t+1) - x(t)",
    symbol="T",
)
IDENTITY_RESIDUAL = Variable(
    "identity_residual",
    ("identity", "frame"),
    "by how much an identity of strings fails, over the largest state",
    "2008.01540 (7.12)-(8.11)",
)
CYCLE, WAVES, TWIST = "2008.01540 (7.12)", "2008.01540 (8.2)", "2008.01540 (7.12) (B14)"

TABLE = (
    Variable("site_cycle", ("site",), "cycle of a site", CYCLE, dtype="int64"),
    Variable("site_position", ("site",), "place of a site on its cycle", CYCLE, dtype="int64"),
    Variable("site_neuron", ("site",), "neuron that a site is", CYCLE, dtype="int64"),
    Variable("site_weight", ("site",), "weight into a site", CYCLE, symbol="w"),
    Variable(
        "momentum",
        ("site",),
        "momentum of a wave on the cycle",
        WAVES,
        units="radians per site",
        equation="2 pi m/n, and (2 m + 1) pi/n where P < 0",
        symbol="k",
    ),
    Variable("cycle_length", ("cycle",), "sites", CYCLE, "neurons", dtype="int64", symbol="n"),
    Variable("cycle_product", ("cycle",), "product of its weights", CYCLE, symbol="P"),
    Variable(
        "cycle_gain",
        ("cycle",),
        "growth of states per step",
        CYCLE,
        equation="|P|^(1/n)",
        symbol="g",
    ),
    Variable("cycle_antiperiodic", ("cycle",), "1 where P < 0", TWIST, dtype="int64"),
)
VARIABLES = (STATE, ENERGY_MOMENTUM, IDENTITY_RESIDUAL, *TABLE)
"""What ``strings.h5`` holds."""


@dataclass(frozen=True)
class FoundStrings:
    """Strings of a ``net`` in motion.

    ``states``: of the right mover, and of the left if there are both, (movers, D, steps + 1,
    sites); ``residuals``: of the identities of strings.
    """

    net: StringNet
    states: np.ndarray
    residuals: tuple[IdentityResidual, ...]

    @property
    def movers(self) -> tuple[str, ...]:
        """Which movers there are."""
        return MOVERS[: len(self.states)]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The dimensions of the variables."""
        _, subsystems, steps, sites = self.states.shape
        directions = DIRECTIONS if len(self.states) > 1 else ("right",)
        names = [residual.name for residual in self.residuals]
        return (
            Axis("mover", "to which side it runs", np.array(self.movers, object)),
            Axis("subsystem", "number of the subsystem", np.arange(1, subsystems + 1)),
            Axis("step", "steps", np.arange(steps)),
            Axis("site", "number of the site, cycle by cycle", np.arange(sites)),
            Axis("direction", "to which side it runs", np.array(directions, object)),
            Axis("cycle", "number of the cycle", np.arange(len(self.net.lengths))),
            Axis("identity", "which identity", np.array(names, object)),
            Axis("frame", "weights made equal, or as they are", np.array(FRAMES, object)),
        )

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What ``strings.h5`` holds of them."""
        state, *others = self.told
        return [state, (ENERGY_MOMENTUM, self._energy_momentum()), *others]

    @property
    def told(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """The same without T, which is of every site and step, and only drawn."""
        net = self.net
        table = (
            net.cycle,
            net.position,
            net.neurons,
            net.weights,
            momenta(net),
            net.lengths,
            net.products,
            net.gains,
            net.antiperiodic.astype(int),
        )
        residuals = np.array([[one.equal, one.as_they_are] for one in self.residuals])
        return [
            (STATE, self.states),
            (IDENTITY_RESIDUAL, residuals),
            *zip(TABLE, table, strict=True),
        ]

    @property
    def attributes(self) -> dict[str, object]:
        """What holds of all strings together."""
        return {"recurrence_steps": str(recurrence_steps(self.net))}

    def _energy_momentum(self) -> np.ndarray:
        """Return T, NaN at the last step, which has no next, and where numbers are too small."""
        unit, states = unit_string(self.net), self.states
        directions = len(states)
        tensor = np.full((directions, *states.shape[-2:]), np.nan)
        for window in windows(states):
            movers = in_unit_gauge(self.net, states[..., window, :], window.start)
            if directions > 1:
                known = energy_momentum(unit, movers.mean(axis=0))
            else:
                known = interval(np.diff(movers[0], axis=-2))[None]
            tensor[:, window.start : window.start + known.shape[1]] = known
        return tensor
