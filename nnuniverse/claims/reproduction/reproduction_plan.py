"""What reproducing a paper needs: runs found and missing, their time, what a budget reaches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nnuniverse.claims.reproduction.judging import FEWEST
from nnuniverse.claims.reproduction.measuring import Measuring
from nnuniverse.claims.reproduction.needed_retrainings import (
    NeededRetraining,
    missing_retrainings,
    perturbations_of,
)
from nnuniverse.claims.reproduction.needed_runs import (
    NeededPoint,
    needed_points,
    protocol_points,
)
from nnuniverse.claims.reproduction.paper_files import PaperFile, series_of
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber
from nnuniverse.claims.reproduction.recorded_series import unasked
from nnuniverse.claims.reproduction.reproducing import Selection, run_names
from nnuniverse.claims.reproduction.scalar_files import shipped_scalars
from nnuniverse.claims.reproduction.trained_runs import Found, TrainedRuns
from nnuniverse.config import RunConfig
from nnuniverse.errors import ConfigError, must


@dataclass(frozen=True)
class RunTime:
    """Seconds that a run takes: once, and for each of its replicas.

    ``again``: what perturbing nets that are there, and training them again, takes besides.
    """

    once: float
    replica: float
    again: float = 0.0

    def of(self, replicas: int) -> float:
        """Return the seconds of a run of so many replicas."""
        return self.again + (self.once + self.replica * replicas if replicas else 0.0)


Estimate = Callable[[RunConfig], RunTime]


@dataclass(frozen=True)
class Budget:
    """How much may be trained: nothing, for so many ``seconds``, or everything (infinite)."""

    seconds: float


@dataclass(frozen=True)
class PlannedRuns:
    """A config that numbers need: what there is of it, what is to be trained, and for how long.

    ``again``: how many runs that are there have to be perturbed and trained again.
    """

    found: Found
    train: tuple[int, ...]
    seconds: float
    again: int = 0

    def reaches(self, number: PrintedNumber) -> bool:
        """Return whether it will have as many replicas as a verdict on a number needs."""
        there = {
            seed
            for record, _, seeds in self.found.records
            if not self.found.short_of(number, record) and not self.found.lacks(number, record)
            for seed in seeds
        }
        trained = () if number.id in self.found.unasked else self.train
        return len(there.union(trained)) >= FEWEST

    def why_not(self, number: PrintedNumber) -> str:
        """Return what a number lacks in the runs that there are or can be, "" if nothing."""
        told = self.found.unasked.get(number.id, "")
        return told or next(
            (
                f"{run}: {lacks}"
                for record, run, _ in self.found.records
                if (lacks := self.found.lacks(number, record))
            ),
            "",
        )


@dataclass(frozen=True)
class ReproductionPlan:
    """What is needed, one after another, for ``numbers``.

    ``seconds``: of all that is missing; ``budgeted``: of what the ``budget`` lets be trained;
    ``protocols``: the points of the sweep over protocols, which only `nnu sweep` trains;
    ``shipped``: ids of numbers whose values come with the package.
    """

    numbers: tuple[PrintedNumber, ...]
    runs: tuple[PlannedRuns, ...]
    protocols: tuple[PlannedRuns, ...]
    seconds: float
    budget: Budget
    budgeted: float
    shipped: frozenset[str]

    def reaches(self, number: PrintedNumber) -> bool:
        """Return whether the budget can give a verdict on a number."""
        of = [one for one in self.runs if one.found.point.of == number.run]
        return number.id in self.shipped or all(one.reaches(number) for one in of)

    def why_not(self, number: PrintedNumber) -> str:
        """Return what a number that is out of reach lacks, "" if nothing but seeds or epochs."""
        of = [one for one in self.runs if one.found.point.of == number.run]
        told = [] if self.reaches(number) else [one.why_not(number) for one in of]
        return next(filter(None, told), "")

    @property
    def unused(self) -> tuple[str, ...]:
        """In words, runs of similar configs that are not taken as they are."""
        return tuple(dict.fromkeys(told for one in self.runs for told in one.found.unused))


def plan_reproduction(
    file: PaperFile,
    root: Path,
    selection: Selection,
    seeds: int | None,
    budget: Budget,
    estimate: Estimate | None,
) -> ReproductionPlan:
    """Return what the numbers that are asked for need beyond the runs below ``root``.

    ``estimate``: of the time of a run, None to do without (then every time is zero, and the budget
    must be none or infinite).  Seeds are left out, never epochs: within a time, each config gets as
    many of the first seeds as fit, or none if not `FEWEST` do.  Raises ConfigError for a time that
    is shorter than a single run.

    ``file``: the printed numbers of the paper, and where they stand; ``selection``: which numbers.
    """
    numbers = selection.of(file.paper)
    trained = TrainedRuns.below(root)
    names = run_names(numbers)
    lacking = Measuring().lacking(numbers)
    found = [
        replace(trained.of(point, lacking), unasked=unasked_of(point, numbers))
        for point in needed_points(file, names, seeds)
    ]
    again = [missing_retrainings(numbers, [there]) for there in found]
    times = [_time(*one, numbers, estimate) for one in zip(found, again, strict=True)]
    most = _seeds_that_fit(found, times, budget)
    runs = tuple(
        _planned(there, time, [seed for seed in there.missing if seed in most(there.point)], again)
        for there, time, again in zip(found, times, map(len, again), strict=True)
    )
    protocols = [trained.of(point) for point in protocol_points(file) if point.of in names]
    return ReproductionPlan(
        numbers,
        runs,
        tuple(_planned(one, _time(one, [], (), estimate), one.missing) for one in protocols),
        sum(time.of(len(there.missing)) for there, time in zip(found, times, strict=True)),
        budget,
        sum(one.seconds for one in runs) if budget.seconds else 0.0,
        frozenset() if file.is_own else frozenset(shipped_scalars(file.paper.paper).measured),
    )


def unasked_of(point: NeededPoint, numbers: Sequence[PrintedNumber]) -> dict[str, str]:
    """Return by id why runs of a point give ``numbers`` no value: it does not ask for what they do.

    ``point``: the config.
    """
    told = {}
    for number in numbers:
        names = series_of(number) if number.run == point.of else set()
        if missing := unasked(point.config, names):
            remedy = f"{missing[0]} in observe.observables under `set` of {point.of}"
            actual = f"{point} does not ask for it"
            told[number.id] = must(f"`{missing[0]}`", "be recorded", actual, remedy)
    return told


def _time(
    found: Found,
    again: Sequence[NeededRetraining],
    numbers: Sequence[PrintedNumber],
    estimate: Estimate | None,
) -> RunTime:
    """Return the time of a run that is missing, and of what is done ``again`` to those there are.

    A net that is perturbed is trained as long as it was before.
    """
    if estimate is None or not (found.missing or again):
        return RunTime(0.0, 0.0)
    single = estimate(found.point.config)
    trainings = 1 + perturbations_of(numbers, found.point.of)
    of_these = sum(single.of(one.replicas) for one in again)
    return RunTime(trainings * single.once, trainings * single.replica, of_these)


def _planned(found: Found, time: RunTime, seeds: Sequence[int], again: int = 0) -> PlannedRuns:
    return PlannedRuns(found, tuple(seeds), time.of(len(seeds)), again)


def _seeds_that_fit(
    found: Sequence[Found], times: Sequence[RunTime], budget: Budget
) -> Callable[[NeededPoint], set[int]]:
    """Return what gives the seeds of a point that are trained within a budget."""
    if budget.seconds == 0.0:
        return lambda point: set()
    _require_one_run(found, times, budget)
    most = max((len(there.point.seeds) for there in found), default=0)
    for seeds in range(most, FEWEST - 1, -1):
        total = sum(
            time.of(len(set(there.missing) & set(there.point.seeds[:seeds])))
            for there, time in zip(found, times, strict=True)
        )
        if total <= budget.seconds:
            return lambda point: set(point.seeds[:seeds])
    return lambda point: set()


def _require_one_run(found: Sequence[Found], times: Sequence[RunTime], budget: Budget) -> None:
    single = [time.of(1) for there, time in zip(found, times, strict=True) if there.missing]
    if single and budget.seconds < min(single):
        raise ConfigError(
            "`--budget`",
            "be at least the time of one run",
            f"is {budget.seconds:.0f} s, where one takes about {min(single):.0f} s",
            "--budget full, or --plan",
        )
