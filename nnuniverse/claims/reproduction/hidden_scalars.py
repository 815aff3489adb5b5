"""Numbers of 2008.01540 Sec. 7, one for each net: whether weights permute, classes are null."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.runs import RunRecord


def permutation_share(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return Q of the last A = f'w, the share of its squares on the nearest permutation.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    from nnuniverse.experiments.structure import StructureSettings, structure_of_run

    found = structure_of_run(record.folder.path, StructureSettings()).found
    return found["permutation_share"][:, -1]


def null_correlation(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the mean correlation of the speeds of classes, over neurons and steps that move.

    Of the test samples, with their number of each class taken into account: 0 if (7.6) holds, 1 if
    all classes move alike.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    from nnuniverse.experiments.hidden import HiddenSettings, hidden_of_run

    found = hidden_of_run(record.folder.path, HiddenSettings(steps=STEPS)).found
    return np.nanmean(found["subsystem_correlation"], axis=(1, 2))


STEPS = 20
"""Of the states from x = 0, by which they have settled to some 1e-6 of their first step."""
