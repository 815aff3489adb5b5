"""The process of one task."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType

from nnuniverse.processors import LIMIT
from nnuniverse.sweeps.engines.interface import Ended, Progress
from nnuniverse.sweeps.task import Task

STOPS = {signal.SIGINT, signal.SIGTERM}
"""Signals that ask to stop; they wait until a new process has its handlers for them."""


def run_child(
    connection: Connection,
    task: Task,
    cores: int,
    folder: Path,
) -> None:
    """Carry out ``task`` on so many ``cores``, 0: on any; events go to the other end.

    ``folder``: where relative paths start from.  Ends the process.

    ``connection``: to the parent process.
    """
    stop = _StopRequest()
    logging.getLogger("nnuniverse").setLevel(logging.ERROR)  # the sweep itself warns, once for all
    from nnuniverse.sweeps.engines.carry_out import carry_out

    os.chdir(folder)
    use_processors(cores)

    def tell(epoch: int) -> None:
        with suppress(OSError):  # whoever listened is gone, and the run will stop by itself
            connection.send(Progress(task.id, epoch))

    report = carry_out(task, stop, tell)
    with suppress(OSError):
        connection.send(Ended(task.id, report))
    connection.close()
    # Everything is on disk.  Taking JAX apart in good order would take as long as a fork.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def use_processors(count: int) -> None:
    """Let JAX in this process have so many threads, unless its user has said; 0: as it likes.

    It is not kept to certain processors: others may be busy on those, and these idle.

    ``count``: the most that are used.
    """
    if count:
        os.environ.setdefault(LIMIT, str(count))


class _StopRequest:
    """Whether a signal has asked the run to stop, or the sweep that started it has gone."""

    def __init__(self) -> None:
        self._asked = False
        # Not the parent of the system, which is the fork server: that lives as long as its forks.
        self._sweep = multiprocessing.parent_process()
        for number in STOPS:
            signal.signal(number, self._ask)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def __call__(self) -> bool:
        return self._asked or self._sweep is None or not self._sweep.is_alive()

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
