"""``hidden.h5``, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnuniverse.physics.hidden.hidden_variables import HiddenVariables
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import HIDDEN_FILE


class StoredHidden(NamedTuple):
    """What was ``found``, and the ``attributes`` that say of what and how."""

    found: HiddenVariables
    attributes: Mapping[str, object]


def read_hidden(folder: RunFolder) -> StoredHidden:
    """Return what `nnu hidden` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = HIDDEN_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredHidden(HiddenVariables.stored(values, stored.attributes), stored.attributes)
