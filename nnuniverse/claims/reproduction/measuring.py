"""From the runs that are there to the values of every printed number."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nnuniverse.axis_labels import Label
from nnuniverse.claims.reproduction.analysed_scalars import analysed, known_scalar
from nnuniverse.claims.reproduction.judged_claims import MeasuredValues, UsedRun
from nnuniverse.claims.reproduction.judging import FEWEST
from nnuniverse.claims.reproduction.needed_runs import NeededPoint
from nnuniverse.claims.reproduction.printed_numbers import (
    AnalysedScalar,
    Measurable,
    PrintedNumber,
)
from nnuniverse.claims.reproduction.recorded_series import series_called
from nnuniverse.claims.reproduction.trained_runs import (
    Found,
    Lacking,
    TrainedRun,
    epochs_of,
    epochs_short,
)
from nnuniverse.config import config_default, flattened
from nnuniverse.errors import NNUniverseError
from nnuniverse.expectations.evaluation import Unjudged, evaluate, exact_arithmetic
from nnuniverse.expectations.expressions import quantity_names
from nnuniverse.expectations.parser import parse_quantity
from nnuniverse.runs import RunRecord
from nnuniverse.runs.provenance import segments_of, typed_commands
from nnuniverse.runs.results import RESULTS
from nnuniverse.runs.whole import open_dataset
from nnuniverse.sweep_dataset import REPLICA


@dataclass
class _Replicas:
    """Values that add up, replica by replica."""

    values: list[float] = field(default_factory=list)
    against: list[float] = field(default_factory=list)
    seeds: list[int] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    groups: list[Label] = field(default_factory=list)


class Measuring:
    """Takes values from runs; what has been taken of a run once is not taken again."""

    def __init__(self) -> None:
        self._taken: dict[tuple[Path, str], np.ndarray | str] = {}

    def measure(self, number: PrintedNumber, found: Sequence[Found]) -> MeasuredValues | str:
        """Return the values of a number on what was ``found`` of its points, or why there is none.

        A run that is shorter than the number needs, or on fewer samples, gives no value.  Of a
        sweep, each point must have as many replicas as a verdict needs: some of them alone would
        rank other nets than the number is about.
        """
        replicas, short = _Replicas(), []
        for there in found:
            before = len(replicas.values)
            if there.train_samples < number.requires.train_samples:
                needs = f"{number.requires.train_samples:,} samples"
                return f"{there.point} has {there.train_samples:,} of {needs}"
            for record, run, seeds in there.records:
                if needed := there.short_of(number, record):
                    short.append(f"{run} has {epochs_of(record):,} of {needed:,} epochs")
                    continue
                error = self._add(replicas, number, there, record, run, seeds)
                if error:
                    short.append(error)
            if there.point.labels and len(replicas.values) - before < FEWEST:
                return "; ".join(dict.fromkeys(short)) or f"there are too few runs of {there.point}"
        if not replicas.values:
            return "; ".join(dict.fromkeys(short)) or _none_found(found)
        return _values(replicas, number, "; ".join(dict.fromkeys(short)))

    def lacking(
        self, numbers: Iterable[PrintedNumber]
    ) -> Callable[[NeededPoint, RunRecord], Lacking]:
        """Return what tells why a run of a point, long enough for ``numbers``, gives them no value.

        An expression is evaluated.  A scalar of the analysis, which takes longer, is found only
        where the run records something else than the config asks for now; none of nets that are to
        be trained again, which is no matter of what was recorded.
        """

        def of(point: NeededPoint, record: RunRecord) -> Lacking:
            recorded_alike = record.config.observe == point.config.observe
            return {
                number.id: told[0]
                for number in numbers
                if number.run == point.of
                and not epochs_short(point, number, record)
                and (told := self._lacks(number, record, recorded_alike))
            }

        return of

    def _lacks(self, number: PrintedNumber, record: RunRecord, recorded_alike: bool) -> list[str]:
        """Return why a run has no value of what a number measures, nothing if it has."""
        measured = [what for what in _measured_of(number) if _tried(what, recorded_alike)]
        values = (self._value(record, what) for what in measured)
        return [value for value in values if isinstance(value, str)]

    def _add(
        self,
        replicas: _Replicas,
        number: PrintedNumber,
        there: Found,
        record: RunRecord,
        run: TrainedRun,
        seeds: tuple[int, ...],
    ) -> str:
        """Add the values of the replicas of one run; return why there are none, "" if there are."""
        ranked = number.rank_correlation
        values = [self._value(record, what) for what in _measured_of(number)]
        for one in values:
            if isinstance(one, str):
                return f"{run}: {one}"
        rows = [run.seeds.index(seed) for seed in seeds]
        replicas.values += [float(values[0][row]) for row in rows]
        if ranked:
            replicas.against += [float(values[1][row]) for row in rows]
            label = there.point.labels.get(ranked.within or "", "")
            replicas.groups += [label] * len(rows)
        replicas.seeds += seeds
        replicas.epochs += [epochs_of(record)] * len(rows)
        replicas.runs += [str(run)] * len(rows)
        return ""

    def _value(self, record: RunRecord, what: Measurable) -> np.ndarray | str:
        key = (record.folder.path, repr(what))
        if key not in self._taken:
            take: Callable[[], np.ndarray] = lambda: (  # noqa: E731 (both have one call)
                analysed(record, what)
                if isinstance(what, AnalysedScalar)
                else _evaluated(record, what)
            )
            try:
                self._taken[key] = np.asarray(take(), float)
            except (NNUniverseError, Unjudged) as error:
                self._taken[key] = str(error)
        return self._taken[key]


def _measured_of(number: PrintedNumber) -> list[Measurable]:
    """Return what is measured for a number: its quantity, and that which it is ranked against."""
    ranked = number.rank_correlation
    measured = [number.quantity, ranked.against if ranked else None]
    return [what for what in measured if what is not None]


def _tried(what: Measurable, recorded_alike: bool) -> bool:
    """Return whether it is worth its time to see if a run has a value of ``what``."""
    if not isinstance(what, AnalysedScalar):
        return True
    kind = known_scalar(what.analysis)
    return not recorded_alike and kind is not None and kind.retraining is None


def used_run(found: Found, record: RunRecord, run: TrainedRun, seeds: tuple[int, ...]) -> UsedRun:
    """Return what a page says of a run that values come from.

    ``found``: the run, and which paper's it is; ``record``: the run, as read back from its folder;
    ``seeds``: those that are used.
    """
    segments = segments_of(record.provenance)
    packages = segments[-1].get("packages", {}) if segments else {}
    return UsedRun(
        run=str(run),
        of=found.point.of,
        seeds=seeds,
        epochs=epochs_of(record),
        train_samples=found.train_samples,
        status=run.status,
        config_hash=record.config.hash(),
        data=run.identity.data,
        commit=record.commit,
        packages={str(name): str(version) for name, version in packages.items()},
        protocol=_protocol(record),
        command="; ".join(_without_place(command) for command in typed_commands(segments)[:1]),
        point=found.point.labels,
        folder=record.folder.path,
        seconds=_seconds(segments, len(run.seeds)),
    )


def _without_place(command: Sequence[str]) -> str:
    """Return a command line but for where its runs lie, which changes no number."""
    kept = [
        "/".join(Path(word).parts[-2:]) if Path(word).is_absolute() else word
        for before, word in zip(["", *command], command, strict=False)
        if "--out" not in (before, word) and not word.startswith("--out=")
    ]
    return shlex.join(kept)


def _seconds(segments: Sequence[Mapping[str, object]], replicas: int) -> float | None:
    """Return how long training took per replica, None if a process has left that open."""
    taken = [segment.get("seconds") for segment in segments]
    known = [seconds for seconds in taken if isinstance(seconds, int | float)]
    return sum(known) / replicas if known and len(known) == len(taken) and replicas else None


def _protocol(record: RunRecord) -> Mapping[str, object]:
    """Return the keys of a run's config, by dotted name, that are not left at their default."""
    chosen = flattened(record.config.essentials())
    return {key: value for key, value in chosen.items() if value != config_default(key)}


