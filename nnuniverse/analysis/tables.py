"""An analysis as tables for people, to be printed or put on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nnuniverse.analysis.analyse import Analysis
from nnuniverse.analysis.comparison import nearest_snapshot
from nnuniverse.analysis.fits import LineFit
from nnuniverse.analysis.laws import Law
from nnuniverse.analysis.ratios import bulk_ratios, has_bulk_ratios
from nnuniverse.analysis.scans import Sensitivity
from nnuniverse.intervals import (
    Estimate,
    between,
    mean_over_replicas,
    number,
    with_interval,
)
from nnuniverse.supports import support_of

COLUMNS = {
    "beta": "beta",
    "free_energy": "F",
    "mean_loss": "U",
    "entropy": "S",
    "thermodynamic_entropy": "S_0",
    "large_complexity": "C",
    "large_eigenvalues": "N_>",
    "small_eigenvalues": "N_<",
    "split_error": "A-C/beta-F",
    "printed_split_error": "the same, printed",
    "negative_laplacian": "-Laplacian F",
    "unit_share": "of it exact ones",
}
"""Which functions are printed, and their headings; all are in analysis.h5."""


class TextTable(NamedTuple):
    """``headings``, ``rows`` of as many cells, and what the table shows."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str


def analysis_tables(analysis: Analysis) -> list[TextTable]:
    """Return everything about one run; ± is the 95 % interval of a mean over replicas."""
    tables = [
        _checks(analysis),
        *(_states(analysis, temperature) for temperature in analysis.temperatures),
        _gaps(analysis),
        _laws(analysis),
        _first_law(analysis),
        _ratios(analysis),
        _jumps(analysis),
    ]
    return [table for table in tables if table.rows]


def comparison_table(rows: list[dict[str, Any]]) -> TextTable:
    """Return one row per quantity and one column per run."""
    keys = [key for key in rows[0] if key != "run"]
    return TextTable(
        ["", *(row["run"] for row in rows)],
        [[key, *(_entry(key, row[key]) for row in rows)] for key in keys],
        "± or + - is the 95 % interval of the mean over replicas, [,] that of a bootstrap",
    )


