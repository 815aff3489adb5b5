"""The folder of the cache: whoever can write into it can have his code run by its user."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from nnuniverse.errors import ConfigError

ENVIRONMENT_VARIABLE = "NNU_CACHE"
"""Where the programs are kept, or `OFF`; a folder of the user's own cache unless it is set."""

OFF = "off"

GROUP_OR_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def is_wanted() -> bool:
    """Return whether the user has not switched the cache off, or given JAX one of his own."""
    own = os.environ.get("JAX_COMPILATION_CACHE_DIR")
    return not own and os.environ.get(ENVIRONMENT_VARIABLE) != OFF


def cache_path() -> Path:
    """Return where the folder of the cache is to be; raises ConfigError for what names no place."""
    asked = os.environ.get(ENVIRONMENT_VARIABLE)
    if asked is None:
        from platformdirs import user_cache_path

        path = user_cache_path("nnuniverse", appauthor=False)
        said = f"is {str(path)!r}, since HOME says no better"
    else:
        path, said = Path(asked), f"is {asked!r}"
    if not path.is_absolute():  # processes of a sweep have other working folders
        raise _wrong(_subject(path), "be `off` or a path that starts at the root", said)
    return path


def open_folder(path: Path) -> int:
    """Open the folder at ``path``, made if nothing is there, and return its descriptor.

    What is checked is what is opened, and stays open: links on the way to it, and folders above it
    that others can write, may lead somewhere else later, but not this descriptor.  Raises
    ConfigError if it cannot be opened or written, or if others may have written into it.
    """
    subject = _subject(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except (FileExistsError, NotADirectoryError):
        raise _wrong(subject, "be a folder", "is something else, or in something else") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _wrong(subject, "be a folder to write to", f"is not: {reason}") from None
    doubt = doubt_about(os.fstat(descriptor))
    if doubt is not None:
        os.close(descriptor)
        raise _wrong(subject, "be writable by you alone", doubt)
    if not os.access(".", os.W_OK | os.X_OK, dir_fd=descriptor):
        os.close(descriptor)
        raise _wrong(subject, "be a folder to write to", "cannot be written")
    return descriptor


def doubt_about(found: os.stat_result) -> str | None:
    """Return why a file or folder may not be what its user has put there, None if it is.

    ``found``: what the system says of it.
    """
    if found.st_uid not in (os.geteuid(), 0):
        return "belongs to somebody else"
    if found.st_mode & GROUP_OR_OTHERS_WRITE:
        return "others can write there"
    return None


def _subject(path: Path) -> str:
    if ENVIRONMENT_VARIABLE in os.environ:
        return f"the environment variable {ENVIRONMENT_VARIABLE}"
    return f"the cache folder {str(path)!r}"


def _wrong(subject: str, requirement: str, actual: str) -> ConfigError:
    remedy = f"{ENVIRONMENT_VARIABLE}=DIR or {ENVIRONMENT_VARIABLE}={OFF}"
    return ConfigError(subject, requirement, actual, remedy)
