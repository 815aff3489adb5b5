"""What must hold for the spectrum of a net: else the run is corrupt."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.architecture import Layered
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs.record import RunRecord

TOLERANCE = 1e-9
"""Largest residual, relative to the sum of the sizes of what is summed.  Rounding leaves 1e-12."""


class Check(NamedTuple):
    """One check of a run: its ``name``, what it found, and whether it holds.

    ``residual``: the largest over replicas and snapshots; NaN where nothing was recorded to check.
    """

    name: str
    holds: bool
    residual: float
    finding: str


def check_run(record: RunRecord) -> list[Check]:
    """Return the self-checks that the recorded variables allow."""
    if "log_eigenvalues" not in record:
        return []
    layers = layers_of(record)
    if layers is None:  # det G need not be one
        return [_moments(record)]
    return [
        _determinant(record),
        _sinh_identity(record, layers),
        _count(record, layers),
        _moments(record),
    ]


def layers_of(record: RunRecord) -> Layered | None:
    """Return the layers of the run's net, None if it is a graph.

    Raises RunError if the run does not name them.
    """
    if record.config.network.kind == "graph":
        return None
    network = str(record.attributes.get("network", ""))
    try:
        return Layered(tuple(int(size) for size in network.split("-")))
    except (ValueError, ConfigError) as error:
        raise RunError(
            f"the run {record.name} must name its network, but has {network!r}. Try a new run."
        ) from error


def is_corrupt(checks: list[Check]) -> bool:
    """Return whether a check fails."""
    return not all(check.holds for check in checks)


def _determinant(record: RunRecord) -> Check:
    """Check ``sum log lambda = 0``, since det G = 1; 2004.09280 (7.8)."""
    theta = record["log_eigenvalues"]
    return _residual_check("sum log lambda = 0", theta.sum(axis=-1), np.abs(theta).sum(axis=-1))


def _sinh_identity(record: RunRecord, layers: Layered) -> Check:
    """Check ``sum sinh(log lambda) = -1/2 sum_{k=2}^{L-1} ||A^k||_F^2`` (A34, in no paper)."""
    name = "sum sinh log lambda = -1/2 sum ||A^k||^2"
    sinh = np.sinh(record["log_eigenvalues"])
    if layers.depth > 2 and "power_norms" not in record:
        return Check(name, True, np.nan, "power_norms was not recorded")
    norms = record["power_norms"].sum(axis=-1) if layers.depth > 2 else 0.0
    return _residual_check(name, sinh.sum(axis=-1) + 0.5 * norms, np.abs(sinh).sum(axis=-1))


def _count(record: RunRecord, layers: Layered) -> Check:
    """Check the number of dynamical eigenvalues against the architecture."""
    found = (record["log_eigenvalues"].shape[-1], record.unit_eigenvalues)
    expected = (layers.dynamical_eigenvalues, layers.unit_eigenvalues)
    finding = f"{found[0]} dynamical and {found[1]} exact ones"
    if found != expected:
        finding += f" where {layers} has {expected[0]} and {expected[1]}"
    return Check("number of eigenvalues", found == expected, float(found != expected), finding)


def _moments(record: RunRecord) -> Check:
    """Check the recorded trace of (log G)^2 against the recorded spectrum."""
    name = "mu_2 = Tr (log G)^2"
    if "mu2" not in record:
        return Check(name, True, np.nan, "mu2 was not recorded")
    recorded = record["mu2"]
    return _residual_check(
        name, (record["log_eigenvalues"] ** 2).sum(axis=-1) - recorded, np.abs(recorded)
    )


def _residual_check(name: str, residual: np.ndarray, scale: np.ndarray) -> Check:
    present = np.isfinite(scale)
    if not present.any():
        return Check(name, True, np.nan, "no snapshot")
    relative = np.abs(residual[present]) / np.maximum(scale[present], np.finfo(np.float64).tiny)
    relative[residual[present] == 0.0] = 0.0
    largest = float(relative.max())
    holds = bool(largest <= TOLERANCE)
    if holds:
        return Check(name, holds, largest, f"holds to {largest:.1e}")
    replica, snapshot = np.argwhere(present)[int(relative.argmax())]
    finding = f"is off by {largest:.1e}, most in replica {replica} at snapshot number {snapshot}"
    return Check(name, holds, largest, finding)
