"""The parts of a sweep that jobs compute, and which of them ends last."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Self

from nnuniverse.config import SweepConfig, config_yaml
from nnuniverse.errors import NotWritableError
from nnuniverse.regular_files import open_in_place
from nnuniverse.runs.lock import takes
from nnuniverse.sweeps.folder import REMEDY, SweepFolder
from nnuniverse.sweeps.grid import Point

try:
    import fcntl
except ImportError:  # not on Windows, where every part that could be the last takes itself for it
    fcntl = None  # type: ignore[assignment]

BEGUN = b"+"


@dataclass(frozen=True)
class Part:
    """Every ``of``-th point of a sweep, from ``number`` on: what one job among many computes."""

    number: int
    of: int

    def has(self, point: Point) -> bool:
        """Return whether ``point`` belongs to the part."""
        return point.number % self.of == self.number


WHOLE = Part(0, 1)


class PartRecord:
    """What the parts of a sweep know of each other, while one of them is computed.

    A file with a byte for every part, so that asking costs the same however many there are.  A part
    writes into its byte that it has begun, once, and holds a shared lock on it as long as it is
    computed: so does the same part in another job.  The system takes the lock back from a killed
    process.  The record is of one sweep; a sweep that was changed has another.
    """

    def __init__(self, folder: SweepFolder, sweep: SweepConfig, part: Part) -> None:
        digest = hashlib.sha256(config_yaml(sweep).encode()).hexdigest()
        self._path = folder.path / f".parts-{part.of}-{digest[:16]}"
        self._part = part

    def __enter__(self) -> Self:
        """Begin; waits while the part that was last for now writes the tables.

        Raises NotWritableError if the folder is not writable.
        """
        number = self._part.number
        try:
            self._file = open_in_place(self._path)
            takes(lambda: fcntl.lockf(self._file, fcntl.LOCK_SH, 1, number))
            self._file.seek(number)
            self._file.write(BEGUN)
        except OSError as error:
            actual = f"is not: {error.strerror}"
            raise NotWritableError(f"{str(self._path)!r}", "be writable", actual, REMEDY) from error
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def ends_last(self) -> bool:
        """End this part, and return whether all others have begun and none is being computed.

        If so, none can begin before the record is closed.  Whoever ends while another finds itself
        the last is not: that one looks at the runs only after it has found so.
        """
        number, of = self._part.number, self._part.of
        # Given up first: of two that end at the same time, each would else wait for the other.
        takes(lambda: fcntl.lockf(self._file, fcntl.LOCK_UN, 1, number))
        if not takes(lambda: fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, of)):
            return False
        self._file.seek(0)
        if self._file.read(of) == BEGUN * of:
            return True
        takes(lambda: fcntl.lockf(self._file, fcntl.LOCK_UN, of))
        return False
