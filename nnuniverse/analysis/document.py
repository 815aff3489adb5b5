"""An analysis as plain lists and dictionaries, for JSON; null where missing."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnuniverse.analysis.analyse import Analysis
from nnuniverse.analysis.fits import LineFit
from nnuniverse.analysis.gaps import Gaps
from nnuniverse.analysis.ratios import bulk_ratios, has_bulk_ratios
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.supports import support_of


def document(analysis: Analysis) -> dict[str, Any]:
    """Return everything that the analysis found."""
    record = analysis.record
    return {
        "run": record.name,
        "folder": str(record.folder),
        "network": record.attributes.get("network"),
        "replicas": record.replicas,
        "epochs": record.epochs,
        "config_hash": record.config.hash(),
        "commit": record.commit,
        "corrupt": analysis.corrupt,
        "settings": analysis.settings_used,
        "checks": [plain(check._asdict()) for check in analysis.checks],
        "snapshot": record["snapshot"].tolist(),
        "temperatures": analysis.temperatures,
        "thermodynamics": {
            variable.name: {
                "long_name": variable.long_name,
                "source": variable.source,
                "values": plain(values),
                "pooled": plain(mean_over_replicas(values, support_of(variable.name))),
            }
            for variable, values in analysis.variables
        },
        "gaps": None if analysis.gaps is None else _gaps(analysis, analysis.gaps),
        "laws": [
            {
                "y": law.y,
                "x": law.x,
                "pooled": _line(law.pooled),
                "replicas": [_line(fit) for fit in law.replicas],
                "rises": plain(law.rises),
                "breaks": [
                    plain({**fit._asdict(), "epoch": epoch})
                    for fit, epoch in zip(law.breaks, law.break_epochs, strict=True)
                ],
            }
            for law in analysis.laws
        ],
        "first_law": [plain(balance._asdict()) for balance in analysis.balances],
        "bulk_over_boundary": (
            plain(bulk_ratios(record)._asdict()) if has_bulk_ratios(record) else None
        ),
        "curves": [
            {
                "variable": curve.variable,
                "jumps": [plain(jumps._asdict()) for jumps in curve.jumps],
                "plateaus": [plain(plateaus._asdict()) for plateaus in curve.plateaus],
                "jumps_seen": [plain(seen._asdict()) for seen in curve.jumps_seen],
                "plateaus_seen": [plain(seen._asdict()) for seen in curve.plateaus_seen],
            }
            for curve in analysis.curves
        ],
    }


def _gaps(analysis: Analysis, gaps: Gaps) -> dict[str, Any]:
    verdicts = gaps.verdicts(analysis.settings.significance)
    return {
        **plain(gaps._asdict()),
        "verdict": [[verdict or None for verdict in replica] for replica in verdicts.tolist()],
    }


def _line(fit: LineFit) -> dict[str, Any]:
    whole: dict[str, Any] = plain(fit._asdict())
    return whole


def plain(value: Any) -> Any:
    """Return ``value`` with arrays as lists, estimates as dictionaries, and NaN as None."""
    if isinstance(value, Estimate):
        return {"value": plain(value.value), "low": plain(value.low), "high": plain(value.high)}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
