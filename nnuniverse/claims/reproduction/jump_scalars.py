"""Numbers that tell how the jumps of the bulk loss compare with those of the boundary loss."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.analysis import AnalysisSettings, analyse
from nnuniverse.analysis.analyse import SECTIONS
from nnuniverse.analysis.compared_changes import ComparedChanges, compare_changes
from nnuniverse.analysis.loss_changes import KINDS, LossChanges
from nnuniverse.analysis.section import Section
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.errors import RunError
from nnuniverse.runs import RunRecord

if TYPE_CHECKING:
    from nnuniverse.experiments.moved_losses import MovedLosses

NEEDED: tuple[type[Section], ...] = (
    *SECTIONS[: SECTIONS.index(ThermodynamicStates) + 1],
    LossChanges,
)


def change_in_epochs(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return a number of `ComparedChanges`, of the epochs of a kind: ``against`` of `KINDS`.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    name, kind = _known(scalar.variable, ComparedChanges._fields), _known(scalar.against, KINDS)
    found = analyse(record, AnalysisSettings(betas=(1.0,)), NEEDED)[LossChanges]
    if not found.values:
        requirement = "have both losses at every epoch"
        raise RunError(f"the run {record.name}", requirement, "has not", "fixed snapshots, every 1")
    return found.values[name][:, KINDS.index(kind)]


def change_at_moves(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return a number of `ComparedChanges`, of what moves alone change at the nets of a run.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    name = _known(scalar.variable, ComparedChanges._fields)
    moves = _moves(record.folder.path)
    pairs = zip(moves.changes("bulk"), moves.changes("boundary"), strict=True)
    return np.array([getattr(compare_changes(*pair), name) for pair in pairs])


@lru_cache(maxsize=4)
def _moves(path: Path) -> MovedLosses:
    """Return the moves at the nets of a run, made once for all numbers."""
    from nnuniverse.experiments.moved_losses import losses_at_moves

    return losses_at_moves(path)


def _known(given: str | None, names: tuple[str, ...]) -> str:
    if given not in names:
        raise RunError(
            "a number of jumps", "be one of these", f"is {given!r:.60}", ", ".join(names)
        )
    return given
