"""``perturb.h5``, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnuniverse.physics.structure.perturbed import Perturbed
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import PERTURB_FILE


class StoredPerturbed(NamedTuple):
    """What was ``found``, and the ``attributes`` that say of what and how."""

    found: Perturbed
    attributes: Mapping[str, object]


def read_perturbed(folder: RunFolder) -> StoredPerturbed:
    """Return what `nnu perturb` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = PERTURB_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredPerturbed(Perturbed.stored(values), stored.attributes)
