"""Finding the runs of a config again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnuniverse.errors import NNUniverseError, RunError, must
from nnuniverse.runs.folder import LOCK_NAME, SHORT_HASH, RunFolder
from nnuniverse.runs.lock import is_being_written
from nnuniverse.runs.provenance import Provenance
from nnuniverse.runs.record import Descriptions, RunRecord, read_run
from nnuniverse.runs.results import DIVERGED_EPOCH

ENDED = ("complete", "diverged")

HALF_MADE = {"config.yaml", "figures", LOCK_NAME}
"""What is in the folder of a new run before it has its provenance."""


@dataclass(frozen=True)
class FoundRun:
    """A run as its provenance tells of it.

    ``family_hash``: shared by runs that differ only by seeds; ``status``: of the process that
    trained it last; ``seconds``: that all of them trained.
    """

    folder: RunFolder
    run_hash: str
    family_hash: str
    seeds: tuple[int, ...]
    status: str
    seconds: float

    @property
    def ended(self) -> bool:
        """Whether it was trained to its end."""
        return self.status in ENDED


def find_runs(folder: Path, run_hash: str | None = None) -> Iterator[FoundRun]:
    """Yield the runs in ``folder``, oldest first; of the hash ``run_hash`` only, if given."""
    pattern = f"*-{run_hash[:SHORT_HASH]}" if run_hash else "*"
    for path in sorted(folder.glob(f"{pattern}/provenance.json")):
        if path.parent.name.startswith("."):  # being removed
            continue
        found = _read(RunFolder(path.parent))
        if found and run_hash in (None, found.run_hash):
            yield found


def _read(folder: RunFolder) -> FoundRun | None:
    """Return the run in ``folder``, None if its provenance is damaged or older than the lookup."""
    content = Provenance.read(folder.provenance).content
    segments: list[dict[str, Any]] = [s for s in content["segments"] if isinstance(s, dict)]
    try:
        return FoundRun(
            folder,
            str(content["run_hash"]),
            str(content["family_hash"]),
            tuple(map(int, content["seeds"])),
            str(segments[-1].get("status", "")) if segments else "",
            sum(float(segment.get("seconds", 0.0)) for segment in segments),
        )
    except (LookupError, TypeError, ValueError):
        return None


def find_half_made(folder: Path, run_hash: str) -> Iterator[Path]:
    """Yield folders of the run whose process was killed before it wrote down what it is."""
    for path in folder.glob(f"*-{run_hash[:SHORT_HASH]}"):
        if path.name.startswith(".") or not path.is_dir():
            continue
        names = {file.name for file in path.iterdir() if file.suffix != ".tmp"}
        if names <= HALF_MADE and not is_being_written(path):
            yield path


def read_ended_run(path: Path, described: Descriptions | None = None) -> RunRecord:
    """Return the record of a run that was trained to its end.

    ``described``: as for `read_run`.  Raises RunError if it cannot be read whole, or ends before
    its config's last epoch.
    """
    try:
        record = read_run(path, described=described)
        epochs = record.config.train.epochs
        diverged = bool((record[DIVERGED_EPOCH.name] >= 0).all())
    except NNUniverseError as error:
        raise RunError(str(error)) from error
    if record.epochs != epochs and not diverged:
        raise RunError(
            must(
                f"{str(record.folder.results)!r}",
                f"hold {epochs} epochs",
                f"holds {record.epochs}",
                "`nnu train --resume` with the run",
            )
        )
    return record
