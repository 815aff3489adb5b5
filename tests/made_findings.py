"""An Ornstein-Uhlenbeck ensemble, and verdicts on it put together by hand: no model is fitted."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nnuniverse.analysis.mechanics import content_of
from nnuniverse.config import config_yaml, parse_config
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics import recorded
from nnuniverse.physics.mechanics.ensemble import LinearTheory, ReplicaEnsemble, StochasticDescent
from nnuniverse.physics.mechanics.findings import (
    Findings,
    entropy_change_of,
    motion_of,
    pooled_ratios,
)
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model, Winner
from nnuniverse.runs import Provenance, RunFolder, RunRecord
from nnuniverse.runs.evolution import EvolutionRecords
from nnuniverse.runs.record import Recorded
from nnuniverse.variables import Axis

RATES = np.array([0.05, 0.02, 0.01])
DIFFUSIONS = np.array([0.05, 0.02, 0.01])
STEPS = np.arange(0, 401, 16)
TIMES = np.linspace(0.0, 400.0, 101)
START, WIDTH = 5.0, 0.1
MODELS: tuple[Model, ...] = ("fokker_planck", "schroedinger", "hamilton_jacobi", "kramers")
LABELS = ("curvature 12", "curvature 31", "curvature 54")


def mean_of(steps: np.ndarray) -> np.ndarray:
    """The exact mean of q, (coordinate, time)."""
    return np.asarray(START * (1.0 - RATES[:, None]) ** steps)


def variance_of(steps: np.ndarray) -> np.ndarray:
    """The exact variance of q, (coordinate, time)."""
    decay = (1.0 - RATES[:, None]) ** (2 * steps)
    stationary = DIFFUSIONS / RATES / (1.0 - RATES / 2.0)
    return np.asarray(WIDTH**2 * decay + stationary[:, None] * (1.0 - decay))


def made_ensemble(replicas: int = 64, seed: int = 0) -> ReplicaEnsemble:
    """Draw the ensemble, a position and the next one at every record."""
    random = np.random.default_rng(seed)
    q = START + WIDTH * random.standard_normal((replicas, 3))
    found = np.empty((replicas, len(STEPS), 2, 3), np.float32)
    for step in range(STEPS[-1] + 2):
        for kept in (0, 1):
            found[:, np.flatnonzero(step - kept == STEPS), kept] = q[:, None]
        q = (1.0 - RATES) * q + np.sqrt(2.0 * DIFFUSIONS) * random.standard_normal(q.shape)
    theory = LinearTheory(
        RATES / 0.1,
        0.01 * RATES,
        np.diag(DIFFUSIONS),
        RATES,
        DIFFUSIONS,
        DIFFUSIONS / RATES / (1.0 - RATES / 2.0),
    )
    return ReplicaEnsemble(found, STEPS, LABELS, StochasticDescent("sgd", 0.1, 100, 60), theory)


def about(value: float, error: float) -> Estimate:
    """An estimate whose interval reaches as far as ``error``."""
    return Estimate(*map(np.asarray, (value, value - error, value + error)))


def _without(value: float, error: float, seed: int) -> np.ndarray:
    """What ``value`` is without each of 64 replicas, such that its standard error is ``error``."""
    off = np.random.default_rng(seed).standard_normal(64)
    off -= off.mean()
    return value + error * off / np.sqrt(63.0 * np.mean(off**2))


def made_judgement(k: int, winner: Winner) -> Judgement:
    """The verdict on the coordinate of number ``k``; where nothing is named there is no a."""
    undecided, d = winner == "undecided", DIFFUSIONS[k]
    held = np.random.default_rng(k).normal(-1.0, 0.1, 32)
    exact = np.array([mean_of(TIMES)[k], variance_of(TIMES)[k]])
    return Judgement(
        LABELS[k],
        about(-4.0 * d**2, 0.4 * d**2),
        {} if undecided else {"measured": about(-1.0, 0.1)},
        {"measured": about(d, 0.02 * d)},
        {model: held - 0.1 * number for number, model in enumerate(MODELS)},
        {"fokker_planck": {"rate": RATES[k], "diffusion": d}, "schroedinger": {"signed": 0.0}},
        winner,
        0.01 if undecided else 0.15,
        0.01,
        "A may be that of Fokker-Planck or Hamilton-Jacobi" if undecided else "",
        curves={"fokker_planck": exact, "schroedinger": exact * [[1.0], [1.3]]},
        without={} if undecided else {"measured": _without(-1.0, 0.05, k)},
    )


def made_findings(
    winners: tuple[Winner, ...] = ("fokker_planck", "fokker_planck", "undecided"),
    replicas: int = 64,
) -> Findings:
    """What is found of the ensemble, with verdicts of these ``winners``."""
    ensemble = made_ensemble(replicas)
    judgements = tuple(made_judgement(k, winner) for k, winner in enumerate(winners))
    return Findings(
        ensemble,
        motion_of(ensemble, 0),
        entropy_change_of(ensemble),
        judgements,
        TIMES,
        pooled_ratios([judgements]),
    )


def made_run(
    root: Path, name: str = "evolve", findings: Findings | None = None, stored: bool = True
) -> RunRecord:
    """Make the folder of a run of the ensemble below ``root``; ``stored``: with its mechanics."""
    findings = findings or made_findings()
    ensemble = findings.ensemble
    folder = root / name / "20260101T000000Z-0123abcd"
    folder.mkdir(parents=True)
    variables = {
        "replica": (np.arange(ensemble.replicas), ("replica",)),
        "coordinate": (np.array(ensemble.labels, object), ("coordinate",)),
        "record_step": (ensemble.record_step, ("record",)),
        "positions": (ensemble.positions, ("replica", "record", "step", "coordinate")),
    }
    run = RunRecord(
        f"{name}/{folder.name}",
        RunFolder(folder),
        parse_config({"name": name, "evolve": {}}),
        {"segments": [{"status": "complete", "source": {"commit": "c0ffee", "diff": ""}}]},
        {"kind": "evolve", "network": "784-20-10"},
        {key: Recorded(values, dims, {}) for key, (values, dims) in variables.items()},
    )
    if stored:
        content_of(findings, run, {"seed": 0}).write(run)
    return run


def written_run(
    root: Path, ensemble: ReplicaEnsemble, name: str = "evolve", records: int = 26
) -> Path:
    """Write the run folder of an ensemble as `nnu evolve` does; ``records``: the first of them."""
    folder = root / name / "20260101T000000Z-0123abcd"
    folder.mkdir(parents=True)
    config = parse_config({"name": name, "evolve": {"members": ensemble.replicas}})
    (folder / "config.yaml").write_text(config_yaml(config))
    Provenance.create(folder / "provenance.json", data={"name": "none", "fingerprint": "f"})
    theory, labels = ensemble.theory, np.array(ensemble.labels, object)
    facts = {
        "curvature": theory.curvature,
        "curvature_spread": theory.spread,
        "gradient_noise": theory.gradient_noise,
        "predicted_rate": theory.rate,
        "predicted_diffusion": theory.diffusion,
        "predicted_variance": theory.variance,
    }
    written = EvolutionRecords(
        ensemble.record_step,
        {variable.name: variable for variable in recorded.RECORDED},
        [Axis("coordinate", "seen", labels), Axis("coordinate_2", "seen", labels)],
        facts,
        {"network": "784-20-10", "steps": 400, "descent": json.dumps(asdict(ensemble.descent))},
        ensemble.replicas,
    )
    written.append(ensemble.positions[:, :records])
    written.write(folder / "results.h5")
    return folder
