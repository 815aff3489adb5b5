"""The files of the cache: one per program, whole or not used, the oldest going first.

Beside JAX's own files this needs no locks, which shared file systems may not have and which killed
processes leave; and XLA, which can crash the process for a wrong byte, sees none.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from nnuniverse.program_cache.cache_folder import doubt_about

MOST_BYTES = 512 * 2**20
"""In the folder; chosen empirically: of the paper's nets, the programs of a thousand runs."""

LOOK_BYTES = MOST_BYTES // 16
"""Written by one process between two looks at how much there is."""

SUFFIX = ".program"
"""Nothing else is removed from the folder, which may hold files of the user's."""

DIGEST_BYTES = hashlib.sha256().digest_size
"""A file starts with the SHA-256 of its name and of what follows."""


class ProgramFiles:
    """Serialised programs by key, in the open folder with the descriptor ``folder``.

    ``suits``: a word for whatever decides who can use a program, beside its key.  It is what JAX
    calls a `CacheInterface`.  Whatever fails costs a compilation and raises nothing.
    """

    def __init__(self, folder: int, suits: str, path: Path) -> None:
        self._folder = folder
        self._ending = f"-{suits}{SUFFIX}"
        self._path = path  # JAX names it in its log
        self._written = LOOK_BYTES

    def get(self, key: str) -> bytes | None:
        """Return the program put under ``key``, None if there is none that is whole."""
        name = key + self._ending
        try:
            content = self._read(name)
        except FileNotFoundError:
            return None
        except OSError:
            content = b""
        program = content[DIGEST_BYTES:]
        if content[:DIGEST_BYTES] == _digest(name, program):
            return program
        self._remove(name)
        return None

    def put(self, key: str, value: bytes) -> None:
        """Keep the program ``value`` under ``key``, if there is room for it."""
        name = key + self._ending
        # Never two processes in one file, though one may have the other's number in a container.
        temporary = f".{secrets.token_hex(8)}{SUFFIX}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with suppress(OSError):
            descriptor = os.open(temporary, flags, 0o600, dir_fd=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(_digest(name, value) + value)
                os.replace(temporary, name, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            finally:
                self._remove(temporary)
        self._written += len(value)
        if self._written >= LOOK_BYTES:
            self._written = 0
            self._make_room()

    def _read(self, name: str) -> bytes:
        """Return what is in a file, and note that it is in use; nothing if it is not ours."""
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._folder)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES or doubt_about(found):
                return b""
            with suppress(OSError):  # it belongs to root
                os.utime(descriptor)
            with os.fdopen(descriptor, "rb", closefd=False) as file:
                return file.read()
        finally:
            os.close(descriptor)

    def _make_room(self) -> None:
        """Remove what was not used for longest, of what is more than `MOST_BYTES`."""
        with suppress(OSError), os.scandir(self._folder) as entries:
            files = [
                (found.st_mtime_ns, found.st_size, entry.name)
                for entry in entries
                if entry.name.endswith(SUFFIX) and (found := _lstat(entry)) is not None
            ]
            total = sum(size for _, size, _ in files)
            for _, size, name in sorted(files):
                if total <= MOST_BYTES:
                    break
                self._remove(name)
                total -= size

    def _remove(self, name: str) -> None:
        with suppress(OSError):  # another process was faster, or it is a folder
            os.unlink(name, dir_fd=self._folder)


def _lstat(entry: os.DirEntry[str]) -> os.stat_result | None:
    """Return what is known of a file, None if it has just been removed or is none."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def _digest(name: str, program: bytes) -> bytes:
    digest = hashlib.sha256(name.encode())
    digest.update(program)
    return digest.digest()
