"""The runs of a sweep in the order of its points."""

from __future__ import annotations

from nnuniverse.config import RunConfig, load_sweep
from nnuniverse.errors import NNUniverseError
from nnuniverse.runs import FoundRun, find_runs
from nnuniverse.runs.identity import stored_config
from nnuniverse.sweeps.folder import WRITTEN_OUT, SweepFolder
from nnuniverse.sweeps.grid import sweep_points


def ended_runs(folder: SweepFolder) -> list[FoundRun]:
    """Return the runs that have ended: along the axes, the last one fastest, then by their seeds.

    Those of no point of the sweep as it was started last follow, the oldest first.

    ``folder``: of the sweep.
    """
    runs = [run for run in find_runs(folder.path) if run.ended]
    try:
        sweep = load_sweep(folder.config, (), WRITTEN_OUT)
        numbers = {_identity(point.config): point.number for point in sweep_points(sweep)}
    except NNUniverseError:  # damaged: the runs are no worse for it
        return runs
    places = {run.folder: numbers.get(_stored_identity(run), len(numbers)) for run in runs}
    on_axes = [run for run in runs if places[run.folder] < len(numbers)]
    rest = [run for run in runs if places[run.folder] == len(numbers)]
    return sorted(on_axes, key=lambda run: (places[run.folder], run.seeds)) + rest


def _identity(config: RunConfig) -> str:
    """Return what tells points apart: the hash of a config, whatever its seeds."""
    return config.model_copy(update={"seed": 0, "replicas": 1}).hash()


def _stored_identity(run: FoundRun) -> str:
    try:
        return _identity(stored_config(run.folder))
    except NNUniverseError:  # what reads the run says what is wrong with it
        return ""