def _none_found(found: Sequence[Found]) -> str:
    names = ", ".join(dict.fromkeys(there.point.of for there in found))
    return f"there is no run of {names or 'any config'}"


def _values(replicas: _Replicas, number: PrintedNumber, short: str) -> MeasuredValues:
    ranked = number.rank_correlation is not None
    return MeasuredValues(
        np.array(replicas.values),
        np.array(replicas.seeds),
        np.array(replicas.epochs),
        tuple(replicas.runs),
        np.array(replicas.against) if ranked else None,
        tuple(replicas.groups),
        short,
    )


def _evaluated(record: RunRecord, text: str) -> np.ndarray:
    """Return the value of an expression per replica of a run."""
    expression = parse_quantity(text)
    for name in sorted(quantity_names(expression)):
        if series_called(name, record.variables) is None:
            remedy = f"{name} in observe.observables of its config, and `--budget full`"
            raise Unjudged(f"`{name}`", "be recorded", "is not", remedy)
    with open_dataset(record.folder.results, RESULTS) as dataset, exact_arithmetic():
        value = evaluate(expression, dataset)
        if value.dims != (REPLICA,):
            more = [dim for dim in value.dims if dim != REPLICA]
            actual = f"has one for every {more[0]}" if more else "is the same for all replicas"
            raise Unjudged(f"`{text}`", "have one value per replica", actual, "another quantity")
        return value.values
