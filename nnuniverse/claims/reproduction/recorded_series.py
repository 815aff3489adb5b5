"""Which series an expression of a claim may name, and which of them a config has recorded."""

from __future__ import annotations

import re
from collections.abc import Collection

from nnuniverse import extensions
from nnuniverse.analysis import QUANTITIES
from nnuniverse.config import RunConfig
from nnuniverse.errors import ConfigError, nearest
from nnuniverse.supports import POSITIVE, REAL, SHARES

OF_EPOCHS = re.compile(r"running_.*|batch_size|active_neurons")
"""Recorded of every epoch, not at snapshots."""

OF_ARRAYS = re.compile(r"(snapshot|mask)_\w+")
"""Weights and biases at snapshots, and masks: named after the layers that a net has."""

WHERE_WORTH_IT = ("nonzero_weights", "active_hidden_neurons")
"""Recorded also where they are not asked for, if weights are cut or neurons come and go."""

NUMBERED = re.compile(r"(.+)_\d+")


def series_names() -> list[str]:
    """Return what runs may record at snapshots: the observables, and the epoch of the snapshot."""
    ours = (POSITIVE | SHARES | REAL) - QUANTITIES.keys()
    at_snapshots = {name for name in ours if not OF_EPOCHS.fullmatch(name)}
    return sorted({"snapshot", *at_snapshots, *extensions.installed(extensions.OBSERVABLES)})


def series_called(name: str, known: Collection[str]) -> str | None:
    """Return which of the ``known`` series has this name, or a part that has; else None."""
    if name in known:
        return name
    numbered = NUMBERED.fullmatch(name)
    return numbered[1] if numbered and numbered[1] in known else None


def require_series(key: str, names: Collection[str]) -> None:
    """Raise ConfigError, which names ``key``, unless all ``names`` are of series, or of parts."""
    known = series_names()
    for name in sorted(names):
        if series_called(name, known) is None and not OF_ARRAYS.fullmatch(name):
            remedy = next(iter(nearest(name, known)), "a name of docs/observables.md")
            told = f"there is no `{name}`"
            raise ConfigError(f"`{key}`", "be of what runs record at snapshots", told, remedy)


def unasked(config: RunConfig, names: Collection[str]) -> list[str]:
    """Return which of ``names`` are observables that a config does not ask for."""
    known = [name for name in series_names() if name not in ("snapshot", *WHERE_WORTH_IT)]
    stems = {stem for name in names if (stem := series_called(name, known)) is not None}
    if not stems:
        return []

    from nnuniverse.experiments.assemble import observables_asked_for

    return sorted(stems.difference(observables_asked_for(config)))
