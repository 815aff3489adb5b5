"""Where a command puts the file of what it has found, beside what it prints."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nnuniverse.cli.options import remark, say
from nnuniverse.cli.replacing import refuse_to_replace
from nnuniverse.errors import RunError

if TYPE_CHECKING:
    from nnuniverse.runs.derived_file import DerivedFile


class _Found(Protocol):
    """What was found of a config or a run, which writes itself into a folder."""

    def write(self, folder: Path, name: str | None = None) -> Path: ...


def store(write: Callable[[], object]) -> None:
    """Let ``write`` store what was found; in a folder of somebody else's it is only printed."""
    try:
        write()
    except RunError as error:
        remark(f"not stored: {error}")


def show_nets(done: int, of: int) -> None:
    """Tell on a terminal which of several nets is next."""
    if sys.stderr.isatty():
        say(f"net {done + 1} of {of}", err=True)


def require_place(out: Path | None, file: DerivedFile) -> None:
    """Raise ConfigError if ``out`` is a file that is there and no earlier ``file`` of ours."""
    if out is not None and _is_file_name(out):
        refuse_to_replace(out, lambda: file.is_at(out), "file", file.name, remedy="another --out")


def store_at(found: _Found, out: Path | None, run: Path | None) -> None:
    """Store what was ``found`` at ``out``, a folder or a file, else in the folder of a ``run``."""
    if out is not None:
        is_file = _is_file_name(out)
        place = out.parent if is_file else out
        place.mkdir(parents=True, exist_ok=True)
        say(found.write(place, out.name if is_file else None), err=True)
    elif run is not None:
        store(lambda: found.write(run))


def _is_file_name(out: Path) -> bool:
    from nnuniverse.runs.file_record import DERIVED_FILES

    return out.suffix in DERIVED_FILES
