"""The loss curves of a run: their jumps and plateaus, and what they would show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from nnuniverse.analysis.jumps import Jumps, search_jumps
from nnuniverse.analysis.plateaus import Plateaus, search_plateaus
from nnuniverse.analysis.scans import Sensitivity
from nnuniverse.analysis.section import Analysis, Declared, Section, text_axis
from nnuniverse.runs.record import RunRecord
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Variable

SOURCE = "2004.09280 Sec. 10"


def _on_a_curve(
    name: str, long_name: str, symbol: str, equation: str, search: Callable[..., object], *axis: str
) -> Variable:
    return Variable(
        name,
        ("replica", "curve", *axis),
        long_name,
        SOURCE,
        equation=equation,
        symbol=symbol,
        computed_by=(search,),
    )


def _of_jump(field: str, symbol: str, equation: str) -> Variable:
    name = f"jump_{field}"
    return _on_a_curve(name, f"{field} of the jump", symbol, equation, search_jumps, "jump")


def _of_plateau(field: str, symbol: str, equation: str) -> Variable:
    name = f"plateau_{field}"
    long_name = f"{field} of the plateau"
    return _on_a_curve(name, long_name, symbol, equation, search_plateaus, "plateau")


FOUND = {
    variable.name: variable
    for variable in (
        _of_jump("epoch", "t", "epoch at which the level of log U falls"),
        _of_jump("score", "z", "fall of the level over its standard error"),
        _of_jump("fall", "d log U", "level of log U before less that after"),
        _of_jump("p_value", "p", "chance of such a score among all the tests of a curve without"),
        _of_plateau("first", "t_1", "first epoch of the flat stretch"),
        _of_plateau("last", "t_2", "last epoch of the flat stretch"),
        _of_plateau("level", "U", "mean loss on the stretch"),
        _of_plateau(
            "p_value", "p", "chance of such a stretch among all the tests of a curve without"
        ),
    )
}
"""What is stored of each of `Jumps` and `Plateaus`."""

SEEN = (
    _on_a_curve(
        "jump_power",
        "chance that a sudden lasting fall by 10 % would be found",
        "power",
        "share of curves with such a fall in which the search finds it",
        search_jumps,
    ),
    _on_a_curve(
        "jump_least",
        "least fall of the log loss found with a chance of 80 %",
        "least fall",
        "the fall of log U at which the power is 80 %",
        search_jumps,
    ),
    _on_a_curve(
        "plateau_power",
        "chance that a plateau of half a decade would be found",
        "power",
        "share of curves with such a plateau in which the search finds it",
        search_plateaus,
    ),
    _on_a_curve(
        "plateau_least",
        "least plateau found with a chance of 80 %, a factor in epochs",
        "least factor",
        "the ratio of last to first epoch at which the power is 80 %",
        search_plateaus,
    ),
)
"""What the curves would show."""

What = Literal["jumps", "plateaus"]


@dataclass(frozen=True)
class Curve:
    """A loss curve of a run: its jumps and plateaus, and what it would show, one per replica."""

    variable: str
    jumps: list[Jumps]
    plateaus: list[Plateaus]
    jumps_seen: list[Sensitivity]
    plateaus_seen: list[Sensitivity]

    def found(self, what: What) -> list[Jumps] | list[Plateaus]:
        """Return the jumps or the plateaus.

        ``what``: jumps or plateaus.
        """
        return self.jumps if what == "jumps" else self.plateaus


@dataclass(frozen=True)
class LossCurves(Section):
    """Every loss that was recorded, by epoch or by snapshot."""

    quantities = (*FOUND.values(), *SEEN)

    replicas: int
    curves: list[Curve]

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Search the losses for jumps and plateaus."""
        return cls(so_far.record.replicas, search_curves(so_far.record))

    def axes(self) -> list[Axis]:
        """Return the names of the curves, and numbers for what is on them."""
        jumps, plateaus = (np.arange(self._most(what)) for what in ("jumps", "plateaus"))
        return [
            text_axis("curve", "loss curve", [curve.variable for curve in self.curves]),
            Axis("jump", "number of the jump in time", jumps),
            Axis("plateau", "number of the plateau in time", plateaus),
        ]

    def variables(self) -> Declared:
        """Return all jumps and plateaus, and what would have been seen."""
        return [*self._found("jumps", "jump"), *self._found("plateaus", "plateau"), *self._seen()]

    def document(self) -> dict[str, object]:
        """Return the curves."""
        return {"curves": [vars(curve) for curve in self.curves]}

    def tables(self) -> list[TextTable]:
        """Return a row per curve and replica."""
        return [
            TextTable(
                ["curve", "replica", "jumps at epoch", "plateaus"],
                [
                    [curve.variable, str(replica), *_cells(curve, replica)]
                    for curve in self.curves
                    for replica in range(self.replicas)
                ],
                "sudden lasting falls and plateaus of the losses; seen: with a chance of 80 %",
            )
        ]

    def _most(self, what: What) -> int:
        """Return the largest number of jumps or plateaus that a curve has."""
        numbers = [len(one[0]) for curve in self.curves for one in curve.found(what)]
        return max(numbers, default=0)

    def _found(self, what: What, axis: str) -> Declared:
        most = self._most(what)
        if not most:
            return []
        declared: Declared = []
        for field in self.curves[0].found(what)[0]._fields:
            values = np.full((self.replicas, len(self.curves), most), np.nan)
            for column, curve in enumerate(self.curves):
                for replica, one in enumerate(curve.found(what)):
                    found = getattr(one, field)
                    values[replica, column, : len(found)] = found
            declared.append((FOUND[f"{axis}_{field}"], values))
        return declared

    def _seen(self) -> Declared:
        if not self.curves:
            return []
        values = np.array(
            [
                [
                    [*jumps, *plateaus]
                    for jumps, plateaus in zip(curve.jumps_seen, curve.plateaus_seen, strict=True)
                ]
                for curve in self.curves
            ]
        )
        return [(variable, values[..., k].T) for k, variable in enumerate(SEEN)]


