"""``nnu sweep``: a grid of configs to runs, nothing computed twice, nothing lost."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnuniverse.cli.options import DEFAULT_ROOT, AsJson, Overrides, Root, print_json
from nnuniverse.cli.stopping import StopRequest
from nnuniverse.cli.sweep_engines import (
    ArrayTasks,
    Scheduler,
    Slurm,
    SlurmOptions,
    Where,
    WriteSbatch,
    write_sbatch,
)
from nnuniverse.errors import EXIT_FAILED, EXIT_INTERRUPTED, ConfigError, must

if TYPE_CHECKING:
    from nnuniverse.config import SweepConfig
    from nnuniverse.sweeps import Ending, Part, Plan, Task


def sweep(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SWEEP", help="A sweep file, or a sweep's folder.", show_default=False
        ),
    ],
    overrides: Overrides = None,
    out: Root = DEFAULT_ROOT,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List the runs, their cost, and which are there.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Say how the sweep stands, also while it runs.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", metavar="N", help="Runs at once.  [processors]")
    ] = None,
    cores: Annotated[
        int, typer.Option("--cores", metavar="N", help="Processors per run; 0: any.")
    ] = 1,
    retries: Annotated[
        int, typer.Option("--retries", metavar="N", help="How often a failed run is tried again.")
    ] = 2,
    hang_timeout: Annotated[
        str, typer.Option("--hang-timeout", metavar="T", help="A run silent for so long is killed.")
    ] = "10m",
    time_limit: Annotated[
        str | None,
        typer.Option("--time-limit", metavar="T", help="Checkpoint and stop then: 45m, 1h30m."),
    ] = None,
    part: Annotated[
        str | None, typer.Option("--part", metavar="K/N", help="Only every N-th point, from K on.")
    ] = None,
    scheduler: Scheduler = None,
    slurm: Slurm = False,
    slurm_option: SlurmOptions = None,
    script: WriteSbatch = None,
    array_tasks: ArrayTasks = None,
    as_json: AsJson = False,
) -> None:
    """Compute what is missing of SWEEP: each point a run folder, all of them one table.

    Exit codes: 0 done, 1 a run failed, 2 wrong usage or sweep, 75 stopped before its end: start it
    again to go on.
    """
    limit = None if time_limit is None else _seconds("--time-limit", time_limit)
    hang = _seconds("--hang-timeout", hang_timeout)
    _require("--workers", workers, 1)
    _require("--cores", cores, 0)
    _require("--retries", retries, 0)
    _require("--array-tasks", array_tasks, 1)
    share = _part(part)
    options = tuple(slurm_option or ())
    where = Where(workers, cores, hang, scheduler, slurm, options, script, array_tasks, part)
    where.check()

    from nnuniverse.sweeps import SweepFolder, plan_sweep, read_sweep

    described = read_sweep(source, tuple(overrides or ()))
    root = source.parent if source.is_dir() else out
    if dry_run or status:
        plan = plan_sweep(described, root)
        (_show_costs if dry_run else _show_status)(plan, as_json)
        return

    if script is not None:
        words = [str(source), *(overrides or ())]
        _write_script(script, where, described, words, root, retries, limit)
        return

    from nnuniverse.cli.sweep_progress import sweep_progress
    from nnuniverse.sweeps import run_sweep

    stop = _Stop(limit)
    with (
        where.engine(SweepFolder(root / described.name)) as engine,
        sweep_progress() as progress,
    ):
        plan, ending = run_sweep(
            described,
            root,
            engine,
            progress,
            part=share,
            retries=retries,
            stop=stop,
            planned=progress.begin,
        )
    _show_results(plan, ending, as_json)
    _exit(plan, ending)


def _write_script(
    path: Path,
    where: Where,
    described: SweepConfig,
    words: list[str],
    root: Path,
    retries: int,
    limit: float | None,
) -> None:
    from nnuniverse.sweeps.grid import sweep_points

    write_sbatch(
        path,
        where,
        name=described.name,
        points=sum(1 for _ in sweep_points(described)),
        words=words,
        out=root,
        retries=retries,
        time_limit=limit,
    )


def _require(option: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise ConfigError(must(f"`{option}`", f"be at least {least}", f"is {value}", f"{option} 1"))


def _seconds(option: str, text: str) -> float:
    """Return the seconds of ``90``, ``90s``, ``45m`` or ``1h30m``."""
    parts = re.fullmatch(r"(?:(\d{1,6})h)?(?:(\d{1,8})m)?(?:(\d{1,9})s?)?", text)
    if not parts or not any(parts.groups()):
        raise ConfigError(must(f"`{option}`", "be a time", f"is {text!r}", f"{option} 1h30m"))
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def _part(text: str | None) -> Part:
    from nnuniverse.sweeps import WHOLE, Part

    if text is None:
        return WHOLE
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not found or int(found[1]) >= int(found[2]):
        raise ConfigError(
            must("`--part`", "be K/N with K from 0 to N - 1", f"is {text!r}", "--part 0/4")
        )
    return Part(int(found[1]), int(found[2]))


class _Stop:
    """Whether to stop: asked by a signal, or at the end of the time given."""

    def __init__(self, seconds: float | None) -> None:
        self._asked = StopRequest("stopping; runs are checkpointed; again to stop at once")
        self._deadline = None if seconds is None else time.monotonic() + seconds

    def __call__(self) -> bool:
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return self._asked() or late


# --- what is printed ---------------------------------------------------------------------------


def _show_costs(plan: Plan, as_json: bool) -> None:
    from nnuniverse.cli.consoles import clock
    from nnuniverse.cli.tables import print_table
    from nnuniverse.costs import estimate_costs

    todo = plan.todo
    estimates = estimate_costs(task.config for task in todo)
    costs = {task.id: cost for task, cost in zip(todo, estimates, strict=True)}
    states = {task.id: plan.state(task) for task in plan.tasks}
    if as_json:
        print_json(
            [
                {
                    **_facts(task),
                    "state": states[task.id],
                    "operations": costs[task.id].operations if task.id in costs else None,
                    "seconds": costs[task.id].seconds if task.id in costs else None,
                }
                for task in plan.tasks
            ]
        )
        return
    rows = []
    for task in plan.tasks:
        cost = costs.get(task.id)
        needs = [f"{cost.operations:.3g}", clock(cost.seconds)] if cost else ["", ""]
        rows.append([str(task), states[task.id], *needs])
    operations = sum(cost.operations for cost in costs.values())
    seconds = sum(cost.seconds for cost in costs.values())
    print_table(
        ["run", "state", "operations", "time"],
        rows,
        f"{len(plan.tasks)} runs, {len(plan.todo)} to do: {operations:.3g} operations, "
        f"{clock(seconds)} one after another",
    )


def _show_status(plan: Plan, as_json: bool) -> None:
    from nnuniverse.cli.consoles import clock
    from nnuniverse.cli.tables import print_table
    from nnuniverse.sweeps.plan import STATES

    states = {task.id: plan.state(task) for task in plan.tasks}
    counts = Counter(states.values())
    left = _seconds_left(plan, counts["running"])
    if as_json:
        runs = [{**_facts(task), "state": states[task.id]} for task in plan.tasks]
        print_json({"counts": dict(counts), "seconds_left": left, "runs": runs})
        return
    rows = [[state, str(counts[state])] for state in STATES if counts[state]]
    remaining = "" if left is None else f"; {clock(left)} left"
    print_table(["state", "runs"], rows, f"{len(plan.tasks)} runs{remaining}")
    for task in plan.tasks:
        failure = plan.folder.failure(task.id) if states[task.id] == "failed" else None
        if failure:
            typer.echo(f"failed: {task}: {failure.get('reason')}")


def _seconds_left(plan: Plan, workers: int) -> float | None:
    """Return the time that the rest takes at the speed of the runs that have ended."""
    ended = [task for task in plan.tasks if task.ended and task.found]
    work = sum(_work(task) for task in ended)
    seconds = sum(task.found.seconds for task in ended if task.found)
    if not work or not workers:
        return None
    return seconds / work * sum(_work(task) for task in plan.todo) / workers


def _work(task: Task) -> int:
    return task.config.train.epochs * task.config.replicas


def _facts(task: Task) -> dict[str, Any]:
    return {
        **task.point.labels,
        "seeds": list(task.config.seeds),
        "run": str(task.found.folder) if task.found else None,
    }


def _show_results(plan: Plan, ending: Ending, as_json: bool) -> None:
    done = [task for task in plan.tasks if task.ended]
    if as_json:
        print_json(
            {
                "runs": [{**_facts(task), "state": plan.state(task)} for task in plan.tasks],
                "failed": ending.failed,
                "results": str(plan.folder.results) if done else None,
                "table": str(plan.folder.table) if done else None,
            }
        )
        return
    diverged = sum(plan.state(task) == "diverged" for task in done)
    typer.echo(f"{len(done)} of {len(plan.tasks)} runs done, {diverged} of them diverged")
    if plan.folder.results.exists():
        typer.echo(f"results: {plan.folder.results}")
        typer.echo(f"table: {plan.folder.table}")


def _exit(plan: Plan, ending: Ending) -> None:
    if ending.stopped:
        left = len(plan.todo)
        typer.echo(f"nnu: stopped with {left} runs left. Go on with the same command.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED)
    if ending.failed:
        first, reason = next(iter(ending.failed.items()))
        more = f" ({len(ending.failed) - 1} more)" if len(ending.failed) > 1 else ""
        failure = must("every run", "end", f"{first} failed: {reason}{more}", "the same again")
        typer.echo(f"nnu: {failure}", err=True)
        raise typer.Exit(EXIT_FAILED)
