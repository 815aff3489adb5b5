"""``align.h5``, read back."""

from __future__ import annotations

from nnuniverse.physics.mechanics.alignment.measured import Alignment
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import ALIGN_FILE


def read_alignment(folder: RunFolder) -> Alignment:
    """Return what `nnu align` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = ALIGN_FILE.read(folder)
    return Alignment.stored(stored.values, stored.attributes)
