"""An Ornstein-Uhlenbeck ensemble, and what is found of it, put together by hand: nothing fitted."""

from __future__ import annotations

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import Descent, Ensemble, LinearTheory
from nnuniverse.physics.mechanics.findings import (
    EntropyProduction,
    Findings,
    FittedCurves,
    RecordMoments,
    Transitions,
)
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model, Winner

RATES = np.array([0.05, 0.02, 0.01])
DIFFUSIONS = np.array([0.05, 0.02, 0.01])
STEPS = np.linspace(0, 400, 25).astype(int)
START, WIDTH = 5.0, 0.1
MODELS: tuple[Model, ...] = ("fokker_planck", "schroedinger", "hamilton_jacobi", "kramers")
LABELS = ("curvature 12", "curvature 31", "curvature 54")


def mean_of(steps: np.ndarray) -> np.ndarray:
    """The exact mean of q, (coordinate, time)."""
    return np.asarray(START * np.exp(-RATES[:, None] * steps))


def variance_of(steps: np.ndarray) -> np.ndarray:
    """The exact variance of q, (coordinate, time)."""
    decay = np.exp(-2.0 * RATES[:, None] * steps)
    return np.asarray(WIDTH**2 * decay + (DIFFUSIONS / RATES)[:, None] * (1.0 - decay))


def made_ensemble(replicas: int = 64, seed: int = 0) -> Ensemble:
    """Draw the ensemble, a position and the next one at every record."""
    random = np.random.default_rng(seed)
    keep = np.exp(-RATES)
    spread = np.sqrt(DIFFUSIONS / RATES * (1.0 - keep**2))
    q = START + WIDTH * random.standard_normal((replicas, 3))
    found = np.empty((replicas, len(STEPS), 2, 3), np.float32)
    for step in range(STEPS[-1] + 2):
        for kept, at in ((0, step), (1, step - 1)):
            found[:, np.flatnonzero(at == STEPS), kept] = q[:, None]
        q = q * keep + spread * random.standard_normal(q.shape)
    return Ensemble(
        found,
        STEPS,
        LABELS,
        Descent("sgd", 0.1, 100, 60),
        LinearTheory(
            RATES / 0.1, 0.01 * RATES, np.diag(DIFFUSIONS), RATES, DIFFUSIONS, DIFFUSIONS / RATES
        ),
    )


def about(value: object, error: float = 0.1) -> Estimate:
    """An estimate whose interval reaches as far as a share ``error`` of it."""
    values = np.asarray(value, float)
    return Estimate(values, values - error * np.abs(values), values + error * np.abs(values))


def made_judgement(label: str, k: int, winner: Winner = "fokker_planck") -> Judgement:
    """A verdict as it would be; of a coordinate that is left undecided, with a reason."""
    undecided = winner == "undecided"
    held = np.random.default_rng(k).normal(-1.0, 0.1, 32)
    d = DIFFUSIONS[k]
    return Judgement(
        label,
        about(-4.0 * d**2),
        {} if undecided else {"measured": Estimate(*np.array([-1.0, -1.1, -0.9]))},
        {"measured": about(d, 0.02)},
        {model: held - 0.1 * number for number, model in enumerate(MODELS)},
        {"fokker_planck": {"rate": RATES[k], "diffusion": d}, "schroedinger": {"hbar": 0.0}},
        winner,
        0.01 if undecided else 0.15,
        0.01,
        "no model is ahead by two standard errors" if undecided else "",
    )


def made_findings(
    ensemble: Ensemble | None = None,
    winners: tuple[Winner, ...] = ("fokker_planck", "fokker_planck", "undecided"),
) -> Findings:
    """What would be found of the ensemble, with exact values in place of estimates."""
    ensemble = ensemble or made_ensemble()
    records, times = ensemble.record_step, np.linspace(0, ensemble.record_step[-1], 101)
    mean, variance = mean_of(records), variance_of(records)
    entropy = 0.5 * np.log(2.0 * np.pi * np.e * variance).sum(axis=0)
    fisher, learning = (DIFFUSIONS[:, None] / variance).sum(axis=0), -RATES.sum()
    direct = np.append(np.diff(entropy) / np.diff(records), np.nan)
    return Findings(
        ensemble,
        tuple(made_judgement(label, k, winners[k]) for k, label in enumerate(ensemble.labels)),
        RecordMoments(about(mean.T), about(variance.T), about(0.0 * mean.T + 0.1)),
        Transitions(
            about(RATES),
            about(np.diag(DIFFUSIONS)),
            about(np.ones((3, 3))),
            np.array([[2, 20], [20, 100], [100, 400]]),
        ),
        EntropyProduction(
            about(entropy),
            about(fisher),
            about(np.full(len(records), learning)),
            about(fisher + learning),
            about(direct),
        ),
        FittedCurves(
            times,
            {model: mean_of(times) for model in MODELS[:2]},
            {model: (1.0 + 0.3 * n) * variance_of(times) for n, model in enumerate(MODELS[:2])},
        ),
    )
