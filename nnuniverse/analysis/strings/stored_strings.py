"""``strings.h5``, read back, of a run's folder or as a file of its own."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.analysis.stored import StoredValues
from nnuniverse.physics.strings.found_strings import STATE
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import STRINGS_FILE


class StoredStrings(StoredValues):
    """What ``strings.h5`` tells: ``values`` by name, and ``attributes``."""

    @property
    def average(self) -> Float[np.ndarray, "D times sites"]:
        """The average of the movers, 2008.01540 (8.3), (D, steps + 1, sites)."""
        return np.asarray(self["state"].mean(axis=0))

    @property
    def net(self) -> StringNet:
        """The strings."""
        neurons, lengths = (self[name].astype(int) for name in ("site_neuron", "cycle_length"))
        return StringNet(neurons, lengths, self["site_weight"])

    @property
    def movers(self) -> tuple[str, ...]:
        """Which movers there are."""
        return tuple(map(str, self["mover"]))


def read_strings(run: RunRecord) -> StoredStrings:
    """Return what `nnu strings` stored of a run, or of a file of its own, `file_record`.

    Raises RunError, which names the command, if it has stored nothing, or something damaged.
    """
    return StoredStrings.read(run, STRINGS_FILE, STATE)
