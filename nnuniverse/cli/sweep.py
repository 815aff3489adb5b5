"""``nnu sweep``: a grid of configs to runs, nothing computed twice, nothing lost."""

from __future__ import annotations

import math
import re
from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.display.sweep_output import show_costs, show_results, show_status
from nnuniverse.cli.options import DEFAULT_ROOT, AsJson, Overrides, Root, sweep_folders, user_path
from nnuniverse.cli.sweep_engines import (
    ArrayTasks,
    Scheduler,
    Slurm,
    SlurmOptions,
    Where,
    WriteSbatch,
    write_sbatch,
)
from nnuniverse.cli.time_limits import StopAtLimit, seconds_of
from nnuniverse.counted import counted
from nnuniverse.errors import CheckError, ConfigError, InUseError, RunError, StoppedError, must
from nnuniverse.regular_files import is_folder

if TYPE_CHECKING:
    from nnuniverse.config import SweepConfig
    from nnuniverse.expectations import Expectation, Verdict
    from nnuniverse.sweeps import Ending, Part, Plan


def sweep(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SWEEP",
            help="A sweep file, or a sweep's folder or name.",
            show_default=False,
            parser=user_path,
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
        int | None,
        typer.Option("--cores", metavar="N", help="Processors per run; 0: any.  [shared out]"),
    ] = None,
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
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit",
            metavar="FILE.xml",
            help="Write there how `expect` turned out.",
            parser=user_path,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compute what is missing of SWEEP: each point a run folder, all of them one table.

    Exit codes: 0 done, 1 a run failed, 2 wrong usage or sweep, 3 something expected does not hold,
    75 stopped before its end: start it again to go on.
    """
    limit = None if time_limit is None else seconds_of("--time-limit", time_limit)
    hang = seconds_of("--hang-timeout", hang_timeout)
    _require("--hang-timeout", hang, 1)
    _require("--workers", workers, 1)
    _require("--cores", cores, 0)
    _require("--retries", retries, 0)
    _require("--array-tasks", array_tasks, 1)
    _require_writable(junit, part)
    share = _part(part)
    options = tuple(slurm_option or ())
    where = Where(workers, cores, hang, scheduler, slurm, options, script, array_tasks, part)
    where.check()

    from nnuniverse.sweeps import SweepFolder, plan_sweep, read_sweep

    (source,) = sweep_folders([str(source)], out)
    described = read_sweep(source, tuple(overrides or ()))
    expectations = _expectations(described)
    root = source.resolve().parent if is_folder(source) else out
    if dry_run:
        show_costs(plan_sweep(described, root, where.replicas_at_once()), as_json)
        return
    if status:  # whose devices may be full of a run just now
        show_status(plan_sweep(described, root), as_json)
        return

    if script is not None:
        words = [str(source), *(overrides or ())]
        _write_script(script, where, described, words, root, retries, limit)
        return

    from nnuniverse.cli.display.sweep_progress import sweep_progress
    from nnuniverse.sweeps import run_sweep, sweep_axes

    stop = StopAtLimit(limit)
    points = math.prod(len(axis.labels) for axis in sweep_axes(described)) // share.of
    with (
        where.engine(SweepFolder(root / described.name), max(1, points)) as engine,
        sweep_progress() as progress,
    ):
        plan, ending = run_sweep(
            described,
            root,
            engine,
            progress,
            part=share,
            retries=retries,
            replicas_at_once=where.replicas_at_once(),
            stop=stop,
            planned=progress.begin,
        )
    verdicts = [] if part else _judge(plan, expectations)
    if junit:
        _write_junit(junit, verdicts, described.name)
    show_results(plan, ending, verdicts, as_json)
    _require_done(plan, ending, verdicts)


def _expectations(described: SweepConfig) -> list[Expectation]:
    """Return what is expected, understood; raises ConfigError for a line that is not."""
    if not described.expect:
        return []
    from nnuniverse.expectations import parse_expectation

    return [parse_expectation(line) for line in described.expect]


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


def _require(option: str, value: float | None, least: int) -> None:
    if value is not None and value < least:
        actual, remedy = f"is {value:g}", f"{option} {least}"
        raise ConfigError(f"`{option}`", f"be at least {least}", actual, remedy)


def _part(text: str | None) -> Part:
    from nnuniverse.sweeps import WHOLE, Part

    if text is None:
        return WHOLE
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text)
    if not found or int(found[1]) >= int(found[2]):
        raise ConfigError("`--part`", "be K/N with K from 0 to N - 1", f"is {text!r}", "--part 0/4")
    return Part(int(found[1]), int(found[2]))


def _require_done(plan: Plan, ending: Ending, verdicts: list[Verdict]) -> None:
    """Raise the error of a sweep that is not whole, or not what is expected."""
    left = plan.todo
    if ending.stopped and left:
        raise StoppedError(
            f"stopped with {counted(len(left), 'run')} left. Go on with the same command."
        )
    if ending.failed:
        first, reason = next(iter(ending.failed.items()))
        told = f"{first} failed: {reason.removesuffix('.')}{_more(ending.failed)}"
        raise RunError("every run", "end", told, "the same again")
    if plan.in_use:
        told = f"{plan.in_use[0]} is open for writing in another program{_more(plan.in_use)}"
        raise InUseError("every run", "be there to read", told, "the same again without that")
    if left:
        reason = f"{left[0]} is missing{_more(left)}, although it was computed"
        raise RunError("every run", "be found again", reason, "data that stay as they are")
    wrong = [verdict for verdict in verdicts if not verdict.holds]
    if wrong:
        told = f"`{wrong[0].text}` does not{_more(wrong)}"
        raise CheckError("what is expected", "hold", told, "the table")


def _more(named: Sized) -> str:
    """Say how many there are besides the first, which is named."""
    return f" ({len(named) - 1} more)" if len(named) > 1 else ""


def _judge(plan: Plan, expectations: list[Expectation]) -> list[Verdict]:
    """Return how the expectations turned out; while a run is missing, none of them holds."""
    if not expectations:
        return []
    from nnuniverse.expectations import Verdict
    from nnuniverse.sweeps import open_results

    if missing := plan.todo + plan.in_use:
        told = f"{len(missing)} of {len(plan.tasks)} are missing"
        error = must("every run", "be there", told, "`nnu sweep` again")
        return [Verdict(one.text, holds=False, error=error) for one in expectations]
    with open_results(plan.folder.path) as dataset:
        return [expectation.judge(dataset) for expectation in expectations]


def _write_junit(path: Path, verdicts: list[Verdict], name: str) -> None:
    from nnuniverse.expectations import junit_xml
    from nnuniverse.runs import replace_file

    replace_file(path, junit_xml(verdicts, name).encode(), remedy="another --junit")


def _require_writable(path: Path | None, part: str | None) -> None:
    """Raise ConfigError if there is something at ``path`` that is no JUnit XML, or nothing to say.

    That is so of a ``part`` of a sweep: what is expected is expected of the whole.
    """
    if path is None:
        return
    if part:
        raise ConfigError(
            "`--junit`", "be of a whole sweep", f"`--part {part}` is given", "one of them"
        )
    if not is_folder(path.parent):
        raise ConfigError(
            "`--junit`", "lie in a folder", f"{str(path.parent)!r} is none", "another --junit"
        )
    if path.exists() and not (path.is_file() and b"<testsuites" in path.read_bytes()[:1000]):
        raise ConfigError(
            f"the file {str(path)!r}",
            "be new or an earlier JUnit file",
            "is neither",
            "another --junit",
        )