def search_curves(record: RunRecord) -> list[Curve]:
    """Search every loss that was recorded, by epoch or by snapshot.

    ``record``: the run, as read back from its folder.
    """
    return [
        _curve(name, record[axis], record[name])
        for axis in ("epoch", "snapshot")
        for name in record.over("replica", axis)
        if name.endswith(("_loss", "cross_entropy"))
        and record.variable(name).dims == ("replica", axis)
    ]


def _curve(name: str, epochs: np.ndarray, losses: np.ndarray) -> Curve:
    curve = Curve(name, [], [], [], [])
    for one in losses:
        jumps, jumps_seen = search_jumps(epochs, one)
        plateaus, plateaus_seen = search_plateaus(epochs, one, jumps)
        curve.jumps.append(jumps)
        curve.plateaus.append(plateaus)
        curve.jumps_seen.append(jumps_seen)
        curve.plateaus_seen.append(plateaus_seen)
    return curve


def _cells(curve: Curve, replica: int) -> tuple[str, str]:
    """Return the jumps and the plateaus of a replica, in words."""
    fell = [
        f"{epoch:.0f} (-{1.0 - np.exp(-fall):.0%}, {_p_value(p_value)})"
        for epoch, _, fall, p_value in zip(*curve.jumps[replica], strict=True)
    ]
    flat = [
        f"{first:.0f}-{last:.0f} ({_p_value(p_value)})"
        for first, last, _, p_value in zip(*curve.plateaus[replica], strict=True)
    ]
    by_jumps, by_plateaus = curve.jumps_seen[replica], curve.plateaus_seen[replica]
    step = f"a step of {1.0 - np.exp(-by_jumps.least):.0%}"
    stretch = f"a factor of {by_plateaus.least:.2g}"
    return (
        ", ".join(fell) or _nothing(by_jumps, step),
        ", ".join(flat) or _nothing(by_plateaus, stretch),
    )


def _p_value(p_value: float) -> str:
    return f"p={p_value:.1g}" if p_value >= 1e-6 else "p<1e-06"


def _nothing(seen: Sensitivity, least: str) -> str:
    """Return what it means that nothing was found, given the ``least`` that would be seen."""
    if not np.isfinite(seen.least):
        return "cannot tell"
    return f"{'none' if seen.tells else 'cannot tell'} ({least} would be seen)"
