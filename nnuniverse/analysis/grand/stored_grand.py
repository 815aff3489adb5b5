"""``grand.h5``, read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnuniverse.physics.grand_canonical.mask_ensemble import MaskEnsemble
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import GRAND_FILE


class StoredGrand(NamedTuple):
    """The ``ensemble`` of masks, and the ``attributes`` that say of what and how it was sampled."""

    ensemble: MaskEnsemble
    attributes: Mapping[str, object]


def read_grand(folder: RunFolder) -> StoredGrand:
    """Return what `nnu grand` stored of a run.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.

    ``folder``: that of the run.
    """
    stored = GRAND_FILE.read(folder)
    values = {name: variable.values for name, variable in stored.variables.items()}
    return StoredGrand(MaskEnsemble.stored(values, stored.attributes), stored.attributes)
