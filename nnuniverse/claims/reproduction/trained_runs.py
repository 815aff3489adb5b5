"""Runs that were trained already, wherever they lie, for what a number needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from nnuniverse.claims.reproduction.needed_ensembles import ensemble_of_net
from nnuniverse.claims.reproduction.needed_runs import NeededPoint
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber
from nnuniverse.config import config_default
from nnuniverse.errors import NNUniverseError
from nnuniverse.experiments.samples import Datasets
from nnuniverse.runs import Provenance, RunFolder, RunRecord, read_run
from nnuniverse.runs.identity import ATTRIBUTE, Identity, read_identity

WHAT_IS_MEASURED = "observe."
"""Keys that change what is written down of a run, but no step of it, other than `KEPT`."""

KEPT = "observe.slope"
OF_REPLICAS = ("seed", "replicas")
OF_SIZE = ("train.epochs", "data.train_samples")

Lacking = Mapping[str, str]
"""By the id of a number: why a run that is as long as it needs gives it no value."""


@dataclass(frozen=True)
class TrainedRun:
    """A run folder as its provenance tells of it; an ensemble has the one seed of its net."""

    folder: RunFolder
    identity: Identity
    seeds: tuple[int, ...]
    status: str

    def __str__(self) -> str:
        return f"{self.folder.path.parent.name}/{self.folder.path.name}"


@dataclass(frozen=True)
class Found:
    """What there is of a needed point.

    ``records``: runs that can be read, with those of the wanted seeds that each is taken for;
    ``unused``: in words, runs of a similar config that are not taken, and why; ``lacking``: by
    folder, what numbers lack in a run; ``unasked``: by the id of a number, why no run of the config
    gives it a value, as it does not ask for what is measured.
    """

    point: NeededPoint
    train_samples: int
    records: tuple[tuple[RunRecord, TrainedRun, tuple[int, ...]], ...] = ()
    unused: tuple[str, ...] = ()
    lacking: Mapping[Path, Lacking] = field(default_factory=dict)
    unasked: Lacking = field(default_factory=dict)

    @property
    def whole(self) -> tuple[int, ...]:
        """The wanted seeds that were trained to their end, with what numbers need recorded."""
        return tuple(
            sorted(
                seed
                for record, _, seeds in self.whole_records
                if not self.replaced(record)
                for seed in seeds
            )
        )

    def lacks(self, number: PrintedNumber, record: RunRecord) -> str:
        """Return why a run that is long enough gives a number no value, "" if it does.

        ``record``: the run, as read back from its folder.
        """
        return self.lacking.get(record.folder.path, {}).get(number.id, "")

    def replaced(self, record: RunRecord) -> bool:
        """Return whether a run lacks what one of the config as it is now may have.

        ``record``: the run, as read back from its folder.
        """
        lacking = set(self.lacking.get(record.folder.path, ())).difference(self.unasked)
        return bool(lacking) and record.config.observe != self.point.config.observe

    @property
    def whole_records(self) -> list[tuple[RunRecord, TrainedRun, tuple[int, ...]]]:
        """Those of the records whose run was trained to its end."""
        return [one for one in self.records if _ended(one[0])]

    def short_of(self, number: PrintedNumber, record: RunRecord) -> int:
        """Return how many epochs a run would have to have for a number, 0 if it has them.

        ``record``: the run, as read back from its folder.
        """
        return epochs_short(self.point, number, record)

    def net(self, seed: int) -> tuple[Path, int] | None:
        """Return the run of the whole net of a seed, and its number there; None without one."""
        for _, run, seeds in self.whole_records:
            if seed in seeds:
                return run.folder.path, run.seeds.index(seed)
        return None

    @property
    def missing(self) -> tuple[int, ...]:
        """The wanted seeds that are not."""
        return tuple(sorted(set(self.point.seeds) - set(self.whole)))


@dataclass
class TrainedRuns:
    """All runs below some folders; asked for those of a config, whatever they are called.

    A run is one of a config if everything is the same that its numbers depend on, but which
    replicas it has, and what of them is written down.
    """

    runs: list[TrainedRun]
    _datasets: Datasets = field(default_factory=Datasets)
    _records: dict[Path, RunRecord | str] = field(default_factory=dict)

    @classmethod
    def below(cls, root: Path) -> TrainedRuns:
        """Look for runs in ``root``: those of every name, and of every sweep."""
        paths = sorted(root.glob("[!.]*/[!.]*/provenance.json"))
        found = [_read(RunFolder(path.parent)) for path in paths]
        return cls([run for run in found if run is not None])

    def of(
        self, point: NeededPoint, lacks: Callable[[NeededPoint, RunRecord], Lacking] | None = None
    ) -> Found:
        """Return what there is of a point; raises ConfigError or DataError if its data are not.

        ``lacks``: what numbers lack in a run; runs that lack nothing are taken first.
        """
        if point.nets is not None:
            return self._ensembles(point, self.of(point.nets))
        wanted = self._datasets.identify(point.config)
        samples = len(self._datasets.of(point.config).train.labels)
        unused, same = [], []
        for run in self.runs:
            reason = _difference(wanted, run.identity)
            if reason == "":
                same.append(run)
            elif reason is not None:
                unused.append(f"{run} as {point}: {reason}")
        records = []
        missing = set(point.seeds)
        readable = self._readable(same, unused)
        lacking = {record.folder.path: lacks(point, record) for _, record in readable if lacks}
        for run, record in _worthiest(readable, lacking):
            covers = tuple(seed for seed in run.seeds if seed in missing)
            if covers:
                missing -= set(covers)
                records.append((record, run, covers))
                if not _ended(record):
                    epochs = record.config.train.epochs
                    unused.append(f"{run}: {record.epochs:,} of {epochs:,} epochs so far")
        return Found(point, samples, tuple(records), tuple(unused), lacking)

    def _ensembles(self, point: NeededPoint, nets: Found) -> Found:
        """Return the whole ensembles there are of the nets that there are."""
        records, unused = [], []
        for seed in point.seeds:
            net = nets.net(seed)
            if net is None:
                continue
            wanted = self._datasets.identify(ensemble_of_net(point, seed, *net).config)
            same = [run for run in self.runs if _difference(wanted, run.identity) == ""]
            for run in same:
                record = self._record(run)
                if isinstance(record, str):
                    unused.append(f"{run}: {record}")
                elif not _ended(record):
                    unused.append(f"{run}: {record.status}, with its records so far")
                else:
                    records.append((record, replace(run, seeds=(seed,)), (seed,)))
                    break
        return Found(point, nets.train_samples, tuple(records), tuple(unused))

    def _readable(
        self, runs: list[TrainedRun], unused: list[str]
    ) -> list[tuple[TrainedRun, RunRecord]]:
        """Return the runs with their records."""
        found = []
        for run in runs:
            record = self._record(run)
            if isinstance(record, str):
                unused.append(f"{run}: {record}")
            else:
                found.append((run, record))
        return found

    def _record(self, run: TrainedRun) -> RunRecord | str:
        path = run.folder.path
        if path not in self._records:
            try:
                self._records[path] = read_run(path)
            except NNUniverseError as error:
                self._records[path] = str(error)
        return self._records[path]


def _read(folder: RunFolder) -> TrainedRun | None:
    """Return the run in ``folder``, None if its provenance does not tell what it is."""
    provenance = Provenance.read(folder.provenance)
    identity = read_identity(provenance.content.get(ATTRIBUTE))
    seeds = provenance.content.get("seeds")
    if identity is None or not isinstance(seeds, list):
        return None
    whole = tuple(seed for seed in seeds if isinstance(seed, int))
    return TrainedRun(folder, identity, whole, provenance.status)


def _worthiest(
    readable: list[tuple[TrainedRun, RunRecord]], lacking: Mapping[Path, Lacking]
) -> list[tuple[TrainedRun, RunRecord]]:
    """Return the longest runs first, then those that lack least, then what recorded most."""

    def worth(one: tuple[TrainedRun, RunRecord]) -> tuple[int, int, int, str]:
        run, record = one
        lacks = len(lacking.get(record.folder.path, ()))
        return record.epochs, -lacks, len(record.variables), run.folder.path.name

    return sorted(readable, key=worth, reverse=True)


def epochs_short(point: NeededPoint, number: PrintedNumber, record: RunRecord) -> int:
    """Return how many epochs a run of a point would have to have for a number, 0 if it has them.

    ``record``: the run, as read back from its folder.
    """
    needed = number.requires.epochs
    if needed is None:
        return 0 if _ended(record) else point.config.train.epochs
    return needed if epochs_of(record) < needed else 0


def epochs_of(record: RunRecord) -> int:
    """Return the epochs recorded of a run, or trained before its net became an ensemble.

    ``record``: the run, as read back from its folder.
    """
    return record.config.train.epochs if record.is_ensemble else record.epochs


def _ended(record: RunRecord) -> bool:
    if record.is_ensemble:
        return record.status in ("complete", "diverged")
    return record.epochs == record.config.train.epochs or bool(record.ended.all())


def _difference(wanted: Identity, there: Identity) -> str | None:
    """Return "" for runs of one protocol, None for others, a reason if only their size differs."""
    first, second = _protocol(wanted.config), _protocol(there.config)
    differing = [key for key in {**first, **second} if first.get(key) != second.get(key)]
    if any(key not in OF_SIZE for key in differing) or wanted.files != there.files:
        return None
    if differing:
        key = differing[0]
        has, needs = (one.config.get(key, config_default(key)) for one in (there, wanted))
        return f"`{key}` is {has}, not {needs}"
    return "" if wanted.data == there.data else "it was trained on other data"


def _protocol(config: Mapping[str, object]) -> dict[str, object]:
    """Return the essentials of a config without what changes no step of training."""
    return {
        key: value
        for key, value in config.items()
        if key not in OF_REPLICAS and (key == KEPT or not key.startswith(WHAT_IS_MEASURED))
    }
