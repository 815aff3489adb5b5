"""The laws of learning on data: straight lines and their breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Bool, Float

from nnuniverse.analysis.fits import ROUNDING, BreakFit, LineFit, Series, fit_break, fit_line
from nnuniverse.analysis.section import Analysis, Declared, Section, text_axis
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.temperatures import LOSSES, Temperatures
from nnuniverse.intervals import mean_over_replicas, number, written
from nnuniverse.runs.record import RunRecord
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Variable

DECLINING = ("entropy", "canonical_entropy", "thermodynamic_entropy", "large_complexity")
"""What should fall in time: 2004.09280 (7.6), S in both forms (A17), S_0 (10.3) and C (10.2)."""


class Law(NamedTuple):
    """``y`` against ``x``: the line through each replica and through all, and breaks.

    ``rises``: share of the steps between snapshots at which y grows, per replica; ``breaks`` and
    ``break_epochs``, the first snapshot after each replica's break, -1 without one: only where a
    change of regime is asked for.
    """

    y: str
    x: str
    replicas: list[LineFit]
    pooled: LineFit
    rises: np.ndarray
    breaks: Sequence[BreakFit] = ()
    break_epochs: Sequence[int] = ()

    @property
    def name(self) -> str:
        """The law in words."""
        return f"{self.y} against {self.x}"


LINE: dict[str, Callable[[LineFit], np.ndarray | float]] = {
    "slope": lambda fit: fit.slope.value,
    "slope_low": lambda fit: fit.slope.low,
    "slope_high": lambda fit: fit.slope.high,
    "intercept": lambda fit: fit.intercept.value,
    "intercept_low": lambda fit: fit.intercept.low,
    "intercept_high": lambda fit: fit.intercept.high,
    "r2": lambda fit: fit.r2,
}
"""What is stored of a line."""


def fitted_snapshots(
    record: RunRecord, settings: AnalysisSettings
) -> Bool[np.ndarray, " snapshot"]:
    """Return which snapshots the laws are fitted to, boolean (snapshot,).

    ``record``: the run, as read back from its folder; ``settings``: how the run is analysed.
    """
    epochs = record["snapshot"]
    last = np.inf if settings.last_epoch is None else settings.last_epoch
    return (epochs >= settings.first_epoch) & (epochs <= last)


def fit_laws(
    record: RunRecord,
    states: Mapping[str, Float[np.ndarray, "replica snapshot temperature"]],
    names: list[str],
    settings: AnalysisSettings,
) -> list[Law]:
    """Return the fits of entropies in epochs, and of complexities in the log of the losses.

    ``states``: thermodynamic functions, (replica, snapshot, temperature), ``names`` those of the
    temperatures.  The second law says that the slope of S is never positive, 2004.09280 (7.6);
    Fig. 7 has C_n against log U (E6); its text expects S_0 and C to fall at one rate (E7).

    ``record``: the run, as read back from its folder; ``settings``: how the run is analysed.
    """
    chosen = fitted_snapshots(record, settings)
    epochs = record["snapshot"][chosen]
    time = np.broadcast_to(epochs.astype(np.float64), (record.replicas, len(epochs)))
    laws = [
        _fit_law(
            f"{quantity} [{name}]", "epoch", time, states[quantity][:, chosen, number], settings
        )
        for quantity in DECLINING
        for number, name in enumerate(names)
    ]
    if "complexity" in record:
        with np.errstate(divide="ignore", invalid="ignore"):
            complexities = np.moveaxis(record["complexity"][:, chosen], -1, 0)
            logs = {loss: np.log(record[loss][:, chosen]) for loss in LOSSES if loss in record}
        laws += [
            _with_breaks(_fit_law(f"C_{n}", f"log {loss}", x, y, settings), x, y, epochs, settings)
            for n, y in zip(record["complexity_n"], complexities, strict=True)
            for loss, x in logs.items()
        ]
    return laws


def _fit_law(
    y_name: str, x_name: str, x: np.ndarray, y: np.ndarray, settings: AnalysisSettings
) -> Law:
    series: list[Series] = list(zip(x, y, strict=True))
    single = [fit_line([one], settings.resamples, settings.seed) for one in series]
    pooled = fit_line(series, settings.resamples, settings.seed) if len(series) > 1 else single[0]
    steps = np.diff(y, axis=1)
    rounding = ROUNDING * np.max(np.abs(y), initial=0.0, where=np.isfinite(y))
    rises = mean_of_finite(np.where(np.isfinite(steps), steps > rounding, np.nan))
    return Law(y_name, x_name, single, pooled, rises)


def _with_breaks(
    law: Law, x: np.ndarray, y: np.ndarray, epochs: np.ndarray, settings: AnalysisSettings
) -> Law:
    breaks = [fit_break(one, settings.resamples, settings.seed) for one in zip(x, y, strict=True)]
    at = [int(epochs[b.position]) if b.position >= 0 else -1 for b in breaks]
    return law._replace(breaks=breaks, break_epochs=at)


def mean_of_finite(values: Float[np.ndarray, "*lead n"]) -> Float[np.ndarray, "*lead"]:
    """Return the mean over the last axis of what is finite, NaN where nothing is.

    ``values``: (..., n).
    """
    present = np.isfinite(values)
    total = np.where(present, values, 0.0).sum(axis=-1)
    return np.where(present.any(axis=-1), total / np.maximum(present.sum(-1), 1), np.nan)


def _law(
    name: str, long_name: str, symbol: str, equation: str, fit: Callable[..., object]
) -> Variable:
    return Variable(
        f"law_{name}",
        ("replica", "law"),
        long_name,
        "2004.09280 (7.6), Fig. 7",
        equation=equation,
        symbol=symbol,
        computed_by=(fit,),
    )


def _line(name: str, symbol: str, equation: str) -> Variable:
    return _law(name, f"{name.replace('_', ' ')} of the line", symbol, equation, fit_line)


def _through_all(line: Variable) -> Variable:
    return replace(
        line,
        name=f"{line.name}_pooled",
        dims=("law",),
        long_name=f"{line.long_name} through all replicas",
    )


LINES = {
    "slope": _line("slope", "b", "of y = a + b x, by least squares"),
    "slope_low": _line("slope_low", "b_low", "lower end of the 95 % bootstrap interval of b"),
    "slope_high": _line("slope_high", "b_high", "upper end of the 95 % bootstrap interval of b"),
    "intercept": _line("intercept", "a", "of y = a + b x, by least squares"),
    "intercept_low": _line("intercept_low", "a_low", "lower end of the 95 % interval of a"),
    "intercept_high": _line("intercept_high", "a_high", "upper end of the 95 % interval of a"),
    "r2": _line("r2", "R^2", "1 - sum (y - a - b x)^2 / sum (y - <y>)^2"),
}
RISES = _law(
    "rises",
    "share of the steps at which y grows",
    "share up",
    "share of the steps between snapshots with dy > 0 beyond rounding",
    fit_laws,
)
BREAK_EPOCH = _law(
    "break_epoch",
    "first snapshot after the break",
    "t_break",
    "where two lines in place of one leave the least squares",
    fit_break,
)
BREAK_P_VALUE = _law(
    "break_p_value",
    "chance of the break if one line were true",
    "p_break",
    "share of such data made from one line with as large a gain of two",
    fit_break,
)


@dataclass(frozen=True)
class Laws(Section):
    """The laws of a run; none if it recorded no spectrum."""

    quantities = (*LINES.values(), RISES, BREAK_EPOCH, BREAK_P_VALUE)

    replicas: int
    laws: list[Law]

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Fit the laws to the states that were found."""
        names, record = so_far[Temperatures].names, so_far.record
        states = so_far[ThermodynamicStates].by_name
        laws = fit_laws(record, states, names, so_far.settings) if names else []
        return cls(record.replicas, laws)

    def axes(self) -> list[Axis]:
        """Return the names of the laws."""
        return [text_axis("law", "y against x", [law.name for law in self.laws])]

    def variables(self) -> Declared:
        """Return the lines, each replica's and that through all, and the breaks."""
        if not self.laws:
            return []
        declared: Declared = []
        for name, get in LINE.items():
            single = np.array([[get(fit) for fit in law.replicas] for law in self.laws], float).T
            whole = np.array([get(law.pooled) for law in self.laws], float)
            declared += [(LINES[name], single), (_through_all(LINES[name]), whole)]
        missing = [np.nan] * self.replicas
        found: list[tuple[Variable, object]] = [
            (RISES, [law.rises for law in self.laws]),
            (BREAK_EPOCH, [law.break_epochs or missing for law in self.laws]),
            (
                BREAK_P_VALUE,
                [[found.p_value for found in law.breaks] or missing for law in self.laws],
            ),
        ]
        return declared + [(variable, np.array(values, float).T) for variable, values in found]

    def document(self) -> dict[str, object]:
        """Return the laws."""
        return {
            "laws": [
                {
                    "y": law.y,
                    "x": law.x,
                    "pooled": law.pooled,
                    "replicas": law.replicas,
                    "rises": law.rises,
                    "breaks": [
                        {**found._asdict(), "epoch": epoch}
                        for found, epoch in zip(law.breaks, law.break_epochs, strict=True)
                    ],
                }
                for law in self.laws
            ]
        }

    def tables(self) -> list[TextTable]:
        """Return a row per law that has points."""
        return [
            TextTable(
                ["law", "slope", "intercept", "R2", "steps up", "breaks at (p)"],
                [_row(law) for law in self.laws if law.pooled.points],
                "lines through all replicas; [,] are 95 % bootstrap intervals",
                {
                    "slope": LINES["slope"].legend,
                    "intercept": LINES["intercept"].legend,
                    "R2": LINES["r2"].legend,
                    "steps up": RISES.legend,
                    "breaks at (p)": BREAK_EPOCH.legend,
                },
            )
        ]

    def compared(self, at: int) -> dict[str, object]:
        """Return the slopes of the complexities, and of the entropy at beta = 1."""
        return {
            f"slope of {law.name}": law.pooled.slope
            for law in self.laws
            if law.y.startswith("C_") or law.y == "entropy [beta=1]"
        }


def _row(law: Law) -> list[str]:
    fit = law.pooled
    breaks = [
        f"{epoch} ({number(found.p_value)})"
        for epoch, found in zip(law.break_epochs, law.breaks, strict=True)
    ]
    rises = mean_over_replicas(law.rises).value
    return [
        law.name,
        written(fit.slope),
        written(fit.intercept),
        number(fit.r2),
        f"{rises:.0%}" if np.isfinite(rises) else "-",
        ", ".join(breaks),
    ]
