"""Looking at an HDF5 file that may have been written by anybody, or be damaged.

HDF5 may crash on such a file, or take all memory.  So this module is also a program, which looks at
file after file in a process of its own; it imports nothing of the package, to begin at once.
"""

from __future__ import annotations

import json
import math
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import h5py
from h5py import h5a, h5d, h5l, h5o, h5s, h5t

MEMORY = 2**31
"""Bytes that the process may take: what it reads at once is far smaller."""

PART = 2**26
"""Bytes that are read at once."""

DEFLATED = 1032
"""The most bytes that zlib makes of one: a chunked dataset holds no more per byte of its file."""

SPARSE = 2**34
"""The most bytes of a dataset whose chunks need not all be there: four times the largest sweep
that was measured, and more than most machines could draw."""

TEXT_OF_SCALES = (b"CLASS", b"NAME")
DIMENSIONS = b"DIMENSION_LIST"
"""Attributes by which HDF5 knows the dimensions of a dataset."""

NUMBERS = (h5t.TypeIntegerID, h5t.TypeFloatID)

NUMBER_BYTES = 8
"""Of the largest numbers: Python has none that are larger."""


class NotPlain(ValueError):  # noqa: N818  a judgement
    """Why a file is not made as the package makes them; completes "but ..."."""


def require_plain(file: h5py.File, size: int, sparse: bool = False) -> None:
    """Raise `NotPlain` unless ``file``, of ``size`` bytes, is named arrays that it holds itself.

    Numbers or text, no larger than the file can hold; of a ``sparse`` one, chunks may be missing.
    """
    links = file.id.links  # h5py's own words for this take several times as long
    for name in file.id:
        shown = ascii(name.decode(errors="replace"))
        if links.get_info(name).type != h5l.TYPE_HARD:
            raise NotPlain(f"holds {shown}, a link to elsewhere")
        if h5o.get_info(file.id, name).type != h5o.TYPE_DATASET:
            raise NotPlain(f"holds {shown}, which is no dataset")
        dataset = h5d.open(file.id, name)
        kind, stored = dataset.get_type(), dataset.get_create_plist()
        if stored.get_layout() == h5d.VIRTUAL or stored.get_external_count():
            raise NotPlain(f"holds {shown}, whose values lie in other files")
        if not (_is_plain(kind) and dataset.get_space().get_simple_extent_type() == h5s.SIMPLE):
            raise NotPlain(f"holds {shown}, which is no array of numbers or text")
        most = size
        if stored.get_layout() == h5d.CHUNKED:
            most = SPARSE if sparse else size * DEFLATED
        if math.prod(dataset.shape) * kind.get_size() > most:
            raise NotPlain(f"declares more values of {shown} than it holds")
        if not _has_plain_scales(dataset):
            raise NotPlain(f"holds {shown}, whose dimensions are none")


def _has_plain_scales(dataset: h5d.DatasetID) -> bool:
    """Return whether HDF5 may look for the dimensions of ``dataset``, trusted to be ones."""
    for name in TEXT_OF_SCALES:
        if h5a.exists(dataset, name):
            kind = h5a.open(dataset, name).get_type()
            if not isinstance(kind, h5t.TypeStringID) or kind.is_variable_str():
                return False
    if not h5a.exists(dataset, DIMENSIONS):
        return True
    attribute = h5a.open(dataset, DIMENSIONS)
    kind = attribute.get_type()
    return (
        isinstance(kind, h5t.TypeVlenID)
        and kind.get_super().equal(h5t.STD_REF_OBJ)
        and attribute.shape == (dataset.rank,)
    )


def _is_plain(kind: h5t.TypeID) -> bool:
    """Return whether ``kind`` is one of numbers or text."""
    if isinstance(kind, NUMBERS):
        return bool(kind.dtype.itemsize <= NUMBER_BYTES)
    return isinstance(kind, h5t.TypeStringID)


def read_all(path: str, sparse: bool) -> None:
    """Read whatever is in the HDF5 file at ``path``; raises `NotPlain`, or what h5py raises.

    ``sparse``: whether files with holes are let pass.
    """
    with h5py.File(path, "r", locking=False) as file:
        require_plain(file, Path(path).stat().st_size, sparse)
        _ = dict(file.attrs)
        for dataset in file.values():
            _ = dict(dataset.attrs), dataset.is_scale
            _ = [dim[0].name for dim in dataset.dims if len(dim)]
            for part in _parts_of(dataset):
                _ = dataset[part]


def _parts_of(dataset: h5py.Dataset) -> Iterator[tuple[int | slice, ...]]:
    """Yield selections that together are all that ``dataset`` holds."""
    if dataset.chunks is None:
        yield from _parts(dataset.shape, dataset.dtype.itemsize)
        return
    places: list[tuple[int, ...]] = []
    dataset.id.chunk_iter(lambda chunk: places.append(chunk.chunk_offset))
    for place in places:
        yield tuple(slice(o, o + n) for o, n in zip(place, dataset.chunks, strict=True))


def _parts(shape: tuple[int, ...], itemsize: int) -> Iterator[tuple[int | slice, ...]]:
    if not shape:
        yield ()
        return
    row = max(1, math.prod(shape[1:]) * itemsize)
    if row <= PART:
        for start in range(0, shape[0], PART // row):
            yield (slice(start, start + PART // row),)
    else:
        for index in range(shape[0]):
            for rest in _parts(shape[1:], itemsize):
                yield (index, *rest)


# --- the program -------------------------------------------------------------------------------


def main() -> None:
    """Answer each line, the JSON of [path, sparse, seconds], with why not, or with an empty text.

    Ends with its input; dies of SIGALRM if a file takes longer than ``seconds``.
    """
    _limit()
    _answer("")
    for line in iter(sys.stdin.readline, ""):
        path, sparse, seconds = json.loads(line)
        signal.alarm(seconds)
        reason = _reason(path, sparse)
        signal.alarm(0)
        _answer(reason)


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        for kind, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_AS, MEMORY)):
            hard = resource.getrlimit(kind)[1]
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (least, hard))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])


def _reason(path: str, sparse: bool) -> str:
    try:
        read_all(path, sparse)
    except NotPlain as error:
        return str(error)
    except MemoryError:
        return f"takes more than {MEMORY} bytes to read"
    except Exception:  # whatever h5py makes of it
        return "cannot be read as HDF5"
    return ""


def _answer(text: str) -> None:
    print(json.dumps(text), flush=True)


if __name__ == "__main__":
    main()
