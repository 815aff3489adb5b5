"""``hidden.h5``, read back."""

from __future__ import annotations

from nnuniverse.analysis.stored import Stored
from nnuniverse.physics.hidden.hidden_variables import HiddenVariables
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import HIDDEN_FILE

StoredHidden = Stored[HiddenVariables]


def read_hidden(folder: RunFolder) -> StoredHidden:
    """Return what `nnu hidden` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = HIDDEN_FILE.read(folder)
    return Stored(HiddenVariables.stored(stored.values, stored.attributes), stored.attributes)
