"""``grand.h5``, read back."""

from __future__ import annotations

from nnuniverse.analysis.stored import Stored
from nnuniverse.physics.grand_canonical.mask_ensemble import MaskEnsemble
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import GRAND_FILE

StoredGrand = Stored[MaskEnsemble]


def read_grand(folder: RunFolder) -> StoredGrand:
    """Return what `nnu grand` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = GRAND_FILE.read(folder)
    return Stored(MaskEnsemble.stored(stored.values, stored.attributes), stored.attributes)
