"""The bulk loss over the boundary loss, in both normalisations that the text allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nnuniverse.runs.record import RunRecord


class BulkRatios(NamedTuple):
    """``whole``: U / U_boundary; ``per_neuron``: (U / N) / (U_boundary / n_L); (replica, snapshot).

    The former is at most one.  2004.09280 Sec. 10 does not say which of them Fig. 2 shows (E1).
    """

    whole: np.ndarray
    per_neuron: np.ndarray


def bulk_ratios(record: RunRecord) -> BulkRatios:
    """Return the ratios of the losses that a layered run recorded.

    N is the number of all neurons, n_L that of the outputs.  Raises RunError, naming it, if
    one of the losses or the spectrum is not recorded.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        whole = record["bulk_loss"] / record["boundary_loss"]
    neurons = record["log_eigenvalues"].shape[-1] + record.unit_eigenvalues
    outputs = int(str(record.attributes["network"]).rpartition("-")[2])
    return BulkRatios(whole, whole * (outputs / neurons))


def has_bulk_ratios(record: RunRecord) -> bool:
    """Return whether the ratios can be taken."""
    recorded = all(n in record for n in ("bulk_loss", "boundary_loss", "log_eigenvalues"))
    return recorded and str(record.attributes.get("network", "")).replace("-", "").isdecimal()
