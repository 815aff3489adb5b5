"""The process that looks at HDF5 files without a seal, so that this one survives it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from nnuniverse.runs import inspection

SECONDS = 10
"""That a file may take to be looked at, and one more for every so many bytes: a slow disk's."""

BYTES_PER_SECOND = 20_000_000

SETTLED = 2.0
"""Seconds after which a change to a file surely shows in its time."""

_Stamp = tuple[int, int, int, int, bool]


class _Inspector:
    """Keeps one process for file after file; makes another where that has died."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Leave the process alone: it is that of the process which this one was forked from."""
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._known: dict[_Stamp, str] = {}

    def reason(self, path: Path, sparse: bool) -> str:
        """Return why the file at ``path`` cannot be read as one of the package, or "" if it can."""
        stat = path.stat()
        stamp = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, sparse)
        with self._lock:
            if stamp in self._known:
                return self._known[stamp]
            seconds = SECONDS + stat.st_size // BYTES_PER_SECOND
            reason = self._ask([str(path.absolute()), sparse, seconds])
            if time.time() - stat.st_mtime > SETTLED:
                self._known[stamp] = reason
        return reason

    def _ask(self, question: list[object]) -> str:
        try:
            if self._process is None or self._process.poll() is not None:
                self._process = _started()
            process = self._process
            if process.stdin is None or process.stdout is None:
                raise OSError("no pipes")
            print(json.dumps(question), file=process.stdin, flush=True)
            answer = process.stdout.readline()
        except (OSError, ValueError):
            answer = ""
        except BaseException:
            self.end()  # or its answer would be taken for that to the next question
            raise
        if answer:
            return str(json.loads(answer))
        match self.end():
            case None:
                return "has no digest, and no process can be started to look at it"
            case ended if ended == -signal.SIGALRM:
                return f"takes longer than {question[-1]} s to read"
        return "cannot be read as HDF5"

    def end(self) -> int | None:
        """End the process, and return how it ended; None if there is none."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        process.communicate()
        return process.returncode


def _started() -> subprocess.Popen[str]:
    """Start the process; raises OSError if that fails."""
    process = subprocess.Popen(  # noqa: S603  its own program
        [sys.executable, "-P", inspection.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        start_new_session=True,  # Ctrl-C is for this process
    )
    if process.stdout is None or not process.stdout.readline():
        process.kill()
        process.communicate()
        raise OSError("it ended at once")
    return process


_INSPECTOR = _Inspector()
atexit.register(_INSPECTOR.end)
if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
    os.register_at_fork(after_in_child=_INSPECTOR.forget)


def reason_against(path: Path, sparse: bool = False) -> str:
    """Return why the HDF5 file at ``path``, of unknown origin, cannot be read; "" if it can.

    It is read as a whole, in another process.  ``sparse``: as for `inspection.require_plain`.
    Raises OSError if it is not there.
    """
    return _INSPECTOR.reason(path, sparse)
