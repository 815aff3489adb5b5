"""The state from which a run continues."""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.regular_files import read_regular
from nnuniverse.runs.atomic import replace_file

SLOTS = ("checkpoint.0.npz", "checkpoint.1.npz")
"""Written in turn, so that a damaged one leaves the one before."""

DIGEST_BYTES = hashlib.sha256().digest_size
"""A checkpoint is a NumPy archive with its SHA-256 after it: zip notices only some damage."""

UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What NumPy raises of what is no archive of arrays, or none of a checkpoint's."""


@dataclass(frozen=True)
class Checkpoint:
    """The arrays of a training state by name, and the epoch after which they were taken."""

    epoch: int
    arrays: Mapping[str, np.ndarray]


class Checkpoints:
    """The checkpoints in the folder of a run whose config and data have the hash ``run_hash``.

    ``earlier``: the hashes that the run had while it was shorter.
    """

    def __init__(self, folder: Path, run_hash: str, *earlier: str) -> None:
        self._folder = folder
        self._run_hash = run_hash
        self._own = (run_hash, *earlier)
        self._next = 0
        self.damaged: list[str] = []

    def save(self, checkpoint: Checkpoint) -> None:
        """Write ``checkpoint`` over the older slot; raises RunError if that fails."""
        arrays = {f"state/{name}": array for name, array in checkpoint.arrays.items()}
        arrays["epoch"] = np.asarray(checkpoint.epoch, np.int64)
        arrays["run_hash"] = np.asarray(self._run_hash)
        replace_file(self._folder / SLOTS[self._next], sealed_archive(arrays))
        self._next = 1 - self._next

    def latest(
        self,
        epochs: float = math.inf,
        require_fit: Callable[[Checkpoint], object] = lambda checkpoint: None,
    ) -> Checkpoint | None:
        """Return the latest whole checkpoint, None if none was ever written.

        ``epochs``: of the run; ``require_fit``: raises RunError of a state that it cannot go on
        from.  One that is not of the run counts as damaged, and damaged ones are named in
        `damaged`.  Raises RunError if all that exist are.
        """
        found: dict[int, Checkpoint] = {}
        for slot, name in enumerate(SLOTS):
            if (self._folder / name).exists():
                try:
                    checkpoint = self._read(self._folder / name)
                    if not 0 <= checkpoint.epoch <= epochs:
                        raise ValueError("not after an epoch of the run")
                    require_fit(checkpoint)
                except (*UNREADABLE, RunError):
                    self.damaged.append(name)
                else:
                    found[slot] = checkpoint
        if not found:
            if self.damaged:
                raise RunError(
                    f"the checkpoint of {str(self._folder)!r}",
                    "be whole",
                    f"{' and '.join(self.damaged)} cannot be read",
                    "a new run; results.h5 still holds what was measured",
                )
            return None
        latest = max(found, key=lambda slot: found[slot].epoch)
        self._next = 1 - latest
        return found[latest]

    def _read(self, path: Path) -> Checkpoint:
        arrays = read_sealed(path)
        if str(arrays["run_hash"]) not in self._own:
            raise ValueError("a checkpoint of another run")
        epoch = arrays["epoch"]
        if epoch.shape != () or epoch.dtype.kind != "i":
            raise ValueError("not after an epoch")
        return Checkpoint(
            epoch=int(epoch),
            arrays={
                name.removeprefix("state/"): array
                for name, array in arrays.items()
                if name.startswith("state/")
            },
        )


def sealed_archive(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return a NumPy archive of ``arrays`` by name, with its SHA-256 after it."""
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    archive = content.getvalue()
    return archive + _digest(archive)


def read_sealed(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a `sealed_archive` in a file; raises some of `UNREADABLE`, or RunError.

    Nothing in it is run: archives of pickled objects are refused.

    ``path``: of the file.
    """
    content = read_regular(path)
    if content[-DIGEST_BYTES:] != _digest(content[:-DIGEST_BYTES]):
        raise ValueError("not what was written")
    with np.load(io.BytesIO(content[:-DIGEST_BYTES]), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
