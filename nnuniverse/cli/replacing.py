"""Files that a command may make again, and those of somebody else, which it may not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nnuniverse.errors import ConfigError


def refuse_to_replace(
    path: Path, is_ours: Callable[[], bool], what: str, earlier: str, remedy: str
) -> None:
    """Raise ConfigError if there is something at ``path`` that may not be replaced.

    A link may not, which leads elsewhere, nor what ``is_ours`` does not know for an ``earlier`` one
    of the kind.  ``what`` the path is and the ``remedy`` are for the message.
    """
    if path.is_symlink() or (path.exists() and not is_ours()):
        raise ConfigError(
            f"the {what} {str(path)!r}",
            f"be new or an earlier {earlier}",
            "is a link" if path.is_symlink() else "is neither",
            remedy,
        )
