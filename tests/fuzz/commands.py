"""Running ``nnu`` thousands of times: each in a process of its own, forked where all is imported.

A command may crash, hang or take all memory without harm to whoever asked for it.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

SECONDS = 30.0
"""No command on a tiny run takes a tenth of it; what takes longer hangs."""

MEMORY = 2 * 2**30
"""Bytes that no command on a tiny run may hold; its address space is limited to four times that."""

EXIT_CODES = (0, 1, 2, 3, 75)

LONGEST_LINE = 2000
"""Characters of a message; an error is one line that a person reads."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    ``code``: its exit code, negative: the signal that ended it; ``memory``: the most bytes that it
    held.
    """

    command: tuple[str, ...]
    code: int
    seconds: float
    memory: int
    out: str
    err: str

    def faults(self) -> list[str]:
        """Return in what it is not what a command has to be, whatever it was given."""
        last = self.err.splitlines()[-1:] or [""]
        found = {
            f"hangs for {self.seconds:.0f} s": self.seconds >= SECONDS,
            f"ends with {self.code}": self.code not in EXIT_CODES and self.seconds < SECONDS,
            "shows a traceback": "Traceback" in self.err,
            f"takes {self.memory >> 20} MiB": self.memory > MEMORY,
            "fails without a word": self.code in (1, 2, 3) and not self.err.strip(),
            "says too much": len(last[0]) > LONGEST_LINE,
        }
        return [fault for fault, holds in found.items() if holds]


class Commands:
    """Carries out commands of ``nnu``; a context manager.

    ``python``: the executable of the process that forks and of those that sweeps start, by default
    this one.
    """

    def __init__(
        self, environment: dict[str, str] | None = None, python: Path | None = None
    ) -> None:
        chosen = str(python or sys.executable)
        self._server = subprocess.Popen(
            [chosen, str(Path(__file__).resolve()), chosen],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process that forks."""
        self._server.communicate()

    def run(
        self, *command: object, folder: Path | None = None, kill_at: int | None = None
    ) -> Outcome:
        """Run ``nnu`` with the arguments ``command``, in ``folder``.

        ``kill_at``: the operation on files at which it is killed, counted from 1.
        """
        words = tuple(map(str, command))
        asked = {"command": words, "folder": str(folder or Path.cwd()), "kill_at": kill_at}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        print(json.dumps(asked), file=self._server.stdin, flush=True)
        answer = json.loads(self._server.stdout.readline())
        return Outcome(words, **answer)


# --- the process that forks ----------------------------------------------------------------------

FILE_OPERATIONS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate")


def serve() -> None:
    """Import what starts no thread of JAX, fork for every line of stdin, answer with one."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.path.append(str(Path(__file__).parents[1]))
    from quick_jit import quick_compilation, share_contexts
    from warm_processes import QUICK_VARIABLE, get_warm

    share_contexts()
    get_warm()
    multiprocessing.set_executable(sys.argv[1])
    with quick_compilation() if QUICK_VARIABLE in os.environ else nullcontext():
        for line in sys.stdin:
            print(json.dumps(_carry_out(**json.loads(line))), file=answers, flush=True)


def _carry_out(command: Sequence[str], folder: str, kill_at: int | None) -> dict[str, object]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = os.fork()
        if not process:
            _become(command, folder, kill_at, out.fileno(), err.fileno())
        code, memory = _wait(process, started + SECONDS)
        seconds = time.monotonic() - started
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read(10_000_000).decode(errors="replace"))
    return {
        "code": code,
        "seconds": seconds,
        "memory": memory,
        "out": texts[0],
        "err": texts[1],
    }


def _wait(process: int, until: float) -> tuple[int, int]:
    """Return exit code and memory of ``process`` and its children, which are killed ``until``."""
    ended, status, usage = os.wait4(process, os.WNOHANG)
    while not ended and time.monotonic() < until:
        time.sleep(0.002)
        ended, status, usage = os.wait4(process, os.WNOHANG)
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    if not ended:
        _, status, usage = os.wait4(process, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024


def _become(command: Sequence[str], folder: str, kill_at: int | None, out: int, err: int) -> None:
    """Turn this process into ``nnu`` with the arguments ``command``, and end it."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.argv = ["nnu", *command]
    if kill_at is not None:
        _kill_at(kill_at, Path(folder).resolve())
    code: object = 0
    try:
        from nnuniverse.cli import main

        main()
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _kill_at(number: int, folder: Path) -> None:
    """Let this process be killed before its ``number``-th operation on what is in ``folder``."""
    left = number

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in FILE_OPERATIONS or not arguments:
            return
        named = arguments[0]
        if not isinstance(named, str | bytes | os.PathLike):
            return
        if event == "open" and arguments[1] in ("r", "rb", None) and not _writes(arguments[2]):
            return
        if not os.path.abspath(os.fsdecode(named)).startswith(str(folder)):  # noqa: PTH100
            return
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


if __name__ == "__main__":
    serve()
