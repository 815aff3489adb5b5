"""The mechanics of a recorded ensemble, from its run folder to the verdicts: `nnu mechanics`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

import numpy as np

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.records_of_ensemble import DESCENT
from nnuniverse.physics.mechanics import recorded
from nnuniverse.physics.mechanics.coordinate_labels import coordinate_number
from nnuniverse.physics.mechanics.ensemble import LinearTheory, ReplicaEnsemble, StochasticDescent
from nnuniverse.physics.mechanics.findings import (
    Findings,
    entropy_change_of,
    motion_of,
    pooled_ratios,
)
from nnuniverse.physics.mechanics.verdict.grid_judge import judge_on_grid
from nnuniverse.physics.mechanics.verdict.judge import LEAST_REPLICAS, judge
from nnuniverse.physics.mechanics.verdict.judgement import Judgement
from nnuniverse.processors import usable_processors
from nnuniverse.runs import RunRecord
from nnuniverse.runs.ensemble_runs import coordinate_labels, require_ensemble
from nnuniverse.runs.results import damaged_results

LEAST_RECORDS = 6
"""Records below which nothing is fitted: their means and variances are twelve numbers, and the
largest model has nine parameters."""

CURVE_POINTS = 101
"""Of the curves of a fit: smooth in a panel of an inch."""

FORMS = ("gaussian", "grid")

Told = Callable[[int, int, str], None]
"""Hears how many of how many coordinates are judged, and which was the last."""


@dataclass(frozen=True)
class MechanicsSettings:
    """How an ensemble is judged; raises ConfigError for what cannot be.

    ``form``: of the potential, quadratic (gaussian) or of degree 4 (grid); ``diffusion``: a D to
    compare A with, q^2 per step, of data that have none of their own; ``held_out``: share of the
    replicas that nothing is fitted to; ``seed``: of the parting, and of the test of isotropy;
    ``coordinates``: which, by label or number; none for all.
    """

    form: str = "gaussian"
    diffusion: float | None = None
    held_out: float = 0.5
    seed: int = 0
    coordinates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise ConfigError(
                "`--form`", f"be {' or '.join(FORMS)}", f"is {self.form!r}", "--form gaussian"
            )
        if self.diffusion is not None and not 0.0 < self.diffusion < np.inf:
            actual = f"is {self.diffusion:g}"
            raise ConfigError("`--diffusion`", "be a positive number", actual, "--diffusion 1e-6")
        if not 0.1 <= self.held_out <= 0.9:
            actual = f"is {self.held_out:g}"
            raise ConfigError("`--held-out`", "lie between 0.1 and 0.9", actual, "--held-out 0.5")
        if self.seed < 0:
            raise ConfigError("`--seed`", "be 0 or more", f"is {self.seed}", "--seed 0")

    def as_mapping(self) -> dict[str, object]:
        """Return the settings by name, but for the coordinates, which a file of results names."""
        return {
            "form": self.form,
            "given_diffusion": self.diffusion,
            "held_out_share": self.held_out,
            "seed": self.seed,
        }


def find_mechanics(
    record: RunRecord,
    settings: MechanicsSettings | None = None,
    told: Told = lambda done, of, label: None,
) -> Findings:
    """Return the motion, the entropy and the mechanics of the ensemble of a run.

    Raises ConfigError if the run is no ensemble, has too few replicas or records, or lacks a
    coordinate that is asked for; RunError if its file is damaged; CheckError if a model is fitted
    worse than one that it contains.

    ``record``: the run, as read back from its folder; ``settings``: how it is judged; None: as by
    default; ``told``: called with what is done, of how much, and what it is.
    """
    settings = settings or MechanicsSettings()
    ensemble = ensemble_of(record, settings.coordinates)
    judgements = _judged(ensemble, settings, told)
    return Findings(
        ensemble,
        motion_of(ensemble, settings.seed),
        entropy_change_of(ensemble),
        tuple(judgements),
        curve_steps(ensemble, settings.form),
        pooled_ratios([judgements]),
    )


def ensemble_of(record: RunRecord, coordinates: tuple[str, ...] = ()) -> ReplicaEnsemble:
    """Return the ensemble that a run has recorded, seen through some of its ``coordinates``.

    Raises as `find_mechanics` does.

    ``record``: the run, as read back from its folder.
    """
    require_ensemble(record)
    labels = coordinate_labels(record)
    chosen = [coordinate_number(labels, asked) for asked in coordinates] or range(len(labels))
    numbers = np.array(list(dict.fromkeys(chosen)))
    ensemble = ReplicaEnsemble(
        record[recorded.POSITIONS.name][..., numbers],
        record[recorded.RECORD_STEP.name],
        tuple(labels[number] for number in numbers),
        descent_of_record(record),
        _theory(record, numbers),
    )
    _require_enough(record, ensemble)
    return ensemble.spread_out


def descent_of_record(record: RunRecord) -> StochasticDescent:
    """Return how the replicas of a run learned; raises RunError if it does not say.

    ``record``: the run, as read back from its folder.
    """
    try:
        return StochasticDescent(**json.loads(str(record.attributes[DESCENT])))
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(damaged_results(record.folder.results)) from error


def _theory(record: RunRecord, numbers: np.ndarray) -> LinearTheory:
    """Return what linear theory predicts of the coordinates of these ``numbers``."""
    return LinearTheory(
        record[recorded.CURVATURE.name][numbers],
        record[recorded.CURVATURE_SPREAD.name][numbers],
        record[recorded.GRADIENT_NOISE.name][np.ix_(numbers, numbers)],
        record[recorded.PREDICTED_RATE.name][numbers],
        record[recorded.PREDICTED_DIFFUSION.name][numbers],
        record[recorded.PREDICTED_VARIANCE.name][numbers],
    )


def _require_enough(record: RunRecord, ensemble: ReplicaEnsemble) -> None:
    finite = int(np.isfinite(ensemble.positions).all(axis=(1, 2, 3)).sum())
    if finite < LEAST_REPLICAS:
        raise ConfigError(
            f"the run {record.name}",
            f"have at least {LEAST_REPLICAS} replicas that did not diverge",
            f"has {finite} of {ensemble.replicas}",
            "evolve.members=256, or a smaller train.learning_rate",
        )
    records = len(ensemble.record_step)
    if records < LEAST_RECORDS:
        raise ConfigError(
            f"the run {record.name}",
            f"have at least {LEAST_RECORDS} records",
            f"has {records}",
            f"`nnu evolve --resume {record.folder}`, or evolve.records=25",
        )


def _judged(ensemble: ReplicaEnsemble, settings: MechanicsSettings, told: Told) -> list[Judgement]:
    """Return the verdict on every coordinate, in their order.

    The Gaussian form takes less than a second each.  On the grid it takes minutes, so that the
    coordinates share the processors.
    """
    of_one = partial(_verdict, ensemble, settings)
    numbers, labels = range(len(ensemble.labels)), ensemble.labels
    workers = min(len(numbers), usable_processors())
    found = []
    with ExitStack() as pools:
        verdicts: Iterator[Judgement] = map(of_one, numbers)
        if settings.form == "grid" and workers > 1:
            pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
            verdicts = pools.enter_context(pool).map(of_one, numbers)
        for verdict in verdicts:
            found.append(verdict)
            told(len(found), len(labels), labels[len(found) - 1])
    return found


def _verdict(ensemble: ReplicaEnsemble, settings: MechanicsSettings, coordinate: int) -> Judgement:
    seed, held_out, diffusion = settings.seed, settings.held_out, settings.diffusion
    if settings.form == "grid":
        return judge_on_grid(
            ensemble, coordinate, seed=seed, held_out=held_out, diffusion=diffusion
        )
    return judge(
        ensemble,
        coordinate,
        seed=seed,
        held_out=held_out,
        diffusion=diffusion,
        curve_steps=curve_steps(ensemble),
    )


def curve_steps(ensemble: ReplicaEnsemble, form: str = "gaussian") -> np.ndarray:
    """Return the steps at which fitted curves are kept, (time,); on the grid only the records.

    ``ensemble``: the replicas, followed along coordinates q; ``form``: `gaussian` or `grid`.
    """
    if form == "grid":
        return ensemble.record_step
    return np.linspace(0.0, float(ensemble.record_step[-1]), CURVE_POINTS)
