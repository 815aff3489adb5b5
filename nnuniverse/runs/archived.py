"""Runs that lie in an archive of `nnu archive`: unpacked once, read as any other, never changed.

The files of an archive are those of the folder that holds runs, with `DIGESTS` beside them, which
says what each of them must be.  They are unpacked into a folder of the user's own cache that is
called by the SHA-256 of `DIGESTS`.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from nnuniverse.errors import NNUniverseError, NotWritableError, RunError
from nnuniverse.regular_files import is_file, open_regular

ENVIRONMENT_VARIABLE = "NNU_ARCHIVES"
"""Where archives are unpacked; a folder of the user's own cache unless it is set."""

ENDING = ".zip"
"""What the name of an archive ends with."""

DIGESTS = "SHA256SUMS"
"""The member that holds the SHA-256 of every other one, as `sha256sum` reads it."""

KEY = 32
"""Characters of that SHA-256 in the name."""

MARKER = ".unpacked"
"""Lies beside the runs of an archive in the cache, and nowhere else."""

DEPTH = 5
"""Folders above a file of a run within which the marker lies: figures, run, name, archive."""

MOST_MEMBERS = 1_000_000
MOST_DIGEST_BYTES = 2**28
"""An archive with more is none of ours."""

PART = 2**20
"""Bytes that are read at once."""

UNUSED_SECONDS = 30 * 86400.0
"""What was unpacked goes when it has not been read for so long."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What zipfile raises of what is no archive, or a damaged or an encrypted one."""

