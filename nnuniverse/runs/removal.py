"""Removing run folders, such that each is either whole or no run any more."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path

from nnuniverse.errors import ConfigError, RunError, must
from nnuniverse.runs.folder import SHORT_HASH, RunFolder
from nnuniverse.runs.lock import is_being_written, writing

ASIDE = ".removed."
"""What the name of a folder begins with from when it is no run any more until it is gone."""

_RUN_NAME = re.compile(rf"\d{{8}}T\d{{6}}Z-[0-9a-f]{{{SHORT_HASH}}}", re.ASCII)


def require_removable(folder: RunFolder) -> None:
    """Raise ConfigError if ``folder`` is not what a run has made, is a link, or is in use."""
    path = _absolute(folder)
    if not _RUN_NAME.fullmatch(path.name) or not folder.config.is_file():
        raise ConfigError(
            must(
                f"RUN {str(folder)!r}",
                "be named and filled by a run to be removed",
                "is not",
                "removing it by hand",
            )
        )
    if path.is_symlink() or path.parent.is_symlink():
        raise ConfigError(
            must(f"RUN {str(folder)!r}", "lie under its root", "is a link", "removing the link")
        )
    if is_being_written(path):
        raise ConfigError(
            must(f"RUN {str(folder)!r}", "not be running", "is", "again when it has ended")
        )


def remove_run(folder: RunFolder) -> None:
    """Remove the run, and the folder of its name if nothing else is in it.

    It gets another name first, so that an interruption leaves the run or no run; what then
    remains is for `remove_remains`.  Raises ConfigError if it is not removable, RunError if the
    system does not let it be.
    """
    require_removable(folder)
    path = _absolute(folder)
    aside = path.with_name(ASIDE + path.name)
    try:
        with writing(path):
            path.rename(aside)
            with suppress(FileNotFoundError):  # another process removes the remains
                shutil.rmtree(aside)
    except OSError as error:
        raise RunError(
            must(
                f"RUN {str(folder)!r}",
                "be removable",
                f"is not: {error.strerror}",
                "freeing it, then again",
            )
        ) from error
    _remove_if_empty(path.parent)


def remove_remains(root: Path) -> None:
    """Remove what interrupted removals have left under ``root``."""
    for remains in list(root.glob(f"*/{ASIDE}*")):
        named_by_a_run = _RUN_NAME.fullmatch(remains.name.removeprefix(ASIDE))
        if named_by_a_run and not remains.parent.is_symlink():
            shutil.rmtree(remains, ignore_errors=True)  # which leaves links alone
            _remove_if_empty(remains.parent)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # other runs are in it
        folder.rmdir()


def _absolute(folder: RunFolder) -> Path:
    """Return the path of ``folder`` with its own name at the end; links stay what they are."""
    return Path(os.path.abspath(folder.path))  # noqa: PTH100
