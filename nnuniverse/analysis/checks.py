"""What must hold for the spectrum of a net: else the run is corrupt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from nnuniverse.analysis.section import Analysis, Declared, Section, text_axis
from nnuniverse.counted import counted
from nnuniverse.networks.layered import Layered
from nnuniverse.runs.record import RunRecord
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Variable

EPS = float(np.finfo(np.float64).eps)


class Check(NamedTuple):
    """One check of a run: its ``name``, what it found, and whether it holds.

    ``residual``: the largest over replicas and snapshots, relative to the size of what is summed;
    NaN where nothing was recorded to check.
    """

    name: str
    holds: bool
    residual: float
    finding: str


def check_run(record: RunRecord) -> list[Check]:
    """Return the self-checks that the recorded variables allow.

    ``record``: the run, as read back from its folder.
    """
    if "log_eigenvalues" not in record:
        return []
    if record.layer_sizes is None:  # a graph, whose det G need not be one
        return [_moments(record)]
    layers = Layered(record.layer_sizes)
    return [
        _determinant(record, layers),
        _sinh_identity(record, layers),
        _count(record, layers),
        _moments(record),
    ]


def is_corrupt(checks: list[Check]) -> bool:
    """Return whether a check fails.

    ``checks``: what `check_run` found.
    """
    return not all(check.holds for check in checks)


RESIDUAL = Variable(
    "check_residual",
    ("check",),
    "largest residual",
    "2004.09280 (7.8)",
    equation="how far the identity is off, relative to the size of what is summed",
    symbol="residual",
    computed_by=(check_run,),
)
HOLDS = Variable(
    "check_holds",
    ("check",),
    "1 if it holds",
    "2004.09280 (7.8)",
    dtype="int64",
    equation="1 if the residual is within what rounding may leave",
    symbol="holds",
    computed_by=(check_run,),
)


@dataclass(frozen=True)
class SelfChecks(Section):
    """The self-checks of a run; none if it recorded no spectrum."""

    quantities = (RESIDUAL, HOLDS)

    record: RunRecord
    checks: list[Check]

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Check the run."""
        return cls(so_far.record, check_run(so_far.record))

    @property
    def corrupt(self) -> bool:
        """Whether a check fails."""
        return is_corrupt(self.checks)

    def axes(self) -> list[Axis]:
        """Return the names of the checks."""
        return [text_axis("check", "self-check", [check.name for check in self.checks])]

    def variables(self) -> Declared:
        """Return how far each check is off, and whether it holds."""
        if not self.checks:
            return []
        return [
            (RESIDUAL, np.array([check.residual for check in self.checks])),
            (HOLDS, np.array([check.holds for check in self.checks])),
        ]

    def document(self) -> dict[str, object]:
        """Return the checks."""
        return {"checks": self.checks}

    def tables(self) -> list[TextTable]:
        """Return a row per check, under what the run is."""
        record = self.record
        network = record.attributes.get("network", "")
        return [
            TextTable(
                ["self-check", "finding"],
                [[check.name, check.finding] for check in self.checks]
                or [["none", "no spectrum was recorded"]],
                f"run {record.name}: {network}, {counted(record.replicas, 'replica')}, "
                + counted(record.epochs, "epoch")
                + (", CORRUPT" if self.corrupt else ""),
            )
        ]


def _determinant(record: RunRecord, layers: Layered) -> Check:
    """Check ``sum log lambda = 0``, since det G = 1; 2004.09280 (7.8)."""
    theta = record["log_eigenvalues"]
    sizes = np.abs(theta)
    return _residual_check(
        "sum log lambda = 0",
        theta.sum(axis=-1),
        (1.0 + sizes).sum(axis=-1),
        (_rounding(record, layers) + layers.neurons * EPS * sizes).sum(axis=-1),
    )


def _sinh_identity(record: RunRecord, layers: Layered) -> Check:
    """Check ``sum sinh(log lambda) = -1/2 sum_{k=2}^{L-1} ||A^k||_F^2`` (A34, in no paper).

    The norms of the powers are sums over at most N neurons in each of up to L layers.
    """
    name = "sum sinh log lambda = -1/2 sum ||A^k||^2"
    theta = record["log_eigenvalues"]
    if layers.depth > 2 and "power_norms" not in record:
        return Check(name, True, np.nan, "power_norms was not recorded")
    norms = (
        0.5 * record["power_norms"].sum(axis=-1) if layers.depth > 2 else np.zeros(theta.shape[:-1])
    )
    scale = np.cosh(theta).sum(axis=-1)
    rounding = (np.cosh(theta) * _rounding(record, layers)).sum(axis=-1)
    rounding += layers.neurons * EPS * (scale + layers.depth * norms)
    return _residual_check(name, np.sinh(theta).sum(axis=-1) + norms, scale, rounding)


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
    summed = (record["log_eigenvalues"] ** 2).sum(axis=-1)
    rounding = 4.0 * record["log_eigenvalues"].shape[-1] * EPS * summed
    return _residual_check(name, summed - recorded, np.abs(recorded), rounding)


def _residual_check(
    name: str, residual: np.ndarray, scale: np.ndarray, rounding: np.ndarray
) -> Check:
    """Return whether no ``residual`` is larger than ``rounding`` may leave.

    ``scale``: the size of what is summed, which the residual is reported relative to.  All of
    shape (replica, snapshot).
    """
    present = np.isfinite(scale)
    if not present.any():
        return Check(name, True, np.nan, "no snapshot")
    off, scale = np.abs(residual[present]), scale[present]
    relative = off / np.maximum(scale, np.finfo(np.float64).tiny)
    largest = float(relative.max())
    wrong = ~(off <= rounding[present])
    if not wrong.any():
        return Check(name, True, largest, f"holds to {largest:.1e}")
    worst = int(np.where(wrong, relative, 0.0).argmax())
    replica, snapshot = np.argwhere(present)[worst]
    finding = (
        f"is off by {relative[worst]:.1e}, most in replica {replica} at snapshot number {snapshot}"
    )
    return Check(name, False, largest, finding)


def _rounding(record: RunRecord, layers: Layered) -> np.ndarray:
    """Return how far rounding may have moved every log lambda = 2 log s, shape of the spectrum.

    ``2 N eps s_max/s``: the singular values s of I - A are found to ``N eps s_max``, the backward
    error of their decomposition (LAPACK Users' Guide 4.9); sums are over at most N neurons.  It
    does not vanish with log lambda: at small weights it is what is left of it.
    """
    s = np.exp(0.5 * record["log_eigenvalues"])
    largest = np.maximum(s.max(axis=-1, keepdims=True, initial=0.0), 1.0)  # the exact ones
    return 2.0 * layers.neurons * EPS * largest / s