def _entry(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if not isinstance(value, Estimate):
        return str(value)
    return between(value) if key.startswith("slope of") else with_interval(value)


def _shown(analysis: Analysis) -> list[int]:
    """Return the snapshots nearest to 0, 1, 10, 100 ... and the last."""
    snapshots = analysis.record["snapshot"]
    decades = [10**k for k in range(len(str(snapshots[-1]))) if 10**k <= snapshots[-1]]
    return sorted({nearest_snapshot(snapshots, epoch) for epoch in (0, *decades, snapshots[-1])})


def _checks(analysis: Analysis) -> TextTable:
    record = analysis.record
    network = record.attributes.get("network", "")
    return TextTable(
        ["self-check", "finding"],
        [[check.name, check.finding] for check in analysis.checks]
        or [["none", "no spectrum was recorded"]],
        f"run {record.name}: {network}, {record.replicas} replicas, {record.epochs} epochs"
        + (", CORRUPT" if analysis.corrupt else ""),
    )


def _states(analysis: Analysis, temperature: str) -> TextTable:
    column = analysis.temperatures.index(temperature)
    fixed = temperature.startswith("beta=")
    names = [name for name in COLUMNS if not (fixed and name == "beta")]
    rows = []
    for at in _shown(analysis):
        values = [
            mean_over_replicas(analysis.states[name][:, at, column], support_of(name))
            for name in names
        ]
        if np.isfinite(values[0].value):
            rows.append([str(analysis.record["snapshot"][at]), *map(with_interval, values)])
    settings = analysis.settings
    return TextTable(
        ["epoch", *(COLUMNS[name] for name in names)],
        rows,
        f"thermodynamics at {temperature}, m={settings.mass:g}, {settings.window} window"
        + (", exponential factor kept" if settings.exponential_factor else ""),
    )


def _gaps(analysis: Analysis) -> TextTable:
    gaps, record, settings = analysis.gaps, analysis.record, analysis.settings
    estimated = [
        (name, analysis.states["beta"][:, :, analysis.temperatures.index(name)])
        for name in analysis.temperatures
        if not name.startswith("beta=")
    ]
    verdicts = gaps.verdicts(settings.significance) if gaps else np.empty((0, 0))
    rows = []
    for at in _shown(analysis) if gaps else []:
        position, width, below, p_value, power = (part[:, at] for part in gaps or ())
        rows.append(
            [
                str(record["snapshot"][at]),
                _tally(verdicts[:, at].tolist()),
                *(" ".join(map(number, part)) for part in (p_value, power, position, width, below)),
                *(
                    with_interval(mean_over_replicas(betas[:, at], support_of("beta")))
                    for _, betas in estimated
                ),
            ]
        )
    return TextTable(
        [
            "epoch",
            "gap",
            "p",
            "power",
            "at",
            "width",
            "below",
            *(f"beta, {n}" for n, _ in estimated),
        ],
        rows,
        "most conspicuous spacing of small eigenvalues per replica; "
        f"none only if power >= 0.5, a gap if p <= {settings.significance:g}",
    )


def _tally(verdicts: list[str]) -> str:
    """Return how many replicas have which verdict, a dash for those with nothing to test."""
    numbers = Counter(verdict or "-" for verdict in verdicts)
    return ", ".join(f"{numbers[verdict]} {verdict}" for verdict in sorted(numbers))


def _laws(analysis: Analysis) -> TextTable:
    return TextTable(
        ["law", "slope", "intercept", "R2", "steps up", "breaks at (p)"],
        [_law_row(law) for law in analysis.laws if law.pooled.points],
        "lines through all replicas; [,] are 95 % bootstrap intervals",
    )


def _law_row(law: Law) -> list[str]:
    fit: LineFit = law.pooled
    breaks = [
        f"{epoch} ({number(found.p_value)})"
        for epoch, found in zip(law.break_epochs, law.breaks, strict=True)
    ]
    rises = mean_over_replicas(law.rises)
    return [
        law.name,
        between(fit.slope),
        between(fit.intercept),
        number(fit.r2),
        f"{rises.value:.0%}" if np.isfinite(rises.value) else "-",
        ", ".join(breaks),
    ]


def _first_law(analysis: Analysis) -> TextTable:
    return TextTable(
        ["dU = T dS_0 + T dC at", "steps", "rms residual / both sides", "mean residual"],
        [
            [
                balance.temperature,
                str(balance.steps),
                with_interval(balance.relative_residual),
                with_interval(balance.mean_residual),
            ]
            for balance in analysis.balances
            if balance.steps
        ],
        "first law between neighbouring snapshots",
    )


def _ratios(analysis: Analysis) -> TextTable:
    record = analysis.record
    rows = []
    if has_bulk_ratios(record):
        ratios = bulk_ratios(record)
        rows = [
            [
                str(record["snapshot"][at]),
                *(
                    with_interval(
                        mean_over_replicas(ratio[:, at], support_of(f"bulk_ratio_{name}"))
                    )
                    for name, ratio in ratios._asdict().items()
                ),
            ]
            for at in _shown(analysis)
        ]
    return TextTable(
        ["epoch", "U / U_boundary", "(U / N) / (U_boundary / n_L)"],
        rows,
        "bulk loss over boundary loss, as they are and per neuron",
    )


def _jumps(analysis: Analysis) -> TextTable:
    rows = []
    for curve in analysis.curves:
        for replica in range(len(curve.jumps)):
            jumps, plateaus = curve.jumps[replica], curve.plateaus[replica]
            fell = [
                f"{epoch:.0f} (-{1.0 - np.exp(-fall):.0%}, {_p_value(p_value)})"
                for epoch, _, fall, p_value in zip(*jumps, strict=True)
            ]
            flat = [
                f"{first:.0f}-{last:.0f} ({_p_value(p_value)})"
                for first, last, _, p_value in zip(*plateaus, strict=True)
            ]
            by_jumps, by_plateaus = curve.jumps_seen[replica], curve.plateaus_seen[replica]
            step = f"a step of {1.0 - np.exp(-by_jumps.least):.0%}"
            stretch = f"a factor of {by_plateaus.least:.2g}"
            rows.append(
                [
                    curve.variable,
                    str(replica),
                    ", ".join(fell) or _nothing(by_jumps, step),
                    ", ".join(flat) or _nothing(by_plateaus, stretch),
                ]
            )
    return TextTable(
        ["curve", "replica", "jumps at epoch", "plateaus"],
        rows,
        "sudden lasting falls and plateaus of the losses; seen: with a chance of 80 %",
    )


def _p_value(p_value: float) -> str:
    return f"p={p_value:.1g}" if p_value >= 1e-6 else "p<1e-06"


def _nothing(seen: Sensitivity, least: str) -> str:
    """Return what it means that nothing was found, given the ``least`` that would be seen."""
    if not np.isfinite(seen.least):
        return "cannot tell"
    return f"{'none' if seen.tells else 'cannot tell'} ({least} would be seen)"
