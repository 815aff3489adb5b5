"""The mean loss with the boundary clamped, beside that of the canonical ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from jaxtyping import Float

from nnuniverse.analysis.section import (
    Analysis,
    Declared,
    Section,
    described,
    pooled,
)
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import DIMS, ThermodynamicStates
from nnuniverse.intervals import mean_over_replicas, with_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Variable


def clamped_loss(record: RunRecord) -> Float[np.ndarray, "replica snapshot"] | None:
    """Return U_0, (replica, snapshot), which is the bulk loss; None if it was not recorded.

    ``record``: the run, as read back from its folder.
    """
    if "bulk_loss" not in record:
        return None
    return record["bulk_loss"]


def over_clamped_loss(
    mean_loss: Float[np.ndarray, "replica snapshot temperature"],
    clamped: Float[np.ndarray, "replica snapshot"],
) -> Float[np.ndarray, "replica snapshot temperature"]:
    """Return U/U_0 of U, (replica, snapshot, temperature), and U_0, (replica, snapshot).

    ``mean_loss``: U, (replica, snapshot, temperature); ``clamped``: U_0 > 0, (replica, snapshot).

    >>> import numpy as np
    >>> from nnuniverse.analysis.clamped_loss import over_clamped_loss
    >>> over_clamped_loss(np.array([[[1.0, 3.0]]]), np.array([[2.0]])).tolist()
    [[[0.5, 1.5]]]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean_loss / clamped[..., None]


CLAMPED = Variable(
    "clamped_loss",
    ("replica", "snapshot"),
    "U_0, mean over the training set of the least H with the boundary clamped",
    "2004.09280 (4.1), (4.2) corrected",
    equation="mean over the training samples of min H over the hidden states",
    symbol="U_0",
    computed_by=(clamped_loss,),
)
RATIO = Variable(
    "mean_over_clamped_loss",
    DIMS,
    "U of the Gaussian ensemble over U_0, for the m of the run alone",
    "2004.09280 (4.1), (4.4)",
    equation="1 if the ensembles are equivalent",
    symbol="U/U_0",
    computed_by=(over_clamped_loss,),
)


@dataclass(frozen=True)
class ClampedLoss(Section):
    """U_0 of the micro-canonical-type ensemble (4.2), and U/U_0 with the canonical U.

    ``U_0 = <min H>`` over the training set, which is what the run records as `bulk_loss`: (4.3)
    under (4.2) is (4.1).  As printed, the delta of (4.2) is over all N directions and so diverges:
    in those of the boundary its argument vanishes; it covers the hidden ones only (A5).

    That the ensembles are equivalent, U = U_0, is the hope of Sec. 4.  It is a condition on beta,
    (4.8), so at a fixed beta the ratio only says how far off that is.  U is of the ensemble's own
    m, U_0 of the run's, and of local minima: the ratio is missing where m differs or H has other
    terms.  With m, U_0 has that of the hidden neurons, U that of all.

    ``clamped``: (replica, snapshot), None if the run did not record it; ``ratio``: (replica,
    snapshot, temperature), None if it has no meaning or the run no spectrum.

    Source: 2004.09280 (4.1)-(4.4), (6.1).
    """

    quantities = (CLAMPED, RATIO)

    snapshots: np.ndarray
    states: ThermodynamicStates
    clamped: np.ndarray | None
    ratio: np.ndarray | None

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Take the recorded loss, and compare it with the states."""
        record, states = so_far.record, so_far[ThermodynamicStates]
        clamped, ratio = clamped_loss(record), None
        if clamped is not None and states.computed and _same_objective(record, so_far.settings):
            ratio = over_clamped_loss(states.by_name["mean_loss"], clamped)
        return cls(record["snapshot"], states, clamped, ratio)

    def variables(self) -> Declared:
        """Return U_0 and U/U_0, and their means over replicas."""
        return [*self._declared(), *pooled(self._declared())]

    def document(self) -> dict[str, object]:
        """Return U_0 and U/U_0; null if it was not recorded."""
        return {"clamped_loss": described(self._declared()) or None}

    def tables(self) -> list[TextTable]:
        """Return a row per temperature, at the last snapshot."""
        if self.clamped is None or self.ratio is None:
            return []
        clamped = mean_over_replicas(self.clamped[:, -1], support_of(CLAMPED.name))
        rows = []
        for column, name in enumerate(self.states.temperatures.names):
            loss = mean_over_replicas(self.states.at("mean_loss", name)[:, -1])
            ratio = mean_over_replicas(self.ratio[:, -1, column], support_of(RATIO.name))
            if np.isfinite(loss.value):
                rows.append([name, *map(with_interval, (loss, ratio))])
        return [
            TextTable(
                ["temperature", "U", "U / U_0"],
                rows,
                f"canonical U, epoch {self.snapshots[-1]}; clamped, U_0 = {with_interval(clamped)}",
                {"U / U_0": f"U_0: {CLAMPED.legend}"},
            )
        ]

    def _declared(self) -> Declared:
        values = ((CLAMPED, self.clamped), (RATIO, self.ratio))
        return [(variable, value) for variable, value in values if value is not None]


def _same_objective(record: RunRecord, settings: AnalysisSettings) -> bool:
    """Return whether the run's H has the m of the settings and no other local objective."""
    loss = record.config.loss
    if loss.kind != "bulk":
        return settings.mass == 0.0
    return loss.mass == settings.mass and loss.pairs is None
