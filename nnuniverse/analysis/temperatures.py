"""beta at every snapshot: fixed, or estimated from the spectrum or from the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float

from nnuniverse.analysis.active_spectra import active_spectra
from nnuniverse.analysis.gaps import Gaps, gaps_of
from nnuniverse.analysis.section import Analysis, Section, text_axis
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.runs.record import RunRecord
from nnuniverse.thermodynamics import Spectrum, beta_from_extremum, beta_from_printed_extremum
from nnuniverse.variables import Axis

LOSSES = ("bulk_loss", "boundary_loss")
"""What may stand for U, best first: the mean bulk loss, or the boundary loss, which bounds it."""


@dataclass(frozen=True)
class Temperatures(Section):
    """The betas by the name of their origin, and the gaps that some of them come from.

    ``snapshots``: their epochs; ``betas``: each (replica, snapshot).  Without a spectrum there are
    neither gaps nor betas.
    """

    snapshots: np.ndarray
    gaps: Gaps | None
    betas: dict[str, np.ndarray]

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Search the spectra for gaps and take the betas from everywhere."""
        record, settings = so_far.record, so_far.settings
        if "log_eigenvalues" not in record:
            return cls(record["snapshot"], None, {})
        gaps = gaps_of(record, settings)
        return cls(record["snapshot"], gaps, temperatures(record, gaps, settings))

    @property
    def names(self) -> list[str]:
        """The names of the betas."""
        return list(self.betas)

    @property
    def estimated(self) -> list[str]:
        """The names of those that are not fixed by the settings."""
        return [name for name in self.betas if not is_fixed(name)]

    def axes(self) -> list[Axis]:
        """Return the names of the betas."""
        return [text_axis("temperature", "where beta comes from", self.names)]

    def document(self) -> dict[str, object]:
        """Return the coordinates of all that depends on beta."""
        return {"snapshot": self.snapshots, "temperatures": self.names}


def is_fixed(name: str) -> bool:
    """Return whether the beta of this name is fixed by the settings.

    >>> is_fixed("beta=1.4"), is_fixed("gap")
    (True, False)
    """
    return name.startswith("beta=")


def temperatures(
    record: RunRecord, gaps: Gaps, settings: AnalysisSettings
) -> dict[str, Float[np.ndarray, "replica snapshot"]]:
    """Return beta by the name of its origin, each (replica, snapshot), NaN where there is none.

    ``beta=...``: fixed.  ``gap, printed``: from the gap through 2004.09280 (9.4).  ``gap, exact``:
    from the gap through the exact extremum at ``settings.gamma`` (A30).  Both only where the gap
    is significant.  ``U = N_>/2 beta``: from the loss, see `beta_from_loss`.

    ``record``: the run, as read back from its folder; ``gaps``: those of the run's spectra.
    """
    shape = record["log_eigenvalues"].shape[:2]
    position = np.where(gaps.p_value <= settings.significance, gaps.position, np.nan)
    betas = {
        f"beta={float(beta)!r}".removesuffix(".0"): np.full(shape, float(beta))
        for beta in settings.betas
    }
    betas["gap, printed"] = beta_from_printed_extremum(position)
    betas["gap, exact"] = beta_from_extremum(position, settings.gamma)
    if (loss := loss_for_u(record)) is not None:
        found = np.full(shape, np.nan)
        whole = Spectrum(record["log_eigenvalues"], record.unit_eigenvalues)
        for cells, spectrum, _ in active_spectra(record, whole):
            theta, units = spectrum.log_eigenvalues, spectrum.units
            found[cells] = beta_from_loss(record[loss][cells], theta, units)
        betas["U = N_>/2 beta"] = found
    return betas


def loss_for_u(record: RunRecord) -> str | None:
    """Return the name of the recorded variable that stands for U, None if there is none.

    ``record``: the run, as read back from its folder.
    """
    return next((loss for loss in LOSSES if loss in record), None)


def beta_from_loss(
    loss: Float[np.ndarray, "*spectra"],
    log_eigenvalues: Float[np.ndarray, "*spectra n_dyn"],
    units: int,
) -> Float[np.ndarray, "*spectra"]:
    """Return the beta at which ``U = N_>(beta)/(2 beta)``, N_> counting all lambda > 1/beta.

    N_> is a step function of beta, so there may be several solutions, or none.  This is the
    largest: ``beta = k/2U`` with the largest k whose k-th largest eigenvalue exceeds 1/beta.

    ``loss``: U, (...); ``log_eigenvalues``: dynamical ones, (..., n_dyn); ``units``: number of
    exact ones.  NaN where the loss is not positive, the spectrum is missing or no k will do.

    Source: 2004.09280 (7.5), (10.1).
    """
    shape = (*log_eigenvalues.shape[:-1], units)
    theta = np.concatenate([log_eigenvalues, np.zeros(shape)], axis=-1)
    theta = -np.sort(-theta, axis=-1)
    k = np.arange(1, theta.shape[-1] + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        beta = k / (2.0 * loss[..., None])
        consistent = np.log(beta) + theta > 0.0
    largest = consistent.shape[-1] - np.argmax(consistent[..., ::-1], axis=-1)
    found = consistent.any(axis=-1) & (loss > 0.0) & ~np.isnan(theta).any(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found, largest / (2.0 * loss), np.nan)
