"""The folder of a sweep, beside those of its runs, and the right to compute one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nnuniverse.config import SweepConfig, config_yaml, load_sweep
from nnuniverse.errors import ConfigError, NotWritableError
from nnuniverse.regular_files import is_file, is_folder, open_own, open_regular, read_regular
from nnuniverse.runs import RunFolder, replace_file
from nnuniverse.runs.atomic import remove_leftovers
from nnuniverse.runs.folder import SWEEP_FILE
from nnuniverse.runs.lock import takes

try:
    import fcntl
except ImportError:  # not on Windows, where two sweeps at once are not kept apart
    fcntl = None  # type: ignore[assignment]

LEFT_SECONDS = 3600.0
"""Age at which a temporary file is one that a killed sweep has left: writing takes seconds."""

WRITTEN_OUT = Path()
"""Where relative paths in the folder's own file start: only those of 0.1.0 have any."""

MAX_JSON_BYTES = 2**28
"""A longer file is none of ours: a cache of a million runs takes a third of it."""

REMEDY = "freeing space, then the same `nnu sweep` again"


@dataclass(frozen=True)
class SweepFolder:
    """``<root>/<name>/``: the folders of the runs, and the names beside them."""

    path: Path

    @property
    def root(self) -> Path:
        """The folder that holds the runs of every name."""
        return self.path.parent

    @property
    def config(self) -> Path:
        """The sweep as it was started last, its base written out."""
        return self.path / SWEEP_FILE

    @property
    def results(self) -> Path:
        """Everything measured, over the axes, replicas and snapshots; netCDF."""
        return self.path / "sweep.h5"

    @property
    def table(self) -> Path:
        """A line per point and replica, CSV."""
        return self.path / "sweep.csv"

    def write_config(self, sweep: SweepConfig) -> None:
        """Put ``sweep`` in the place of the one before."""
        self.path.mkdir(parents=True, exist_ok=True)
        remove_leftovers(self.path, unchanged_for=LEFT_SECONDS)
        replace_file(self.config, config_yaml(sweep).encode(), REMEDY)
        with open_regular(self.config) as file:  # that there are no locks is said here, once
            takes(lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB))

    # --- failures ----------------------------------------------------------------------------

    def failure(self, task_id: str) -> dict[str, object] | None:
        """Return why a task failed, None if it did not.

        ``task_id``: which task.
        """
        try:
            content = json.loads(read_regular(self._failure(task_id), MAX_JSON_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        return content if isinstance(content, dict) else None

    def record_failure(self, task_id: str, **facts: object) -> None:
        """Keep the reason why a task failed.

        ``task_id``: which task.
        """
        path = self._failure(task_id)
        path.parent.mkdir(exist_ok=True)
        replace_file(path, json.dumps(facts, indent=1).encode(), REMEDY)

    def forget_failure(self, task_id: str) -> None:
        """Forget that a task failed.

        ``task_id``: which task.
        """
        self._failure(task_id).unlink(missing_ok=True)

    def _failure(self, task_id: str) -> Path:
        return self.path / ".failures" / f"{task_id}.json"

    # --- claims ------------------------------------------------------------------------------

    @contextmanager
    def claim(self, task_id: str) -> Iterator[bool]:
        """Hold the right to compute a task, if the value is True; else another process has it.

        A lock on one byte, far behind the end of an empty file, which the system takes back from a
        killed process.  Where the file system has no locks, everybody has the right.  Raises
        NotWritableError if the folder is not writable.

        ``task_id``: which task.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with self._open_claims() as file:
            yield takes(
                lambda: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte_of(task_id))
            )

    def _open_claims(self) -> BinaryIO:
        try:
            return open_own(self._claims)
        except OSError as error:
            actual = f"is not: {error.strerror}"
            subject = f"{str(self._claims)!r}"
            raise NotWritableError(subject, "be writable", actual, REMEDY) from error

    def is_claimed(self, task_id: str) -> bool:
        """Return whether a process computes a task; asking needs no right to write.

        ``task_id``: which task.
        """
        try:
            file = open_regular(self._claims)
        except OSError:  # not there, or nothing that `claim` would open either
            return False
        with file:
            return not takes(
                lambda: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, _byte_of(task_id))
            )

    @property
    def _claims(self) -> Path:
        return self.path / ".claims"


def _byte_of(task_id: str) -> int:
    return int(task_id[:15], 16)


def open_sweep_folder(path: str | Path) -> SweepFolder:
    """Return the folder of a sweep; raises ConfigError if it is none.

    ``path``: of the folder.
    """
    folder = SweepFolder(Path(path))
    if is_file(RunFolder(folder.path).config):
        actual, remedy = "is that of a run", f"`nnu train --resume {path}`"
        raise ConfigError(f"SWEEP {str(path)!r}", "be a sweep's folder", actual, remedy)
    if not is_file(folder.config):
        raise ConfigError(
            f"SWEEP {str(path)!r}", "be a sweep's folder", "holds no sweep.yaml", "`nnu runs`"
        )
    return folder


def read_sweep(path: Path, overrides: tuple[str, ...] = ()) -> SweepConfig:
    """Return the sweep of a file, or that of a sweep's folder as it was started last.

    ``path``: of the file or folder; ``overrides``: ``dotted.key=value`` each.
    """
    if not is_folder(path):
        return load_sweep(path, overrides)
    folder = open_sweep_folder(path)
    name, actual = load_sweep(folder.config, (), WRITTEN_OUT).name, path.resolve().name
    if name != actual:  # the sweep would go on elsewhere
        raise ConfigError(
            f"SWEEP {str(path)!r}", f"be called {name}", f"is called {actual}", "renaming it"
        )
    return load_sweep(folder.config, overrides, WRITTEN_OUT)
