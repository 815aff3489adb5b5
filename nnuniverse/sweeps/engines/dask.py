"""Tasks beyond one machine: on the workers of a Dask scheduler, which see the sweep's folder."""

from __future__ import annotations

import queue
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import dask
from distributed import Client, Future, Status, get_worker

from nnuniverse import __version__
from nnuniverse.errors import ConfigError, RunError, must
from nnuniverse.runs import find_runs
from nnuniverse.sweeps.engines.child import use_processors
from nnuniverse.sweeps.engines.interface import Ended, Event, Progress, Report
from nnuniverse.sweeps.folder import SweepFolder
from nnuniverse.sweeps.task import Task

LOOK_SECONDS = 0.5
"""Between looks at which workers there are."""

TELL_SECONDS = 0.5
"""Between two words of a worker about how far it is."""

CONNECT_SECONDS = 5.0
"""To find the scheduler."""

REPLY_SECONDS = 30.0
"""For the scheduler to answer, or a worker to be started anew."""

START_AGAIN = "starting it again, then the same `nnu sweep`"


_ONE_AT_A_TIME = threading.Lock()
"""Held while the process of a worker carries out a task: one of a sweep that was killed, it may
be, in another of its threads."""

STARTING = -1
"""Said instead of an epoch by a task that has reached its worker."""


@dataclass
class _Submitted:
    """A task at a worker.

    ``heard``: when it last said something, None before it reached the worker; ``trains``: whether
    it has begun to train there.
    """

    task: Task
    worker: str
    future: Future[Report | None]
    heard: float | None = None
    trains: bool = False

    @property
    def goes_on_elsewhere(self) -> bool:
        """Whether its worker, now lost, was told to end: it is checkpointed, or about to be."""
        if not self.trains:
            return False
        *_, run = [None, *find_runs(self.task.folder.path, self.task.run_hash)]
        ended_in_order = run is not None and run.status == "interrupted"
        return ended_in_order or self.task.folder.is_claimed(self.task.id)


