"""An analysis as plain lists and dictionaries, for JSON; null where missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from nnuniverse.analysis.section import Analysis


def document(analysis: Analysis) -> dict[str, object]:
    """Return everything that the analysis found."""
    record = analysis.record
    whole: dict[str, object] = {
        "run": record.name,
        "folder": str(record.folder),
        "network": record.attributes.get("network"),
        "replicas": record.replicas,
        "epochs": record.epochs,
        "config_hash": record.config.hash(),
        "commit": record.commit,
        "corrupt": analysis.corrupt,
        "settings": asdict(analysis.settings),
    }
    for section in analysis.sections:
        whole |= plain_mapping(section.document())
    return whole


def plain_mapping(values: Mapping[str, object]) -> dict[str, object]:
    """Return ``values`` by their names, each as `plain` makes it."""
    return {name: plain(value) for name, value in values.items()}


def plain(value: object) -> object:
    """Return ``value`` with arrays as lists, named tuples as dictionaries, and NaN as None.

    >>> plain({"mu2": np.array([1.0, np.nan])})
    {'mu2': [1.0, None]}
    """
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
