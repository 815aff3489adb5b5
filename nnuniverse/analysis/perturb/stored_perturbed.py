"""``perturb.h5``, read back."""

from __future__ import annotations

from nnuniverse.analysis.stored import Stored
from nnuniverse.physics.structure.perturbed import Perturbed
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import PERTURB_FILE

StoredPerturbed = Stored[Perturbed]


def read_perturbed(folder: RunFolder) -> StoredPerturbed:
    """Return what `nnu perturb` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = PERTURB_FILE.read(folder)
    return Stored(Perturbed.stored(stored.values), stored.attributes)
