"""A sweep from its file to its results."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from nnuniverse.config import RunConfig, SweepConfig
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.errors import NNUniverseError
from nnuniverse.sweeps.engines.interface import Engine
from nnuniverse.sweeps.gather import write_results
from nnuniverse.sweeps.parts import WHOLE, Part, PartRecord
from nnuniverse.sweeps.plan import Plan, plan_sweep, renewed
from nnuniverse.sweeps.scheduling import Ending, Listener, carry_out_plan

REFRESH_SECONDS = 60.0
REFRESH_SHARE = 0.05
"""Results are brought up to date so often, but never for a larger share of the time."""


class CarryOut(Protocol):
    """`carry_out_plan` of a plan, an engine and a listener."""

    def __call__(self, *, refresh: Callable[[], None]) -> Ending:
        """Carry out the plan; ``refresh`` is called twice a second."""


def run_sweep(
    sweep: SweepConfig,
    root: Path,
    engine: Engine,
    listener: Listener,
    *,
    part: Part = WHOLE,
    retries: int = 2,
    stop: Callable[[], bool] = lambda: False,
    replicas_at_once: Callable[[RunConfig], int] = lambda config: MAX_REPLICAS,
    planned: Callable[[Plan], None] = lambda plan: None,
) -> tuple[Plan, Ending]:
    """Compute what is missing of ``sweep`` under ``root``, then write its results.

    ``part``: only of some points, by one job among many; the last of them to end writes the results
    of the whole.  ``planned``: told the plan before the first task begins; the rest as for
    `carry_out_plan`.  Returns the plan as it stands at the end.  Raises ConfigError for a wrong
    sweep, RunError if its folder cannot be written.

    ``engine``: what carries tasks out; ``listener``: hears how tasks go; ``retries``: how often a
    task is tried again; ``stop``: asked after every segment whether to stop; ``replicas_at_once``:
    seeds that one run takes, of a config.
    """
    plan = plan_sweep(sweep, root, replicas_at_once, part)
    for reason in plan.anew:
        listener.message(f"{reason} It is computed anew.")
    planned(plan)
    plan.folder.write_config(sweep)
    carry_out = partial(carry_out_plan, plan, engine, listener, retries=retries, stop=stop)
    plan_whole = partial(plan_sweep, sweep, root, replicas_at_once)
    if part == WHOLE:
        return _run_whole(plan, carry_out, plan_whole, listener.message)
    return _run_part(plan, part, carry_out, plan_whole)


def _run_whole(
    plan: Plan, carry_out: CarryOut, plan_again: Callable[[], Plan], tell: Callable[[str], None]
) -> tuple[Plan, Ending]:
    """Compute a whole sweep, and bring its results up to date now and then."""
    ending = Ending()
    if plan.todo:
        with _Refresher(lambda: write_results(plan_again()), tell) as refresh:
            ending = carry_out(refresh=refresh)
        plan = plan_again()
    write_results(plan)
    return plan, ending


def _run_part(
    plan: Plan, part: Part, carry_out: CarryOut, plan_whole: Callable[[], Plan]
) -> tuple[Plan, Ending]:
    """Compute a part of a sweep; if it ends last, write the results of the whole.

    Any other part reads no runs at its end but its own, and their results only once.  A part that
    is stopped has little time left, and will be gone on with: it writes nothing.
    """
    with PartRecord(plan.folder, plan.sweep, part) as record:
        ending = carry_out(refresh=lambda: None) if plan.todo else Ending()
        if ending.stopped or not record.ends_last():
            return renewed(plan), ending
        whole = plan_whole()
        write_results(whole)
        return whole.part(part), ending


class _Refresher:
    """Calls a function now and then, the less often the longer it takes; in a thread of its own.

    So no run waits for the results of others to be read.
    """

    def __init__(self, function: Callable[[], object], tell: Callable[[str], None]) -> None:
        self._function = function
        self._tell = tell
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._call: Future[float] | None = None
        self._due = time.monotonic() + REFRESH_SECONDS

    def __enter__(self) -> _Refresher:
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.shutdown()
        if self._call is not None:
            self._end_call(self._call)

    def __call__(self) -> None:
        """Begin a call if it is time and none is going on; tell what went wrong in the last."""
        if self._call is not None and self._call.done():
            self._end_call(self._call)
        if self._call is None and time.monotonic() >= self._due:
            self._call = self._thread.submit(self._timed)

    def _end_call(self, call: Future[float]) -> None:
        self._call = None
        self._due = time.monotonic() + REFRESH_SECONDS
        try:
            self._due = max(self._due, time.monotonic() + call.result() / REFRESH_SHARE)
        except (NNUniverseError, OSError) as error:  # a full disk, say; the runs go on
            self._tell(str(error))

    def _timed(self) -> float:
        started = time.monotonic()
        self._function()
        return time.monotonic() - started