_LINE = re.compile(r"([0-9a-f]{64})  (.+)", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:")


def is_archive(path: str | Path) -> bool:
    """Return whether ``path`` is a file whose name says that it is an archive."""
    return str(path).lower().endswith(ENDING) and is_file(path)


def unpacked(path: Path) -> Path:
    """Return the folder, laid out as one that holds runs, with what is in the archive at ``path``.

    It is unpacked unless it has been, one part of a file at a time.  Raises RunError if it is no
    archive of runs, is damaged, or if there is no room for it.
    """
    with _opened(path) as archive:
        digests = _digests(archive, path)
        key = hashlib.sha256(archive.read(DIGESTS)).hexdigest()[:KEY]
        place = _cache() / key
        if not is_file(place / MARKER):
            _unpack(archive, digests, place, path)
    with suppress(OSError):  # a cache that can only be read is good enough
        os.utime(place / MARKER)
    return place


def is_unpacked(path: Path) -> bool:
    """Return whether what is, or is to be, at ``path`` belongs to an archive."""
    return any(is_file(folder / MARKER) for folder in list(path.absolute().parents)[:DEPTH])


def require_changeable(path: Path) -> None:
    """Raise NotWritableError if ``path`` belongs to an archive, which is never changed."""
    if is_unpacked(path):
        raise NotWritableError(
            f"{path.name!r}",
            "be of a run that can be changed",
            "is of one in an archive",
            "unzipping the archive, and the same with the run folder in it",
        )


def digest_of(file: IO[bytes]) -> str:
    """Return the SHA-256 of what remains of ``file``, in hex."""
    digest = hashlib.sha256()
    while part := file.read(PART):
        digest.update(part)
    return digest.hexdigest()


# --- reading -------------------------------------------------------------------------------------


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open_regular(path) as file, zipfile.ZipFile(file) as archive:
            yield archive
    except NNUniverseError:
        raise
    except UNREADABLE as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _unfit(path, f"cannot be read: {reason}") from error


def _digests(archive: zipfile.ZipFile, path: Path) -> dict[str, str]:
    """Return the SHA-256 of every member by name; raises RunError unless they fit each other."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if DIGESTS not in names or len(members) > MOST_MEMBERS:
        raise _unfit(path, f"holds no {DIGESTS}" if DIGESTS not in names else "holds too many")
    for member in members:
        if reason := _doubt_about(member):
            raise _unfit(path, f"holds {member.filename!r:.100}, {reason}")
    if archive.getinfo(DIGESTS).file_size > MOST_DIGEST_BYTES:
        raise _unfit(path, f"has a {DIGESTS} that is none")
    lines = archive.read(DIGESTS).decode().splitlines()
    found = [match for match in map(_LINE.fullmatch, lines) if match]
    digests = {match[2]: match[1] for match in found}
    if len(digests) != len(lines) or sorted([*digests, DIGESTS]) != sorted(names):
        raise _unfit(path, f"holds other files than its {DIGESTS} says")
    if not any(name.endswith("/config.yaml") for name in digests):
        raise _unfit(path, "holds no run")
    return digests


def _doubt_about(member: zipfile.ZipInfo) -> str:
    """Return why a member cannot be one of ours, "" if it can."""
    parts = member.orig_filename.split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        return "a name that leads elsewhere"
    if _DRIVE.match(parts[0]) or parts[0] == MARKER or len(parts) >= DEPTH:
        return "a name that leads elsewhere"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "which is no file"
    return "" if member.compress_type in METHODS else "packed by an unknown method"


def _unfit(path: Path, actual: str) -> RunError:
    return RunError(f"{str(path)!r}", "be an archive of runs", actual, "`nnu archive` again")


# --- unpacking -----------------------------------------------------------------------------------


def _cache() -> Path:
    """Return the folder of what is unpacked, in the user's own cache unless he says where."""
    if asked := os.environ.get(ENVIRONMENT_VARIABLE):
        return Path(asked).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("nnuniverse-archives", appauthor=False)


def _unpack(archive: zipfile.ZipFile, digests: Mapping[str, str], place: Path, path: Path) -> None:
    """Put all members at ``place``, which is there whole or not at all."""
    cache = place.parent
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_unused(cache)
        _require_room(archive, cache, path)
        with tempfile.TemporaryDirectory(prefix=".new.", dir=cache) as temporary:
            filled = Path(temporary) / place.name
            for name, digest in digests.items():
                _extract(archive, name, digest, filled / name, path)
            (filled / MARKER).write_bytes(b"")
            with suppress(FileExistsError):  # another process was quicker
                _rename(filled, place)
    except OSError as error:
        raise NotWritableError(
            f"the cache folder {str(cache)!r}",
            "be writable to read an archive",
            f"is not: {error.strerror or error}",
            "NNU_ARCHIVES=DIR, or unzipping it",
        ) from error


def _rename(filled: Path, place: Path) -> None:
    if is_file(place / MARKER):
        return
    shutil.rmtree(place, ignore_errors=True)  # what somebody has left half of
    filled.rename(place)


def _extract(archive: zipfile.ZipFile, name: str, digest: str, target: Path, path: Path) -> None:
    """Write one member to ``target``; raises RunError unless it has the ``digest``."""
    target.parent.mkdir(parents=True, exist_ok=True)
    found = hashlib.sha256()
    left = archive.getinfo(name).file_size
    try:
        with archive.open(name) as member, target.open("xb") as file:
            while part := member.read(PART):
                left -= len(part)
                if left < 0:  # more than it claims
                    break
                found.update(part)
                file.write(part)
    except (EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise _unfit(path, f"is damaged: {name!r} cannot be read") from error
    if left or found.hexdigest() != digest:
        raise _unfit(path, f"is damaged: {name!r} is not what was written")


def _require_room(archive: zipfile.ZipFile, cache: Path, path: Path) -> None:
    needed = sum(member.file_size for member in archive.infolist())
    free = shutil.disk_usage(cache).free
    if needed > free:
        raise RunError(
            f"{str(path)!r}",
            f"fit into the {free / 1e6:.0f} MB that are free in {str(cache)!r}",
            f"holds {needed / 1e6:.0f} MB",
            "NNU_ARCHIVES=DIR with more room",
        )


def _remove_unused(cache: Path) -> None:
    """Remove what nobody has read for long, and what killed processes have left."""
    for entry in cache.iterdir():
        marker = entry / MARKER
        with suppress(OSError):
            used = (marker if is_file(marker) else entry).stat().st_mtime
            if time.time() - used > UNUSED_SECONDS:
                shutil.rmtree(entry, ignore_errors=True)
