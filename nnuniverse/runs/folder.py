"""Where a run lies: ``<root>/<name>/<UTC time>-<short hash>/``."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from nnuniverse.errors import ConfigError, NotWritableError, RunError
from nnuniverse.regular_files import is_file, open_own
from nnuniverse.runs.atomic import RESUME, replace_file, sync
from nnuniverse.runs.checkpoint import SLOTS
from nnuniverse.runs.unfinished import GRAND_CHAINS

SHORT_HASH = 8
"""Characters of a hash in a folder's name."""

UNFINISHED = ".new."
"""What the name of a folder begins with until it holds what every run has."""

UNFINISHED_SECONDS = 3600.0
"""Age at which it is one that a killed process has left: filling it takes less than a second."""

LOCK_NAME = ".lock"

FIGURES = "figures"

PERTURBED = "perturbed"
"""The folder of the runs in which `nnu perturb` trains the nets of a run again."""

DUALS = "duals"
"""The folder of the runs in which `nnu dual` trains nets of the boundary neurons of a run's."""

SWEEP_FILE = "sweep.yaml"
"""What the folder of a sweep holds beside its runs."""

FILES = (
    "config.yaml",
    "results.h5",
    "provenance.json",
    "log.txt",
    "analysis.h5",
    "mechanics.h5",
    "align.h5",
    "dual.h5",
    "grand.h5",
    "hidden.h5",
    "holography.h5",
    "perturb.h5",
    "strings.h5",
    "structure.h5",
    "report.html",
    "annotations.json",
    LOCK_NAME,
    GRAND_CHAINS,
    *SLOTS,
)
"""What is written into a run folder, besides figures: nothing else in it is a run's."""

_NAME = re.compile(rf"\d{{8}}T\d{{6}}Z-[0-9a-f]{{{SHORT_HASH}}}", re.ASCII)


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, and the names in it."""

    path: Path

    @property
    def name(self) -> str:
        """Its name below that of its config, as ``deep/20260101T000000Z-0123abcd``."""
        whole = self.path.resolve()
        return f"{whole.parent.name}/{whole.name}"

    @property
    def config(self) -> Path:
        """The complete effective config, YAML."""
        return self.path / "config.yaml"

    @property
    def results(self) -> Path:
        """Everything measured, HDF5 in the shape of netCDF4."""
        return self.path / "results.h5"

    @property
    def provenance(self) -> Path:
        """What the run was made with, JSON."""
        return self.path / "provenance.json"

    @property
    def log(self) -> Path:
        """What happened when, text."""
        return self.path / "log.txt"

    @property
    def figures(self) -> Path:
        """Where plots of the run go."""
        return self.path / FIGURES

    @property
    def annotations(self) -> Path:
        """Tags and a note that people have put on the run, JSON."""
        return self.path / "annotations.json"

    @property
    def started(self) -> str | None:
        """When the run was begun, UTC, as the name of the folder says; None if it does not."""
        if not self.named_by_a_run:
            return None
        text = self.path.name.partition("-")[0]
        try:
            return f"{datetime.strptime(text, '%Y%m%dT%H%M%SZ'):%Y-%m-%dT%H:%M:%SZ}"
        except ValueError:  # digits that are no time
            return None

    @property
    def named_by_a_run(self) -> bool:
        """Whether the folder is called as a run calls it."""
        return bool(_NAME.fullmatch(self.path.name))

    def note(self, message: str) -> None:
        """Add a line with the time to the log; raises NotWritableError.

        ``message``: one line.
        """
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {message}\n"
        try:
            with open_own(self.log) as log:
                log.write(line.encode(errors="backslashreplace"))
        except OSError as error:
            raise NotWritableError(
                f"{str(self.log)!r}", "be writable", f"is not: {error.strerror}", RESUME
            ) from error

    @property
    def in_a_sweep(self) -> bool:
        """Whether it lies in the folder of a sweep, which knows its runs by what they are."""
        return is_file(self.path.resolve().parent / SWEEP_FILE)

    def size(self) -> int:
        """Return the bytes that the folder's files take; they may come and go meanwhile."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):
                    found = os.lstat(os.path.join(folder, name))  # noqa: PTH118
                    total += found.st_size if stat.S_ISREG(found.st_mode) else 0
        return total

    def own_link(self) -> Path | None:
        """Return the first of its own names that is a link, which leads to what is no run's."""
        own = (self.path / name for name in (*FILES, FIGURES))
        return next((path for path in own if path.is_symlink()), None)

    def __str__(self) -> str:
        return str(self.path)


def create_run_folder(
    root: Path,
    name: str,
    run_hash: str,
    started: datetime,
    content: Mapping[str, bytes] = MappingProxyType({}),
) -> RunFolder:
    """Make the folder of a new run under ``root``, with the files of which ``content`` tells.

    It is filled under another name and then gets its own, so that it is there whole or not at all.
    Raises ConfigError if it exists (nothing is ever overwritten) and RunError if it cannot be
    made.

    ``run_hash``: of its identity; ``started``: when it was.
    """
    folder = RunFolder(root / name / f"{started:%Y%m%dT%H%M%SZ}-{run_hash[:SHORT_HASH]}")
    filled = folder.path.with_name(f"{UNFINISHED}{folder.path.name}-{secrets.token_hex(4)}")
    try:
        folder.path.parent.mkdir(parents=True, exist_ok=True)
        if folder.path.exists():
            raise _taken(folder)
        _remove_unfinished(folder.path.parent)
        filled.mkdir()
        (filled / folder.figures.name).mkdir()
        for file, image in content.items():
            replace_file(filled / file, image, "another --out")
        filled.rename(folder.path)
        sync(folder.path.parent)
    except OSError as error:
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR) and folder.path.exists():
            raise _taken(folder) from None  # just now, by another process
        raise RunError(
            f"the run folder {str(folder)!r}",
            "be writable",
            f"cannot be made: {error.strerror}",
            "another --out",
        ) from error
    finally:
        shutil.rmtree(filled, ignore_errors=True)
    return folder


def _taken(folder: RunFolder) -> ConfigError:
    return ConfigError(
        f"the run folder {str(folder)!r}",
        "be new",
        "exists already",
        f"`nnu train --resume {folder}`, or again in a second for a new run",
    )


def _remove_unfinished(folder: Path) -> None:
    """Remove what processes that were killed while they made a run folder have left."""
    for left in folder.glob(f"{UNFINISHED}*"):
        with suppress(OSError):  # its process has just given it its name
            if time.time() - left.stat().st_mtime > UNFINISHED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def open_run_folder(path: str | Path) -> RunFolder:
    """Return the run folder at ``path``; raises ConfigError if there is none."""
    folder = RunFolder(Path(path))
    if is_file(folder.config):
        return folder
    actual, remedy = "holds no config.yaml", "`nnu runs`"
    if is_file(path):
        actual, remedy = "is a file", "the folder of a run, or `nnu train` with a config"
    elif is_file(folder.path / SWEEP_FILE):
        actual, remedy = "is that of a sweep", f"one of `nnu runs {path}`"
    raise ConfigError(f"RUN {str(path)!r}", "be a run folder", actual, remedy)
