"""Finding the runs of a config again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnuniverse.errors import InUseError, NNUniverseError, RunError
from nnuniverse.runs.evolution import STEPS
from nnuniverse.runs.folder import SHORT_HASH, RunFolder
from nnuniverse.runs.identity import ATTRIBUTE, read_identity
from nnuniverse.runs.provenance import Provenance, segments_of
from nnuniverse.runs.record import Descriptions, RunRecord, read_run

ENDED = ("complete", "diverged")

IN_USE = "in use"
"""The status of a run that another program has open, so that it cannot be told to be whole."""


@dataclass(frozen=True)
class FoundRun:
    """A run as its provenance tells of it.

    ``family_hash``: shared by runs that differ only by seeds; ``status``: of the process that
    trained it last; ``seconds``: that all of them trained; ``identified``: whether it says what
    makes up its hashes, unlike a run of version 0.1.0.
    """

    folder: RunFolder
    run_hash: str
    family_hash: str
    seeds: tuple[int, ...]
    status: str
    seconds: float
    identified: bool

    @property
    def ended(self) -> bool:
        """Whether it was trained to its end."""
        return self.status in ENDED

    @property
    def in_use(self) -> bool:
        """Whether another program has its results open, which nobody can tell to be whole."""
        return self.status == IN_USE


def find_runs(folder: Path, run_hash: str | None = None) -> Iterator[FoundRun]:
    """Yield the runs in ``folder``, oldest first; of the hash ``run_hash`` only, if given."""
    pattern = f"*-{run_hash[:SHORT_HASH]}" if run_hash else "*"
    for path in sorted(folder.glob(f"{pattern}/provenance.json")):
        if path.parent.name.startswith("."):  # being removed
            continue
        found = _read(RunFolder(path.parent))
        if found and run_hash in (None, found.run_hash):
            yield found


def newest_of_hash(root: Path, run_hash: str) -> FoundRun | None:
    """Return the run of the hash ``run_hash`` under ``root`` that was begun last, if there is one.

    Runs under every name count, and those that have ended before any that has not; what cannot be
    looked into holds none.
    """
    try:
        found = [run for name in root.glob("[!.]*") for run in find_runs(name, run_hash)]
    except OSError:
        return None
    return max(found, key=lambda run: (run.ended, run.folder.path.name), default=None)


def _read(folder: RunFolder) -> FoundRun | None:
    """Return the run in ``folder``, None if its provenance is damaged or older than the lookup."""
    provenance = Provenance.read(folder.provenance)
    content = provenance.content
    try:
        return FoundRun(
            folder,
            str(content["run_hash"]),
            str(content["family_hash"]),
            tuple(map(int, content["seeds"])),
            provenance.status,
            sum(float(segment.get("seconds", 0.0)) for segment in segments_of(content)),
            read_identity(content.get(ATTRIBUTE)) is not None,
        )
    except (LookupError, TypeError, ValueError):
        return None


def read_ended_run(path: Path, described: Descriptions | None = None) -> RunRecord:
    """Return the record of a run that was trained to its end.

    ``described``: as for `read_run`.  Raises RunError if it cannot be read whole, or ends before
    its config's last epoch; InUseError if another program has it open.

    ``path``: of its folder.
    """
    try:
        record = read_run(path, described=described)
        if record.is_ensemble:
            return _whole_ensemble(record)
        epochs = record.config.train.epochs
        ended = bool(record.ended.all())
    except InUseError:
        raise
    except NNUniverseError as error:
        raise RunError(str(error)) from error
    if record.epochs != epochs and not ended:
        raise RunError(
            f"{str(record.folder.results)!r}",
            f"hold {epochs} epochs",
            f"holds {record.epochs}",
            "`nnu train --resume` with the run",
        )
    return record


def _whole_ensemble(record: RunRecord) -> RunRecord:
    """Return the ``record`` of an ensemble; raises RunError unless all its steps were taken."""
    steps = int(np.asarray(record.attributes[STEPS]))
    if record["record_step"][-1] != steps:
        raise RunError(
            f"{str(record.folder.results)!r}",
            f"hold {steps} steps",
            f"holds {int(record['record_step'][-1])}",
            "`nnu evolve --resume` with the run",
        )
    return record