class DaskEngine:
    """Tasks on the workers of a Dask scheduler, one at a time on each, whatever its threads.

    ``most``: tasks at once, None: as many as there are workers; ``cores``: processors per task,
    0: all that a worker may use; ``hang_seconds``: the worker of a task that says nothing for so
    long is started anew; ``keep_workers``: called before a look at which workers there are.

    A task is sent to a worker by name and Dask never repeats it, so that a lost worker is the
    matter of the supervisor, like any failure.
    """

    def __init__(
        self,
        client: Client,
        most: int | None,
        cores: int,
        hang_seconds: float,
        keep_workers: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._most = most
        self._cores = cores
        self._hang_seconds = hang_seconds
        self._keep_workers = keep_workers
        self._name = f"nnu-{uuid.uuid4().hex[:16]}"
        self._token: Path | None = None
        self._submitted: dict[str, _Submitted] = {}
        self._inbox: queue.SimpleQueue[Progress | tuple[str, Future[Report | None]]] = (
            queue.SimpleQueue()
        )
        self._workers: list[str] = []
        self._looked = -LOOK_SECONDS
        self._hung: set[str] = set()
        self._stopping = False
        client.subscribe_topic(self._name, self._tell)

    @property
    def unfinished(self) -> int:
        """Number of tasks taken that have not ended."""
        return len(self._submitted)

    def has_room(self, memory: int) -> bool:
        """Whether a worker is there that has no task; its memory is the cluster's matter."""
        if self._most is not None and len(self._submitted) >= self._most:
            return False
        self._look()
        return self._free_worker() is not None

    def submit(self, task: Task) -> None:
        """Send a task to a free worker."""
        worker = self._free_worker()
        if worker is None:
            raise RuntimeError("no worker is free")
        task = replace(task, folder=SweepFolder(task.folder.path.absolute()))
        if self._token is None:
            self._token = task.folder.path / f".{self._name}"
            self._token.touch()
        future = self._client.submit(
            carry_out_on_worker,
            task,
            version=__version__,
            token=self._token,
            topic=self._name,
            folder=Path.cwd(),
            cores=self._cores,
            workers=[worker],
            pure=False,
            retries=0,
        )
        self._submitted[task.id] = _Submitted(task, worker, future)
        future.add_done_callback(partial(self._end, task.id))

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened, after ``seconds`` at the most."""
        events: list[Event] = []
        with suppress(queue.Empty):
            events += self._hear(self._inbox.get(timeout=seconds))
            while True:
                events += self._hear(self._inbox.get_nowait())
        self._look()
        now = time.monotonic()
        for submitted in list(self._submitted.values()):
            if submitted.worker not in self._workers:
                events.append(self._lost(submitted))
            elif submitted.heard is not None and now - submitted.heard > self._hang_seconds:
                self._start_anew(submitted.worker)
                reason = f"said nothing for {self._hang_seconds:g} s"
                events.append(self._drop(submitted, Report("failed", reason=reason, retry=True)))
        return events

    def ask_to_stop(self) -> None:
        """Take away the file that says that the sweep goes on."""
        self._stopping = True
        if self._token is not None:
            self._token.unlink(missing_ok=True)

    def close(self) -> None:
        """Take back the tasks; a worker that still has one ends it after its segment."""
        self.ask_to_stop()
        submitted, self._submitted = self._submitted, {}
        with suppress(OSError):
            self._client.cancel([one.future for one in submitted.values()])
            self._client.unsubscribe_topic(self._name)

    # --- what workers say ------------------------------------------------------------------------

    def _tell(self, event: tuple[float, tuple[str, int]]) -> None:
        """Hear, in the client's thread, how far a task is."""
        _, (task_id, epoch) = event
        self._inbox.put(Progress(task_id, epoch))

    def _end(self, task_id: str, future: Future[Report | None]) -> None:
        """Hear, in a thread of the client, that Dask has done with a task."""
        self._inbox.put((task_id, future))

    def _hear(self, word: Progress | tuple[str, Future[Report | None]]) -> list[Event]:
        submitted = self._submitted.get(word[0])
        if isinstance(word, Progress):
            if submitted is None:  # it has ended since
                return []
            submitted.heard = time.monotonic()
            submitted.trains = word.epoch != STARTING
            return [word] if submitted.trains else []
        if submitted is None or submitted.future is not word[1]:
            return []
        del self._submitted[submitted.task.id]
        return [Ended(submitted.task.id, self._report(submitted.future))]

    def _report(self, future: Future[Report | None]) -> Report:
        try:
            # Its worker holds it, and may just have gone.
            report = future.result(timeout=REPLY_SECONDS)
        except Exception as error:
            # Whatever Dask met, or the task on the way to its worker: no run has said it.
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            return self._unless_stopping(Report("failed", reason=reason, retry=True))
        if report is None:
            reason = must("a worker", "see the sweep's folder", "does not", "a shared --out")
            return self._unless_stopping(Report("failed", reason=reason))
        if report.result == "interrupted" and not self._stopping:
            # Its worker was told to end, at the end of its time say: another goes on with it.
            return replace(report, result="busy")
        return report

    def _lost(self, submitted: _Submitted) -> Ended:
        if submitted.goes_on_elsewhere:
            return self._drop(submitted, Report("busy"))
        reason = f"its worker {submitted.worker} was lost"
        return self._drop(submitted, Report("failed", reason=reason, retry=True))

    def _drop(self, submitted: _Submitted, report: Report) -> Ended:
        del self._submitted[submitted.task.id]
        submitted.future.cancel()
        return Ended(submitted.task.id, self._unless_stopping(report))

    def _unless_stopping(self, report: Report) -> Report:
        """Return ``report``, but nothing fails of what is stopped."""
        return Report("interrupted") if self._stopping else report

    # --- which workers there are -----------------------------------------------------------------

    def _look(self) -> None:
        """Learn which workers there are, unless that has just been done."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        if not self._stopping:
            self._keep_workers()
        try:
            self._workers = sorted(self._client.nthreads())
        except (OSError, TimeoutError, ValueError) as error:
            raise RunError(
                "the Dask scheduler", "answer", f"does not ({type(error).__name__})", START_AGAIN
            ) from error
        self._looked = time.monotonic()

    def _free_worker(self) -> str | None:
        taken = self._hung | {submitted.worker for submitted in self._submitted.values()}
        return next((worker for worker in self._workers if worker not in taken), None)

    def _start_anew(self, worker: str) -> None:
        try:
            self._client.restart_workers([worker], timeout=REPLY_SECONDS)
        except Exception:
            # It has no nanny, or does not answer: it gets no task any more.
            self._hung.add(worker)


def carry_out_on_worker(
    task: Task, *, version: str, token: Path, topic: str, folder: Path, cores: int
) -> Report | None:
    """Carry out ``task`` in the process of a worker; None if it does not see the file ``token``.

    That file is there while the sweep goes on, and is opened to see it, since a shared file system
    answers that anew, but may remember for a minute that a file is absent.

    ``version``: of the package that asked; ``topic``: where events go; ``folder``: of the sweep;
    ``cores``: processors of a task; 0: as many as there are.
    """
    if version != __version__:
        reason = must("a worker", f"have nnuniverse {version}", f"has {__version__}", "that one")
        return Report("failed", reason=reason)
    if not _is_there(token):
        return None
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        return Report("busy")
    try:
        return _carry_out(task, token, topic, folder, cores)
    finally:
        _ONE_AT_A_TIME.release()


def _carry_out(task: Task, token: Path, topic: str, folder: Path, cores: int) -> Report:
    use_processors(cores)
    from jax import clear_caches

    from nnuniverse.sweeps.engines.carry_out import carry_out

    worker = get_worker()
    worker.log_event(topic, [task.id, STARTING])
    said = -TELL_SECONDS

    def stop() -> bool:
        return worker.status is not Status.running or not _is_there(token)

    def tell(epoch: int) -> None:
        nonlocal said
        if time.monotonic() - said >= TELL_SECONDS:
            said = time.monotonic()
            worker.log_event(topic, [task.id, epoch])

    # Paths of data are meant from where the sweep was started.
    with chdir(folder) if folder.is_dir() else nullcontext():
        report = carry_out(task, stop, tell)
    clear_caches()  # the next task has programs of its own, and the worker may live for long
    return report


def _is_there(path: Path) -> bool:
    try:
        path.open("rb").close()
    except OSError:
        return False
    return True


@contextmanager
def scheduler_engine(
    address: str, most: int | None, cores: int, hang_seconds: float
) -> Iterator[DaskEngine]:
    """Carry out tasks on the workers of the Dask scheduler at ``address``.

    Raises ConfigError for what is no address, RunError if nobody answers there.

    ``most``: tasks at a time; None: as many as there are workers; ``cores``: processors of a task;
    0: as many as there are; ``hang_seconds``: how long a worker may say nothing, s.
    """
    if not re.fullmatch(r"(tcp|tls|ws|wss)://\S+:\d+", address):
        raise ConfigError(
            "`--scheduler`", "be an address", f"is {address!r}", "tcp://127.0.0.1:8786"
        )
    dask.config.set({"logging.distributed": "error"})
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise RunError(
            f"`--scheduler` {address}", "answer", "does not", "`dask scheduler` there"
        ) from error
    try:
        yield DaskEngine(client, most, cores, hang_seconds)
    finally:
        # Where the scheduler has gone, looking for it anew may end at this very moment, which
        # distributed fails to cancel.
        with suppress(OSError, RuntimeError):
            client.close()
