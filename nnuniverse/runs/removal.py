"""Removing run folders, such that each is either whole or no run any more."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.regular_files import is_file, is_folder
from nnuniverse.runs.atomic import is_leftover
from nnuniverse.runs.folder import DUALS, FIGURES, FILES, LOCK_NAME, PERTURBED, RunFolder
from nnuniverse.runs.lock import is_being_written, writing

ASIDE = ".removed."
"""What the name of a folder begins with from when it is no run any more until it is gone."""

DRAWN = (".png", ".svg", ".pdf", ".csv")
"""What the names of figures, and of their numbers, end with."""


def require_removable(folder: RunFolder) -> None:
    """Raise ConfigError if ``folder`` is not what a run has made, is a link, or is in use."""
    path = _absolute(folder)
    if path.is_symlink() or path.parent.is_symlink():
        raise ConfigError(
            f"RUN {str(folder)!r}", "lie under its root", "is a link", "removing the link"
        )
    if not (RunFolder(path).named_by_a_run and _is_filled_by_a_run(path)):
        raise ConfigError(
            f"RUN {str(folder)!r}",
            "be named and filled by a run to be removed",
            "is not",
            "removing it by hand",
        )
    foreign = list(_foreign(path))
    if foreign:
        more = f", and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise ConfigError(
            f"RUN {str(folder)!r}",
            "hold only what a run writes to be removed",
            f"holds {_described(foreign[0], path)}{more}",
            "moving that, or removing the folder by hand",
        )
    if is_being_written(path):
        raise ConfigError(f"RUN {str(folder)!r}", "not be running", "is", "again when it has ended")


def require_no_link(path: Path) -> None:
    """Raise ConfigError if ``path``, as it was given, leads through a link.

    What is removed is then not where it seems to be.
    """
    links = [part for part in (path, *path.parents) if part.is_symlink()]
    if links:
        raise ConfigError(
            f"RUN {str(path)!r}",
            "be no link to be removed, nor lie behind one",
            f"{str(links[-1])!r} is a link",
            f"{str(path.resolve())!r}",
        )


def _is_filled_by_a_run(folder: Path) -> bool:
    """Return whether a config is there, or nothing yet: the disk was full, say."""
    if is_file(RunFolder(folder).config):
        return True
    return is_folder(folder) and all(
        path.name in (FIGURES, LOCK_NAME) or is_leftover(path) for path in folder.iterdir()
    )


def _foreign(folder: Path) -> Iterator[Path]:
    """Yield what is in the folder of a run and is not a run's, by name; a link never is."""
    for path in sorted(folder.iterdir()):
        if path.name == FIGURES and _is_own_folder(path):
            yield from (figure for figure in sorted(path.iterdir()) if not _is_drawn(figure))
        elif path.name in (DUALS, PERTURBED) and _is_own_folder(path):
            yield from _foreign_among_retrainings(path)
        elif not (path.name in FILES and _is_own_file(path)) and not is_leftover(path):
            yield path


def _foreign_among_retrainings(folder: Path) -> Iterator[Path]:
    """Yield what is in the folder of retrainings and is not `nnu perturb`'s or `nnu dual`'s."""
    for of_name in sorted(folder.iterdir()):
        if not _is_own_folder(of_name):
            yield of_name
            continue
        for path in sorted(of_name.iterdir()):
            if RunFolder(path).named_by_a_run and _is_own_folder(path):
                yield from _foreign(path)
            elif not (path.suffix == ".npz" and _is_own_file(path)) and not is_leftover(path):
                yield path


def _described(foreign: Path, folder: Path) -> str:
    name = repr(str(foreign.relative_to(folder)))
    if foreign.is_symlink():
        return f"{name}, a link"
    return name if foreign.is_file() or foreign.is_dir() else f"{name}, no file"


def _is_drawn(path: Path) -> bool:
    return (path.suffix in DRAWN and _is_own_file(path)) or is_leftover(path)


def _is_own_file(path: Path) -> bool:
    return stat.S_ISREG(path.lstat().st_mode)


def _is_own_folder(path: Path) -> bool:
    return stat.S_ISDIR(path.lstat().st_mode)


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
            f"RUN {str(folder)!r}",
            "be removable",
            f"is not: {error.strerror}",
            "freeing it, then again",
        ) from error
    _remove_if_empty(path.parent)


def remove_remains(root: Path) -> None:
    """Remove what interrupted removals have left under ``root``."""
    for remains in list(root.glob(f"*/{ASIDE}*")):
        run = RunFolder(remains.with_name(remains.name.removeprefix(ASIDE)))
        if run.named_by_a_run and not remains.parent.is_symlink():
            shutil.rmtree(remains, ignore_errors=True)  # which leaves links alone
            _remove_if_empty(remains.parent)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):  # other runs are in it
        folder.rmdir()


def _absolute(folder: RunFolder) -> Path:
    """Return the path of ``folder`` with its own name at the end; links stay what they are."""
    path = folder.path
    return path.resolve() if path.name in ("", "..") else path.absolute()
