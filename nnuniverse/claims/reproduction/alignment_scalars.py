"""Numbers that `nnu align` finds of the drift of nets, one for each net of a run."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.alignment import read_alignment
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.alignment.measured import Alignment
from nnuniverse.runs import RunRecord

BETA = 1.0
"""Of the free energy, the papers' own scale."""


def drift_cosine(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the cosine of the mean step and +grad F at ``epoch``, of each net.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    return _at(record, scalar.epoch, "alignment", hessian=False)


def concave_share(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the share of the eigenvalues of F'' below 0 at ``epoch``, off the stiffest.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    return _at(record, scalar.epoch, "negative_curvatures_outside", hessian=True)


def _at(record: RunRecord, epoch: int | None, name: str, *, hessian: bool) -> np.ndarray:
    """Return a variable of `align.h5` at an epoch, as stored, else found anew."""
    stored = _stored(record)
    if stored is None or not _has(stored, record, epoch, name):
        from nnuniverse.experiments.align import AlignSettings, align_run

        settings = AlignSettings(betas=(BETA,), epochs=(int(epoch or 0),), hessian=hessian)
        stored = align_run(record.folder.path, settings).found
    at = int(np.flatnonzero(stored.epochs == epoch)[0])
    return stored[name][:, at, int(np.flatnonzero(stored.betas == BETA)[0])]


def _stored(record: RunRecord) -> Alignment | None:
    try:
        return read_alignment(record.folder)
    except NNUniverseError:
        return None


def _has(stored: Alignment, record: RunRecord, epoch: int | None, name: str) -> bool:
    whole = np.array_equal(stored.seeds, record["seed"])
    return whole and epoch in stored.epochs and BETA in stored.betas and name in stored
