"""The laws of learning on data: straight lines, their breaks, and what does not balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnuniverse.analysis.fits import ROUNDING, BreakFit, LineFit, Series, fit_break, fit_line
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.temperatures import LOSSES
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of

DECLINING = ("entropy", "canonical_entropy", "thermodynamic_entropy", "large_complexity")
"""What should fall in time: 2004.09280 (7.6), S in both forms (A17), S_0 (10.3) and C (10.2)."""

BALANCED = ("split_mean_loss", "thermodynamic_entropy", "large_complexity")
"""U, S_0 and C of the first law."""


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


class Balance(NamedTuple):
    """The first law between neighbouring snapshots at one temperature.

    ``relative_residual``: root mean square of ``dU - T dS_0 - T dC`` over the sum of those of
    both sides, in [0, 1], mean over replicas; ``mean_residual``: its mean, in units of the loss;
    ``steps``: compared, all replicas.
    """

    temperature: str
    steps: int
    relative_residual: Estimate
    mean_residual: Estimate


def fitted_snapshots(record: RunRecord, settings: AnalysisSettings) -> np.ndarray:
    """Return which snapshots the laws are fitted to, boolean (snapshot,)."""
    epochs = record["snapshot"]
    last = np.inf if settings.last_epoch is None else settings.last_epoch
    chosen: np.ndarray = (epochs >= settings.first_epoch) & (epochs <= last)
    return chosen


def fit_laws(
    record: RunRecord, states: dict[str, np.ndarray], names: list[str], settings: AnalysisSettings
) -> list[Law]:
    """Return the fits of entropies in epochs, and of complexities in the log of the losses.

    ``states``: thermodynamic functions, (replica, snapshot, temperature), ``names`` those of the
    temperatures.  The second law says that the slope of S is never positive, 2004.09280 (7.6);
    Fig. 7 has C_n against log U (E6); its text expects S_0 and C to fall at one rate (E7).
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


def balance_first_law(
    record: RunRecord, states: dict[str, np.ndarray], names: list[str], settings: AnalysisSettings
) -> list[Balance]:
    """Return how far ``dU = T dS_0 + T dC`` is from balancing, per temperature.

    Increments between neighbouring snapshots, T = 1/beta in the middle; U, S_0 and C of the
    corrected split.  It could only balance where dC = 0 along beta (A22).

    Source: 2004.09280 (7.11).
    """
    chosen = fitted_snapshots(record, settings)
    balances = []
    for number, name in enumerate(names):
        of = {key: states[key][:, chosen, number] for key in (*BALANCED, "beta")}
        u, s, c = (np.diff(of[key], axis=1) for key in BALANCED)
        middle = 2.0 / (of["beta"][:, 1:] + of["beta"][:, :-1])
        residual = u - middle * (s + c)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = _size(residual) / (_size(u) + _size(u - residual))
        balances.append(
            Balance(
                name,
                int(np.isfinite(residual).sum()),
                mean_over_replicas(relative, support_of("first_law_relative_residual")),
                mean_over_replicas(_mean(residual)),
            )
        )
    return balances


def _fit_law(
    y_name: str, x_name: str, x: np.ndarray, y: np.ndarray, settings: AnalysisSettings
) -> Law:
    series: list[Series] = list(zip(x, y, strict=True))
    single = [fit_line([one], settings.resamples, settings.seed) for one in series]
    pooled = fit_line(series, settings.resamples, settings.seed) if len(series) > 1 else single[0]
    steps = np.diff(y, axis=1)
    rounding = ROUNDING * np.max(np.abs(y), initial=0.0, where=np.isfinite(y))
    rises = _mean(np.where(np.isfinite(steps), steps > rounding, np.nan))
    return Law(y_name, x_name, single, pooled, rises)


def _with_breaks(
    law: Law, x: np.ndarray, y: np.ndarray, epochs: np.ndarray, settings: AnalysisSettings
) -> Law:
    breaks = [fit_break(one, settings.resamples, settings.seed) for one in zip(x, y, strict=True)]
    at = [int(epochs[b.position]) if b.position >= 0 else -1 for b in breaks]
    return law._replace(breaks=breaks, break_epochs=at)


def _size(values: np.ndarray) -> np.ndarray:
    """Return the root mean square over the last axis."""
    size: np.ndarray = np.sqrt(_mean(values**2))
    return size


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the last axis of what is finite, NaN where nothing is."""
    present = np.isfinite(values)
    total = np.where(present, values, 0.0).sum(axis=-1)
    mean: np.ndarray = np.where(
        present.any(axis=-1), total / np.maximum(present.sum(-1), 1), np.nan
    )
    return mean
