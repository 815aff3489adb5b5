"""Where a run lies: ``<root>/<name>/<UTC time>-<short hash>/``."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nnuniverse.errors import ConfigError, RunError, must

SHORT_HASH = 8
"""Characters of a hash in a folder's name."""


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run, and the names in it."""

    path: Path

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
        return self.path / "figures"

    def note(self, message: str) -> None:
        """Add a line with the time to the log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {message}\n")

    def size(self) -> int:
        """Return the bytes that the folder's files take; they may come and go meanwhile."""
        total = 0
        for file in self.path.rglob("*"):
            with suppress(FileNotFoundError):
                total += file.stat().st_size if file.is_file() else 0
        return total

    def __str__(self) -> str:
        return str(self.path)


def create_run_folder(root: Path, name: str, run_hash: str, started: datetime) -> RunFolder:
    """Make the folder of a new run under ``root``.

    Raises ConfigError if it exists (nothing is ever overwritten) and RunError if it cannot be
    made.
    """
    folder = RunFolder(root / name / f"{started:%Y%m%dT%H%M%SZ}-{run_hash[:SHORT_HASH]}")
    try:
        folder.path.mkdir(parents=True)
        folder.figures.mkdir()
    except FileExistsError:
        raise ConfigError(
            must(
                f"the run folder {str(folder)!r}",
                "be new",
                "exists already",
                f"`nnu train --resume {folder}`, or again in a second for a new run",
            )
        ) from None
    except OSError as error:
        raise RunError(
            must(
                f"the run folder {str(folder)!r}",
                "be writable",
                f"cannot be made: {error.strerror}",
                "another --out",
            )
        ) from error
    return folder


def open_run_folder(path: str | Path) -> RunFolder:
    """Return the run folder at ``path``; raises ConfigError if there is none."""
    folder = RunFolder(Path(path))
    if not folder.config.is_file():
        raise ConfigError(
            must(f"RUN {str(path)!r}", "be a run folder", "holds no config.yaml", "`nnu runs`")
        )
    return folder
