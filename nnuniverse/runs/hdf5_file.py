"""HDF5 files that are too large to be made in memory."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import h5py

from nnuniverse.runs.seal import SEAL_BYTES, seal_file

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


@contextmanager
def hdf5_file(path: Path) -> Iterator[tuple[h5py.File, Callable[[], None]]]:
    """Make an HDF5 file at ``path``, sealed at the end.

    Yields it and a function that raises once the disk is full.

    Raises OSError, also at the end, if the disk was.
    """
    with path.open("w+b", buffering=0) as disk:
        patient = _PatientFile(disk)
        with h5py.File(patient, "w", userblock_size=SEAL_BYTES) as file:
            yield file, patient.require_written
        patient.require_written()
    seal_file(path)


class _PatientFile(io.RawIOBase):
    """A file that keeps in memory what no longer fits on the disk, and remembers why.

    HDF5 cannot close a file whose writes fail, and then takes the process with it.
    """

    def __init__(self, disk: io.FileIO) -> None:
        super().__init__()
        self._disk = disk
        self._place = 0
        self._rest: list[tuple[int, bytes]] = []
        self._error: OSError | None = None

    def require_written(self) -> None:
        """Raise the first OSError that a write has met."""
        if self._error is not None:
            raise self._error

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._end()}[whence]
        self._place = start + offset
        return self._place

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def write(self, data: ReadableBuffer) -> int:
        content = bytes(data)
        done = 0
        try:
            self._disk.seek(self._place)
            while done < len(content) and self._error is None:
                done += self._disk.write(content[done:])
        except OSError as error:
            self._error = error
        if done < len(content):
            self._rest.append((self._place + done, content[done:]))
        self._place += len(content)
        return len(content)

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        self._disk.seek(self._place)
        content = bytearray(self._disk.read(len(view)).ljust(len(view), b"\0"))
        for place, part in self._rest:
            first = max(place, self._place)
            last = min(place + len(part), self._place + len(view))
            if first < last:
                content[first - self._place : last - self._place] = part[
                    first - place : last - place
                ]
        view[:] = content
        self._place += len(view)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        size = self._place if size is None else size
        try:
            self._disk.truncate(size)
        except OSError as error:
            self._error = self._error or error
        return size

    def _end(self) -> int:
        return max(
            self._disk.seek(0, io.SEEK_END), *(place + len(part) for place, part in self._rest), 0
        )
