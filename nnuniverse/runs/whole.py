"""HDF5 files that are what was written, which is found out first: HDF5 may crash of others.

A file that this package wrote has its seal.  One without, of version 0.1.0 or of another program,
is read by another process first.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from nnuniverse.errors import InUseError, RunError
from nnuniverse.regular_files import open_regular
from nnuniverse.runs.inspection import NotPlain, require_plain
from nnuniverse.runs.inspector import reason_against
from nnuniverse.runs.lock import is_locked
from nnuniverse.runs.seal import SEAL_BYTES, has_seal, is_intact

if TYPE_CHECKING:
    import xarray
    from _typeshed import WriteableBuffer

FOREIGN = (
    OSError,
    LookupError,
    AttributeError,
    TypeError,
    ValueError,
    RuntimeError,
    MemoryError,
)
"""What h5py and xarray raise of a file that is not as the package writes them."""


@dataclass(frozen=True)
class Kind:
    """What files are, what to try where one is none, and whether chunks of them may be missing."""

    what: str
    remedy: str
    sparse: bool = False


def open_whole(path: Path, kind: Kind) -> h5py.File:
    """Open the HDF5 file at ``path``, one of a ``kind``, for reading.

    Raises RunError if it is not there, not whole, or holds anything else than named arrays;
    InUseError if it may be whole, but another program has it open for writing.
    """
    content = _open_content(path, kind)
    try:
        file = h5py.File(content, "r")
        try:
            require_plain(file, content.seek(0, os.SEEK_END), kind.sparse)
        except BaseException:
            file.close()
            raise
    except FOREIGN as error:
        reason = str(error) if isinstance(error, NotPlain) else "cannot be read as HDF5"
        raise _no(kind, path, reason) from error
    return file


def open_dataset(path: Path, kind: Kind) -> xarray.Dataset:
    """Open the file at ``path``, one of a ``kind``, as a dataset of xarray; raises as `open_whole`.

    Values are read on demand.
    """
    open_whole(path, kind).close()
    import xarray  # takes longer to load than all else

    content: Any = _open_content(path, kind)  # whose type lacks a mode, that nobody asks for
    try:
        return xarray.open_dataset(content, engine="h5netcdf")
    except Exception as error:  # it decodes attributes, which may say anything
        raise _no(kind, path, "cannot be read as netCDF") from error


def _no(kind: Kind, path: Path, reason: str) -> RunError:
    return RunError(repr(str(path)), f"be {kind.what}", reason, kind.remedy)


def _open_content(path: Path, kind: Kind) -> _Content:
    """Open the HDF5 part of the file at ``path`` once it is known to be whole."""
    try:
        file = open_regular(path)
        try:
            return _Content(file, _start_of_whole(file, path, kind), path, kind)
        except BaseException:
            file.close()
            raise
    except FileNotFoundError as error:
        raise _no(kind, path, "is not there") from error
    except OSError as error:
        raise _no(kind, path, f"cannot be read: {error.strerror}") from error


def _start_of_whole(file: io.BufferedReader, path: Path, kind: Kind) -> int:
    """Return where the HDF5 part of ``file`` begins, which is at ``path``; raises unless whole."""
    is_sealed = has_seal(file)
    if is_sealed and is_intact(file):
        return SEAL_BYTES
    # A digest shows that a file is whole though it is locked; without one nothing does.
    if is_locked(file):
        reason, remedy = "is open for writing in another program", "again without that"
        raise InUseError(repr(str(path)), f"be {kind.what}", reason, remedy)
    if is_sealed:
        raise RunError(repr(str(path)), "be what was written", "is damaged", kind.remedy)
    if reason := reason_against(path, kind.sparse):
        raise _no(kind, path, reason)
    return 0


class _Content(io.RawIOBase):
    """What follows the first ``start`` bytes of the file at ``path``, one of a ``kind``.

    It has been opened once, so that what is read is what was looked at; and by Python, since HDF5
    itself would refuse a file that another program has locked, and lock it.
    """

    def __init__(self, file: io.BufferedReader, start: int, path: Path, kind: Kind) -> None:
        super().__init__()
        self._file, self._start, self._opened = file, start, (path, kind)
        self._size = file.seek(0, os.SEEK_END) - start
        self._place = 0

    def __reduce__(self) -> tuple[object, ...]:
        return _open_content, self._opened

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        self._place = start + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        self._file.seek(self._start + self._place)
        content = self._file.read(len(view))
        done = len(content)
        view[:done] = content
        self._place += done
        return done

    def close(self) -> None:
        self._file.close()
        super().close()
