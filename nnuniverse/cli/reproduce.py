"""``nnu reproduce``: the numbers that a paper prints of its runs, beside those of ours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import DEFAULT_ROOT, AsJson, Root, print_json, remark, user_path
from nnuniverse.cli.replacing import refuse_to_replace
from nnuniverse.cli.time_limits import StopAtLimit, seconds_of
from nnuniverse.counted import counted
from nnuniverse.errors import CheckError, ConfigError, RunError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnuniverse.claims.reproduction.judged_claims import JudgedPaper
    from nnuniverse.claims.reproduction.missing_runs import Missing
    from nnuniverse.claims.reproduction.paper_files import PaperFile
    from nnuniverse.claims.reproduction.reproducing import Selection
    from nnuniverse.claims.reproduction.reproduction_plan import Budget, ReproductionPlan

HANG_SECONDS = 600.0
"""A run silent for so long is killed, as by `nnu sweep`."""


def reproduce(
    paper: Annotated[
        str,
        typer.Argument(
            metavar="PAPER|FILE",
            help="A paper, such as 2012.05082, or a file of printed numbers.",
            show_default=False,
        ),
    ],
    figures: Annotated[
        list[int] | None, typer.Option("--figure", metavar="N", help="Only of this; repeat.")
    ] = None,
    claims: Annotated[
        list[str] | None, typer.Option("--claim", metavar="ID", help="Only this one; repeat.")
    ] = None,
    budget: Annotated[
        str,
        typer.Option(
            "--budget",
            metavar="quick|TIME|full",
            help="Train nothing, as many seeds as fit into 45m or 2h, or all.",
        ),
    ] = "quick",
    seeds: Annotated[
        int | None, typer.Option("--seeds", metavar="N", help="Replicas of each config.  [10]")
    ] = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Say what is needed, found and missing; do nothing.")
    ] = False,
    judge_only: Annotated[
        bool, typer.Option("--judge", help="Judge by the runs that are there; train nothing.")
    ] = False,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="FILE.npz",
            help="Keep there the scalars that verdicts rest on.",
            parser=user_path,
        ),
    ] = None,
    page: Annotated[
        Path | None,
        typer.Option(
            "--page",
            metavar="FILE.html",
            help="Write one self-contained page: claims, figures, runs, errata.",
            parser=user_path,
        ),
    ] = None,
    out: Root = DEFAULT_ROOT,
    as_json: AsJson = False,
) -> None:
    """Reproduce a paper's printed numbers: train what the budget allows, judge each of them.

    Exit codes: 0 done, whatever the verdicts; 1 a run failed; 2 wrong usage or file; 3 a verdict is
    not the one on record; 75 stopped before its end: start it again to go on.
    """
    allowed = _budget(budget)
    _require_options(seeds, plan_only, judge_only, save)
    if page is not None:
        _require_page(page, plan_only)

    from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
    from nnuniverse.claims.reproduction.reproducing import Selection, judge_paper

    file = load_printed_numbers(paper)
    selection = Selection(tuple(figures or ()), tuple(claims or ()))
    selection.of(file.paper)
    if plan_only:
        _show_plan(_plan(file, out, selection, seeds, allowed, estimated=True), as_json)
        return
    failed = {} if judge_only else _train(file, out, selection, seeds, allowed)
    judged = judge_paper(file, out, selection, seeds)
    _show(judged, as_json)
    if save is not None:
        _save(file, out, seeds, save)
    if page is not None:
        _write_page(judged, page)
    if failed:
        first, reason = next(iter(failed.items()))
        more = f" ({len(failed) - 1} more)" if len(failed) > 1 else ""
        told = f"{first} failed: {reason.removesuffix('.')}{more}"
        raise RunError("every run", "end", told, "the same again")
    _require_as_recorded(judged)


def _budget(text: str) -> Budget:
    from nnuniverse.claims.reproduction.reproduction_plan import Budget

    if text in ("quick", "full"):
        return Budget(0.0 if text == "quick" else math.inf)
    seconds = seconds_of("--budget", text)
    if seconds < 1.0:
        raise ConfigError("`--budget`", "be at least a second", f"is {text}", "--budget quick")
    return Budget(seconds)


def _require_options(
    seeds: int | None, plan_only: bool, judge_only: bool, save: Path | None
) -> None:
    from nnuniverse.claims.reproduction.judging import FEWEST
    from nnuniverse.claims.reproduction.printed_numbers import MOST_SEEDS

    if seeds is not None and not FEWEST <= seeds <= MOST_SEEDS:
        requirement = f"be {FEWEST} to {MOST_SEEDS}, as a spread needs two and a verdict three"
        raise ConfigError("`--seeds`", requirement, f"is {seeds}", f"--seeds {FEWEST}")
    if plan_only and (judge_only or save is not None):
        other = "--judge" if judge_only else "--save"
        raise ConfigError("`--plan`", "stand alone", f"{other} is given", "one of them")
    if save is not None and (save.suffix != ".npz" or (save.exists() and not save.is_file())):
        raise ConfigError("`--save`", "name an npz file", f"is {str(save)!r}", "scalars.npz")


# --- planning and training ------------------------------------------------------------------------


def _plan(
    file: PaperFile,
    out: Path,
    selection: Selection,
    seeds: int | None,
    budget: Budget,
    *,
    estimated: bool,
) -> ReproductionPlan:
    from nnuniverse.claims.reproduction.reproduction_plan import plan_reproduction

    estimate = None
    if estimated:
        from nnuniverse.numerical_settings import require_jax

        require_jax()

        from nnuniverse.claims.reproduction.run_times import RunTimes

        estimate = RunTimes()
    return plan_reproduction(file, out, selection, seeds, budget, estimate)


def _train(
    file: PaperFile, out: Path, selection: Selection, seeds: int | None, budget: Budget
) -> dict[str, str]:
    """Train what is missing within the budget; return why runs failed, by their names.

    Raises StoppedError if it was stopped before its end.
    """
    if budget.seconds == 0.0:
        return {}
    timed = math.isfinite(budget.seconds)
    plan = _plan(file, out, selection, seeds, budget, estimated=timed)
    missing = [(one.found.point, one.train) for one in plan.runs]
    left_out = any(one.found.missing for one in plan.runs)
    if timed and left_out and not any(seeds for _, seeds in missing):
        remark(f"three seeds of each config do not fit into the budget: all take {_clock(plan)}")

    from nnuniverse.claims.reproduction.missing_runs import missing_ensembles
    from nnuniverse.claims.reproduction.trained_runs import TrainedRuns

    stop = StopAtLimit(budget.seconds if timed else None)
    nets = [(point, seeds) for point, seeds in missing if point.nets is None]
    failed = _run_sweeps(file, out, nets, stop)
    failed |= _run_sweeps(file, out, missing_ensembles(missing, TrainedRuns.below(out)), stop)
    return failed | _retrain(plan, out, stop)


def _retrain(plan: ReproductionPlan, out: Path, stop: StopAtLimit) -> dict[str, str]:
    """Perturb and train again the nets that numbers need so; return why it failed, by their names.

    Raises StoppedError if it was stopped before its end.
    """
    from nnuniverse.claims.reproduction.needed_retrainings import missing_retrainings
    from nnuniverse.claims.reproduction.trained_runs import TrainedRuns

    trained = TrainedRuns.below(out)
    found = [trained.of(one.found.point) for one in plan.runs]
    failed = {}
    for one in missing_retrainings(plan.numbers, found):
        remark(f"perturbed and trained again: {one}")
        try:
            one.train(stop)
        except RunError as error:
            failed[str(one)] = str(error)
    return failed


def _run_sweeps(
    file: PaperFile, out: Path, missing: Sequence[Missing], stop: StopAtLimit
) -> dict[str, str]:
    """Make what is ``missing`` by sweeps; return why runs failed, by their names.

    Raises StoppedError if it was stopped before its end.
    """
    from nnuniverse.claims.reproduction.missing_runs import missing_sweeps

    failed: dict[str, str] = {}
    sweeps = missing_sweeps(file.paper.paper, missing)
    if not sweeps:
        return failed

    from nnuniverse.cli.display.sweep_progress import sweep_progress
    from nnuniverse.cli.sweep_engines import Where
    from nnuniverse.sweeps import SweepFolder, run_sweep, sweep_axes

    where = Where(None, None, HANG_SECONDS)
    for sweep in sweeps:
        points = math.prod(len(axis.labels) for axis in sweep_axes(sweep))
        with (
            where.engine(SweepFolder(out / sweep.name), points) as engine,
            sweep_progress() as progress,
        ):
            left, ending = run_sweep(
                sweep,
                out,
                engine,
                progress,
                replicas_at_once=where.replicas_at_once(),
                stop=stop,
                planned=progress.begin,
            )
        failed |= ending.failed
        if ending.stopped and left.todo:
            raise StoppedError(
                f"stopped with {counted(len(left.todo), 'run')} left. Go on with the same command."
            )
    return failed


def _clock(plan: ReproductionPlan) -> str:
    from nnuniverse.cli.display.consoles import clock

    return clock(plan.seconds)


def _show_plan(plan: ReproductionPlan, as_json: bool) -> None:
    from nnuniverse.claims.reproduction.plan_output import (
        plan_document,
        plan_reasons,
        plan_tables,
    )
    from nnuniverse.cli.display.tables import print_told

    if as_json:
        print_json(plan_document(plan))
    else:
        print_told(plan_tables(plan), plan_reasons(plan))
    for told in plan.unused:
        remark(told)


def _show(judged: JudgedPaper, as_json: bool) -> None:
    from nnuniverse.claims.reproduction.judged_output import (
        judged_document,
        judged_reasons,
        judged_tables,
    )
    from nnuniverse.cli.display.tables import print_told

    if as_json:
        print_json(judged_document(judged))
    else:
        print_told(judged_tables(judged), judged_reasons(judged))
    if judged.shipped:
        remark("where runs here do not suffice, values are those that come with the package")
    for told in judged.unused:
        remark(told)


def _save(file: PaperFile, out: Path, seeds: int | None, path: Path) -> None:
    from nnuniverse.claims.reproduction.reproducing import scalars_of
    from nnuniverse.claims.reproduction.scalar_files import write_scalars

    write_scalars(path, scalars_of(file, out, seeds))
    remark(f"scalars: {path}")


def _require_page(page: Path, plan_only: bool) -> None:
    """Raise ConfigError if there is nothing to write a page of, or its place is taken."""
    from nnuniverse.reports import REPRODUCTION, is_report

    if plan_only:
        raise ConfigError("`--plan`", "stand alone", "--page is given", "one of them")
    refuse_to_replace(
        page,
        lambda: is_report(page, REPRODUCTION),
        "page",
        "page of this command",
        remedy="--page with another name",
    )


def _write_page(judged: JudgedPaper, page: Path) -> None:
    from nnuniverse.reports import reproduction_page
    from nnuniverse.runs import replace_file

    content = reproduction_page(judged)
    page.parent.mkdir(parents=True, exist_ok=True)
    replace_file(page, content.encode(errors="replace"), remedy="another --page")
    remark(f"page: {page}")


def _require_as_recorded(judged: JudgedPaper) -> None:
    """Raise CheckError, which names what has changed."""
    if not judged.changed:
        return
    told = "; ".join(
        f"{one.number.id} is {one.verdict!r}, was {one.number.recorded!r}" for one in judged.changed
    )
    raise CheckError("every verdict", "be the one on record", told, "`--json`, for why")
