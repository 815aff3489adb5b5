"""The process of one task."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from types import FrameType

from nnuniverse.sweeps.engine import Ended, Order, Progress


def serve(connection: Connection, order: Order, cores: tuple[int, ...]) -> None:
    """Carry out ``order`` on these ``cores``, any if none are named; events go to the other end."""
    from nnuniverse.sweeps.work import carry_out

    stop = _StopRequest()
    if cores:
        os.sched_setaffinity(0, cores)  # before JAX counts the processors

    def tell(epoch: int) -> None:
        with suppress(OSError):  # whoever listened is gone, and the run will stop by itself
            connection.send(Progress(order.task, epoch))

    report = carry_out(order, stop, tell)
    with suppress(OSError):
        connection.send(Ended(order.task, report))
    connection.close()


class _StopRequest:
    """Whether a signal has asked the run to stop, or the sweep that started it has gone."""

    def __init__(self) -> None:
        self._asked = False
        self._parent = os.getppid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def __call__(self) -> bool:
        return self._asked or os.getppid() != self._parent

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
