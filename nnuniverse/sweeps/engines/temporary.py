"""Temporary folders of a sweep's process; those of one that was killed go with the next sweep."""

from __future__ import annotations

import os
import shutil
import tempfile
from functools import cache
from multiprocessing import util
from pathlib import Path

import psutil

LONGEST_SOCKET = 107
"""Bytes in the path of a socket, on Linux."""


def make_folder(kind: str) -> Path | None:
    """Make an empty folder, if there is room for one; remove those of processes that are gone.

    ``kind``: what is kept in it.
    """
    prefix = f"nnu-{kind}-"
    for old in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        owner = old.name.removeprefix(prefix).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(old, ignore_errors=True)
    try:
        return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-"))
    except OSError:
        return None


@cache  # multiprocessing asks for its folder once, too
def hold_sockets() -> None:
    """Let the folder in which multiprocessing keeps its sockets lie in one made by `make_folder`.

    It removes its own only at the end of a process that is not killed, and says not whose it is.
    """
    folder = make_folder("sockets")
    if folder is None:
        return
    longest = folder / "pymp-12345678" / "listener-12345678"
    if len(os.fsencode(longest)) <= LONGEST_SOCKET:
        before, tempfile.tempdir = tempfile.tempdir, str(folder)
        try:
            util.get_temp_dir()
        finally:
            tempfile.tempdir = before
    after_its_own = -101
    util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=after_its_own)
