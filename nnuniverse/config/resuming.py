"""Which keys of a config may change when its run goes on, and may be given to ``--resume``."""

from __future__ import annotations

from collections.abc import Iterable

from nnuniverse.config.paths import path_keys
from nnuniverse.errors import ConfigError

EPOCHS = "train.epochs"

CHANGEABLE = f"{EPOCHS}, checkpoint.* and the keys of files"


def may_change(key: str) -> bool:
    """Return whether a run may go on with another value of the dotted ``key``."""
    return key == EPOCHS or key in path_keys() or key.split(".")[0] == "checkpoint"


def override_key(override: str) -> str:
    """Return the dotted key of an override."""
    return override.partition("=")[0].strip()


def require_changeable(overrides: Iterable[str]) -> None:
    """Raise ConfigError for an override of a key with which no run goes on.

    ``overrides``: ``dotted.key=value`` each.
    """
    for key in map(override_key, overrides):
        if not may_change(key):
            raise ConfigError(
                f"`{key:.100}`",
                f"stay what the run was begun with: only {CHANGEABLE} may be given to --resume",
                "is given",
                "`nnu train CONFIG` with it for a new run; network.start takes over weights",
            )
