"""What `nnu analyze` prints for people."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnuniverse.analysis import Analysis, nearest_snapshot
from nnuniverse.analysis.fits import LineFit
from nnuniverse.analysis.intervals import Estimate, mean_over_replicas
from nnuniverse.analysis.laws import Law
from nnuniverse.cli.tables import print_table

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


def print_analysis(analysis: Analysis) -> None:
    """Print everything about one run; numbers with ± are 95 % intervals over replicas."""
    record = analysis.record
    network = record.attributes.get("network", "")
    print_table(
        ["self-check", "finding"],
        [[check.name, check.finding] for check in analysis.checks],
        f"run {record.name}: {network}, {record.replicas} replicas, {record.epochs} epochs"
        + (", CORRUPT" if analysis.corrupt else ""),
    )
    for temperature in analysis.temperatures:
        _print_states(analysis, temperature)
    _print_gaps(analysis)
    _print_laws(analysis)
    _print_first_law(analysis)
    _print_jumps(analysis)


def print_comparison(rows: list[dict[str, Any]]) -> None:
    """Print one row per quantity and one column per run."""
    keys = [key for key in rows[0] if key != "run"]
    print_table(
        ["", *(row["run"] for row in rows)],
        [[key, *(_entry(row[key]) for row in rows)] for key in keys],
        "± is the 95 % interval over replicas, [,] that of a bootstrap",
    )


def number(value: Any) -> str:
    """Return four digits of a number, a dash for a missing one."""
    return "-" if value is None or not np.isfinite(value) else f"{value:.4g}"


def spread(estimate: Estimate) -> str:
    """Return ``value ± half-width`` of a symmetric interval."""
    half = estimate.high - estimate.value
    shown = number(estimate.value)
    return f"{shown} ± {half:.2g}" if np.isfinite(half) else shown


def interval(estimate: Estimate) -> str:
    """Return ``value [low, high]``."""
    if not np.isfinite(estimate.low):
        return number(estimate.value)
    return f"{number(estimate.value)} [{number(estimate.low)}, {number(estimate.high)}]"


def _entry(value: Any) -> str:
    if value is None:
        return "-"
    if not isinstance(value, Estimate):
        return str(value)
    symmetric = np.isclose(value.high - value.value, value.value - value.low, rtol=1e-6)
    return spread(value) if symmetric or not np.isfinite(value.low) else interval(value)


def _shown(analysis: Analysis) -> list[int]:
    """Return the snapshots nearest to 0, 1, 10, 100 ... and the last."""
    snapshots = analysis.record["snapshot"]
    decades = [10**k for k in range(len(str(snapshots[-1]))) if 10**k <= snapshots[-1]]
    return sorted({nearest_snapshot(snapshots, epoch) for epoch in (0, *decades, snapshots[-1])})


def _print_states(analysis: Analysis, temperature: str) -> None:
    column = analysis.temperatures.index(temperature)
    fixed = temperature.startswith("beta=")
    names = [name for name in COLUMNS if not (fixed and name == "beta")]
    rows = []
    for at in _shown(analysis):
        values = [mean_over_replicas(analysis.states[name][:, at, column]) for name in names]
        if np.isfinite(values[0].value):
            rows.append([str(analysis.record["snapshot"][at]), *map(spread, values)])
    if rows:
        settings = analysis.settings
        print_table(
            ["epoch", *(COLUMNS[name] for name in names)],
            rows,
            f"thermodynamics at {temperature}, m={settings.mass:g}, {settings.window} window",
        )


def _print_gaps(analysis: Analysis) -> None:
    gaps, record = analysis.gaps, analysis.record
    if gaps is None:
        return
    estimated = [
        (name, analysis.states["beta"][:, :, analysis.temperatures.index(name)])
        for name in analysis.temperatures
        if not name.startswith("beta=")
    ]
    rows = []
    for at in _shown(analysis):
        position, width, below, p_value = (part[:, at] for part in gaps)
        present = p_value <= analysis.settings.significance
        rows.append(
            [
                str(record["snapshot"][at]),
                f"{present.sum()}/{record.replicas}",
                " ".join(map(number, p_value)),
                " ".join(map(number, position)),
                " ".join(map(number, width)),
                " ".join(map(number, below)),
                *(spread(mean_over_replicas(betas[:, at])) for _, betas in estimated),
            ]
        )
    print_table(
        [
            "epoch",
            "gaps",
            "p",
            "widest at",
            "width",
            "below",
            *(f"beta, {n}" for n, _ in estimated),
        ],
        rows,
        f"widest spacing of small eigenvalues per replica; a gap if p <= "
        f"{analysis.settings.significance:g}",
    )


def _print_laws(analysis: Analysis) -> None:
    if analysis.laws:
        print_table(
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
        interval(fit.slope),
        interval(fit.intercept),
        number(fit.r2),
        f"{rises.value:.0%}" if np.isfinite(rises.value) else "-",
        ", ".join(breaks),
    ]


def _print_first_law(analysis: Analysis) -> None:
    balances = [balance for balance in analysis.balances if balance.steps]
    if balances:
        print_table(
            ["dU = T dS_0 + T dC at", "steps", "rms residual / both sides", "mean residual"],
            [
                [
                    balance.temperature,
                    str(balance.steps),
                    spread(balance.relative_residual),
                    spread(balance.mean_residual),
                ]
                for balance in balances
            ],
            "first law between neighbouring snapshots",
        )


def _print_jumps(analysis: Analysis) -> None:
    rows = []
    for curve in analysis.curves:
        for replica, (jumps, plateaus) in enumerate(zip(curve.jumps, curve.plateaus, strict=True)):
            fired = [
                f"{epoch:.0f} (score {score:.1f}, -{1.0 - np.exp(-fall):.0%})"
                for epoch, score, fall in zip(*jumps, strict=True)
            ]
            flat = [f"{first:.0f}-{last:.0f}" for first, last, _ in zip(*plateaus, strict=True)]
            rows.append(
                [curve.variable, str(replica), ", ".join(fired) or "-", ", ".join(flat) or "-"]
            )
    if rows:
        print_table(["curve", "replica", "jumps at epoch", "plateaus"], rows)
