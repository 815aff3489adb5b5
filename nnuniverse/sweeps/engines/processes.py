"""Tasks on one machine: a process each, with as many threads as it has processors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import ModuleType

import psutil

from nnuniverse.processors import usable_processors
from nnuniverse.sweeps.engines.child import STOPS, run_child
from nnuniverse.sweeps.engines.interface import Ended, Event, Progress, Report
from nnuniverse.sweeps.engines.temporary import hold_sockets
from nnuniverse.sweeps.task import Task

PRELOADED = "nnuniverse.sweeps.engines.carry_out"
"""What the fork server imports, and with it JAX: a new process is then a fork of milliseconds."""

GPU = Path("/dev/nvidia0")

MEMORY_SHARE = 0.8
"""Of the memory that is free at the start, for what the tasks together are said to need."""

GRACE_SECONDS = 10.0
"""For a process to end that has said its last word, or was killed."""

SERVER_GONE = 255
"""Exit code, to multiprocessing, of processes whose fork server was killed: they may go on."""


@dataclass
class _Child:
    """A task being carried out: ``heard`` is when it last said something."""

    task: Task
    process: BaseProcess
    inbox: connection.Connection
    heard: float


class ProcessEngine:
    """A process per task, at most ``workers`` at once.

    ``cores``: processors per task; 0: any, as on an accelerator.  ``hang_seconds``: a task that
    says nothing for so long is killed.
    """

    def __init__(self, workers: int, cores: int, hang_seconds: float) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([PRELOADED])
        self._workers = workers
        self._cores = cores
        self._hang_seconds = hang_seconds
        self._children: dict[str, _Child] = {}
        self._leaving: list[_Child] = []
        self._refused: list[Event] = []
        self._memory = free_memory() * MEMORY_SHARE

    @property
    def unfinished(self) -> int:
        """Number of tasks taken that have not ended."""
        return len(self._children) + len(self._refused)

    def has_room(self, memory: int) -> bool:
        """Whether there is a worker for a task, and the memory beside others; one always fits."""
        if has_accelerator() and any(child.process.is_alive() for child in self._leaving):
            return False  # its memory is free when the process that had it is gone
        used = sum(child.task.memory for child in self._children.values())
        fits = not self._children or used + memory <= self._memory
        return fits and len(self._children) < self._workers

    def submit(self, task: Task) -> None:
        """Start the process of a task."""
        hold_sockets()
        inbox, outbox = self._context.Pipe(duplex=False)
        process = self._context.Process(
            target=run_child,
            args=(outbox, task, self._cores, Path.cwd()),
            daemon=True,
        )
        try:
            with _signals_waiting(), _without_main():
                process.start()
        except (OSError, EOFError) as error:  # out of processes, or the fork server was killed
            inbox.close()
            self._refused.append(_failed(task, f"its process cannot start: {error}"))
            return
        finally:
            outbox.close()
        self._children[task.id] = _Child(task, process, inbox, time.monotonic())

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened, after ``seconds`` at the most."""
        by_inbox = {child.inbox: child for child in self._children.values()}
        events, self._refused = self._refused, []
        gone = [child.process.sentinel for child in self._leaving]  # may make room
        for ready in connection.wait([*by_inbox, *gone], seconds):
            if isinstance(ready, connection.Connection):
                events += self._receive(by_inbox[ready])
        self._leaving = [child for child in self._leaving if not _has_left(child)]
        now = time.monotonic()
        for child in list(self._children.values()):
            if now - child.heard > self._hang_seconds:
                self._end(child, signal.SIGKILL)
                events.append(_failed(child.task, f"said nothing for {self._hang_seconds:g} s"))
        return events

    def ask_to_stop(self) -> None:
        """Send SIGTERM to every process."""
        for child in self._children.values():
            _signal(child, signal.SIGTERM)

    def close(self) -> None:
        """Kill what still runs; nothing of it is lost that a checkpoint holds."""
        for child in list(self._children.values()):
            self._end(child, signal.SIGKILL)
        for child in self._leaving:
            _wait_for(child)
        self._leaving.clear()

    def _receive(self, child: _Child) -> list[Event]:
        try:
            event: Progress | Ended = child.inbox.recv()
        except (EOFError, OSError):  # it died without a word
            self._end(child)
            return [_failed(child.task, f"its process {_ending(child.process)}")]
        child.heard = time.monotonic()
        if isinstance(event, Ended):
            # It takes as long to leave as another to start, which need not wait.
            del self._children[child.task.id]
            self._leaving.append(child)
        return [event]

    def _end(self, child: _Child, number: signal.Signals | None = None) -> None:
        """Wait for a process that ends, or is sent the signal ``number``."""
        if number is not None:
            _signal(child, number)
        _wait_for(child)
        del self._children[child.task.id]


def _wait_for(child: _Child) -> None:
    """Wait until a process is gone, which is not let stay long."""
    child.process.join(GRACE_SECONDS)
    if child.process.is_alive():
        _signal(child, signal.SIGKILL)
        child.process.join(GRACE_SECONDS)
    child.inbox.close()


def _has_left(child: _Child) -> bool:
    """Return whether a process that has said its last word is gone."""
    if child.process.is_alive() and time.monotonic() - child.heard < GRACE_SECONDS:
        return False
    _wait_for(child)
    return True


def _signal(child: _Child, number: signal.Signals) -> None:
    alive = child.process.is_alive() or child.process.exitcode == SERVER_GONE
    if alive and child.process.pid is not None:
        with suppress(ProcessLookupError):
            os.kill(child.process.pid, number)


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Let processes be born that are deaf to Ctrl-C until they know what to do about it.

    The fork server stays so: else it would be the first to die where all are sent a signal.
    """
    resource_tracker.ensure_running()  # else starting it inside would let signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_main() -> Iterator[None]:
    """Let processes be started that do not import what was started by the user.

    No task needs it; and a script that begins a sweep would begin another in every process.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _failed(task: Task, reason: str) -> Ended:
    return Ended(task.id, Report("failed", reason=reason, retry=True))


def _ending(process: BaseProcess) -> str:
    code = process.exitcode or 0
    if code == SERVER_GONE:
        return "or the one that started it was killed"
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def has_accelerator() -> bool:
    """Return whether this machine has an NVIDIA GPU; finding it out starts nothing on it."""
    return GPU.exists()


def share_out(points: int, workers: int | None, cores: int | None) -> tuple[int, int]:
    """Return how many tasks to carry out at once, and with how many processors each; 0: any.

    ``points``: of the sweep, each a task or several; ``workers``, ``cores``: as its user wants
    them.  A process each for as many tasks as there are processors is quickest.  With fewer points
    their replicas share what is left; not by the number of tasks left to do, so that a sweep that
    is started again rounds as it did.  An accelerator has one task at a time.
    """
    if has_accelerator():
        return workers or 1, 0
    processors = usable_processors()
    if cores is None:
        cores = max(1, processors // min(points, workers or processors))
    return workers or max(1, processors // max(cores, 1)), cores


def free_memory() -> int:
    """Return the bytes of memory that are free."""
    return int(psutil.virtual_memory().available)
