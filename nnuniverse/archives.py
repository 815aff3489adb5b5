"""Arrays in ``.npz`` archives that nobody vouches for: claims are checked before reading."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import numpy as np
import psutil
from numpy.lib import format as npy

from nnuniverse.errors import DataError

SHARE = 0.5
"""Of the memory available, how much a file may fill: the rest is for what is made of it."""

UNSUSPECTED, LARGEST_RATIO = 2**30, 50
"""A file that claims more bytes than the one may be compressed by no more than the other.

Data sets are: the digits by 5, binary images in float64 by some 40; deflated zeros are by 1,000.
"""

HEADER_BYTES = 1 << 16
"""Where the header of an array has to end; NumPy takes 10,000 at the most."""

LONGEST_REASON = 200
"""Letters of what a library says, which may quote the whole file."""

LARGEST = 2**48
"""Elements of an array, more than any memory holds."""

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What NumPy writes, but for the names of structured arrays."""


class Archive:
    """The arrays of the ``.npz`` archive that ``stream`` is opened on, by name; see `read`.

    ``subject`` names it in messages.  Raises DataError if it is no archive or names an array twice.
    """

    def __init__(self, stream: IO[bytes], subject: str) -> None:
        self._stream, self._subject = stream, subject
        if not zipfile.is_zipfile(stream):
            raise self._unfit("be an .npz file", "is not a zip archive")
        with self.reading():
            self._zip = zipfile.ZipFile(stream)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.filename.removesuffix(".npy")
            if name in self._members:
                raise self._unfit("name each array once", f"repeats {name}")
            self._members[name] = member

    @property
    def names(self) -> list[str]:
        """The names of all members."""
        return list(self._members)

    def read(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return arrays by name; nothing is unpickled, and nothing is read that does not fit.

        Raises DataError if one is missing, corrupt, compressed by another method than NumPy's or
        is no array; if its header claims another size than it has; or for `require_room`.

        ``names``: of the arrays.
        """
        missing = [name for name in names if name not in self._members]
        if missing:
            held = ", ".join(self._members) or "nothing"
            requirement = f"hold the arrays {', '.join(names)}"
            raise self._unfit(requirement, f"holds {held}", "renaming them")
        size = sum(self._members[name].file_size for name in names)
        require_room(self._subject, size, self._stream.seek(0, io.SEEK_END))
        return {name: self._array(name) for name in names}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn whatever a library raises about the content into a DataError."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except DataError:
            raise
        except Exception as error:  # numpy and zipfile raise a dozen kinds, and list them nowhere
            actual = f"does not ({reason_of(error)})"
            raise self._unfit("hold readable arrays", actual) from error

    def _array(self, name: str) -> np.ndarray:
        member = self._members[name]
        with self.reading():
            if member.compress_type not in METHODS:
                raise NotImplementedError(f"{name} is compressed by method {member.compress_type}")
            with self._zip.open(member) as content:
                beginning = content.read(HEADER_BYTES)
            if not beginning.startswith(npy.MAGIC_PREFIX):
                raise self._unfit(f"hold the array {name}", "that member is not an array")
            _check_claim(name, io.BytesIO(beginning), member.file_size)
            with self._zip.open(member) as content:
                array: np.ndarray = npy.read_array(content, allow_pickle=False)
                content.read(1)  # at its end zipfile compares the checksum
        return array

    def _unfit(self, requirement: str, actual: str, remedy: str = "saving it anew") -> DataError:
        remedy = f"{remedy} with numpy.savez_compressed"
        return DataError(self._subject, requirement, actual, remedy)


def reason_of(error: Exception) -> str:
    """Return the kind of an error that a library raised about a file, and what it says, short."""
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]


def require_room(subject: str, needed: int, held: int) -> None:
    """Raise DataError if a file of ``held`` bytes claims to hold ``needed`` that it should not.

    That is more than `SHARE` of the memory available, or compressed as data are not.

    ``subject``: the file, in words.
    """
    room = int(SHARE * psutil.virtual_memory().available)
    if needed > room:
        raise DataError(
            subject,
            f"fit into half the memory available, {room / 2**30:.3g} GiB",
            f"needs {needed / 2**30:.3g} GiB",
            "a smaller file, or a larger machine",
        )
    if needed > UNSUSPECTED and needed > LARGEST_RATIO * held:
        raise DataError(
            subject,
            f"be compressed by less than {LARGEST_RATIO} if it holds more than "
            f"{UNSUSPECTED / 2**30:.3g} GiB",
            f"holds {needed / 2**30:.3g} GiB in {held} bytes",
            "saving it uncompressed, if it really holds that",
        )


def _check_claim(name: str, beginning: IO[bytes], size: int) -> None:
    """Raise ValueError unless an array's header claims the ``size`` of its member, in bytes."""
    version = npy.read_magic(beginning)
    if version not in HEADERS:
        raise ValueError(f"{name} has the .npy format {version}")
    shape, _, dtype = HEADERS[version](beginning)
    if dtype.hasobject:
        return  # which NumPy refuses
    claimed, there = math.prod(shape) * dtype.itemsize, size - beginning.tell()
    # An empty array may have axes as no array with elements could; its copies would fail.
    axes = math.prod(max(length, 1) for length in shape)
    if min(shape, default=0) < 0 or axes > LARGEST or not dtype.itemsize or claimed != there:
        raise ValueError(f"{name} claims {claimed} bytes of shape {shape} and holds {there}")
