"""The runs in a sweep's folder: which there are, which are whole, what has become of others."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from nnuniverse.errors import InUseError, NNUniverseError, RunError
from nnuniverse.experiments.reopen import family_hash_of_0_1
from nnuniverse.experiments.samples import Datasets
from nnuniverse.regular_files import read_regular
from nnuniverse.runs import Descriptions, FoundRun, read_ended_run, replace_file
from nnuniverse.runs.folder import SHORT_HASH
from nnuniverse.runs.lookup import IN_USE
from nnuniverse.sweeps.folder import MAX_JSON_BYTES, REMEDY, SweepFolder
from nnuniverse.sweeps.task import Task


class FoundRuns:
    """Some ``runs`` in the folder of a sweep, by family.

    Of a family that is asked for, those that have ended are read whole.  What was read so before,
    and has not changed since by size and time, is not read again.  That is only a cache: without it
    all are.
    """

    def __init__(self, folder: SweepFolder, runs: Iterable[FoundRun], datasets: Datasets) -> None:
        self._folder = folder
        self._datasets = datasets
        self._cache = folder.path / ".seen.json"
        self._cached = self._read_cache()
        self._stamps = dict(self._cached)
        self._described: Descriptions = {}
        self._damaged: dict[str, str] = {}
        self._names: set[str] = set()
        self._families: dict[str, list[FoundRun]] = defaultdict(list)
        for run in runs:
            self._names.add(run.folder.path.name)
            try:
                self._families[self._family_hash(run)].append(run)
            except NNUniverseError as error:
                self._note_damage(run, error)

    def whole(self, family_hash: str) -> list[FoundRun]:
        """Return the runs of a family but those that have ended and cannot be read whole.

        ``family_hash``: of config and data, seeds apart.
        """
        found = self._families.get(family_hash, [])
        return [run for run in map(self._checked, found) if run is not None]

    def by_hash(self) -> dict[str, FoundRun]:
        """Return a `whole` run for every hash: the oldest, of those that have ended if any has."""
        newest_first = [run for family in self._families for run in reversed(self.whole(family))]
        return {run.run_hash: run for run in sorted(newest_first, key=_how_far)}

    def remember(self) -> None:
        """Keep what has been read whole for the next time."""
        if self._stamps != self._cached:
            with suppress(RunError):  # no space or no right to write: nothing is lost
                replace_file(self._cache, json.dumps(self._stamps).encode(), REMEDY)

    def reasons(self, tasks: Iterable[Task]) -> Iterator[str]:
        """Yield why those of ``tasks`` that begin anew do so although they had ended before.

        For this, the runs must be all in the folder.
        """
        lost = self._cached.keys() - self._names
        gone = {name.rpartition("-")[2]: self._loss(name) for name in lost}
        for task in tasks:
            short = task.run_hash[:SHORT_HASH]
            reason = gone.get(short) or self._damaged.get(short)
            if task.found is None and reason:
                yield reason

    def _loss(self, name: str) -> str:
        """Say what has become of a run that was whole, and is not found any more."""
        path = self._folder.path / name
        what = "has lost its provenance.json" if path.exists() else "has been deleted"
        return f"{str(path)!r} {what}."

    def _checked(self, run: FoundRun) -> FoundRun | None:
        """Return a run as it stands, None if it is damaged."""
        try:
            if run.ended:
                self._require_whole(run)
        except InUseError:
            return replace(run, status=IN_USE)
        except NNUniverseError as error:
            self._note_damage(run, error)
            return None
        return run

    def _note_damage(self, run: FoundRun, error: NNUniverseError) -> None:
        path, reason = str(run.folder), str(error)
        named = reason if path in reason else f"{path}: {reason}"
        self._damaged[run.run_hash[:SHORT_HASH]] = named

    def _family_hash(self, run: FoundRun) -> str:
        """Return the hash of the run's family, of a run of 0.1.0 as it would be today."""
        return run.family_hash if run.identified else family_hash_of_0_1(run, self._datasets)

    def _require_whole(self, run: FoundRun) -> None:
        """Raise RunError unless the results of an ended run can be read, and are all there."""
        name, stamp = run.folder.path.name, _stamp(run)
        if stamp and self._stamps.get(name) == stamp:
            return
        read_ended_run(run.folder.path, self._described)
        self._stamps[name] = stamp

    def _read_cache(self) -> dict[str, list[int]]:
        try:
            return dict(json.loads(read_regular(self._cache, MAX_JSON_BYTES)))
        except (OSError, ValueError, TypeError, RecursionError):
            return {}


def _how_far(run: FoundRun) -> tuple[bool, bool]:
    return run.ended, run.in_use


def _stamp(run: FoundRun) -> list[int]:
    """Return size and time of what a run is read from, nothing if it is not there."""
    try:
        stats = [path.stat() for path in (run.folder.results, run.folder.config)]
    except OSError:
        return []
    return [number for stat in stats for number in (stat.st_size, stat.st_mtime_ns)]
