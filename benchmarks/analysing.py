"""How long `nnu analyze`, `nnu plot` and `nnu report` take on a long run, and their memory.

The run folder has the shape of the deep run: 30,000 epochs, 10 replicas, 200 snapshots. Its spectra
are those of random nets whose weights grow, its losses noisy power laws with jumps: what is timed
does not depend on how the numbers came about.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.contest import ROUNDS, Times
from nnuniverse.config import config_yaml, load_config
from nnuniverse.networks.layered import Layered
from nnuniverse.observables.power_norms import power_norms
from nnuniverse.precision import in_float64
from nnuniverse.runs import Results, create_run_folder
from nnuniverse.spectra import reduced_log_eigenvalues
from nnuniverse.variables import Axis, Schema, Variable

EPOCHS, REPLICAS, SNAPSHOTS = 30_000, 10, 200
PLOTS = ("spectrum", "complexity-loss", "eigenvalues", "thermodynamics")
"""The slow ones."""


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    with tempfile.TemporaryDirectory() as root:
        folder = str(_make_run(Path(root)))
        analysis = [_nnu("analyze", folder) for _ in range(ROUNDS)]
        report = [_nnu("report", folder) for _ in range(ROUNDS)]
        plots = [[_nnu("plot", name, folder) for name in PLOTS] for _ in range(ROUNDS)]
    seconds = [Times(tuple(time for time, _ in part)) for part in (analysis, report)]
    slowest = Times(tuple(max(time for time, _ in one) for one in plots))
    memory = max(size for part in (analysis, report, *plots) for _, size in part)
    return [
        ("seconds of `nnu analyze`, 10 replicas, 200 snapshots", f"{seconds[0]}", "<= 10"),
        ("seconds of `nnu report`", f"{seconds[1]}", "<= 20"),
        ("seconds of the slowest `nnu plot`, three formats", f"{slowest}", "<= 3"),
        ("GiB of memory of the largest of them", f"{memory:.2f}", "<= 1"),
    ]


def _nnu(*arguments: str) -> tuple[float, float]:
    """Return the seconds and GiB that a command takes."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "nnuniverse", *arguments], stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - started, usage.ru_maxrss / 2**20


def _make_run(root: Path) -> Path:
    config = load_config(Path("configs/deep.yaml"), [f"replicas={REPLICAS}"])
    folder = create_run_folder(root, "deep", "0" * 64, datetime.now(UTC))
    folder.config.write_text(config_yaml(config), encoding="utf-8")
    random = np.random.default_rng(0)
    epochs, snapshots = np.arange(1, EPOCHS + 1), np.arange(SNAPSHOTS) * (EPOCHS // SNAPSHOTS)
    theta, norms = _spectra(random)
    loss = np.exp(0.05 * random.normal(size=(REPLICAS, EPOCHS))) * epochs**-0.6
    loss[:, EPOCHS // 2 :] *= 0.7
    neurons = sum(SIZES)
    large = np.cumsum(theta, axis=-1)[..., 19]
    measured = {
        "log_eigenvalues": theta,
        "power_norms": norms,
        "mu2": (theta**2).sum(-1),
        "mu2_per_eigenvalue": (theta**2).mean(-1),
        "mu3_per_eigenvalue": (theta**3).mean(-1),
        "complexity": (0.5 * neurons * np.log(2 * np.pi) - 0.5 * large)[..., None],
        "boundary_loss": loss[:, snapshots],
    }
    last = {"log_eigenvalues": "eigenvalue", "power_norms": "power", "complexity": "complexity_n"}
    results = Results(
        config.seeds,
        Schema(
            axes=[
                Axis("eigenvalue", "rank", np.arange(1, theta.shape[-1] + 1)),
                Axis("power", "k", np.arange(2, len(SIZES))),
                Axis("complexity_n", "n", np.array([20])),
            ],
            running_losses=[
                Variable("running_boundary_loss", ("replica", "epoch"), "loss", "benchmark")
            ],
            observables=[
                Variable(
                    name,
                    ("replica", "snapshot", *([last[name]] if name in last else [])),
                    name,
                    "benchmark",
                    attributes={"unit_eigenvalues": neurons - theta.shape[-1]},
                )
                for name in measured
            ],
        ),
        {"network": "-".join(map(str, SIZES))},
    )
    results.append({"running_boundary_loss": loss}, snapshots, measured, np.full(REPLICAS, -1))
    results.write(folder.results, {})
    return folder.path


SIZES = (784, 40, 20, 10)


@in_float64
def _spectra(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    theta = np.empty((REPLICAS, SNAPSHOTS, Layered(SIZES).dynamical_eigenvalues))
    norms = np.empty((REPLICAS, SNAPSHOTS, len(SIZES) - 2))
    for replica in range(REPLICAS):
        blocks = [
            random.uniform(-1, 1, (rows, columns)) * np.sqrt(6 / (rows + columns))
            for columns, rows in pairwise(SIZES)
        ]
        for snapshot in range(SNAPSHOTS):
            grown = [block * (1.0 + snapshot / SNAPSHOTS) for block in blocks]
            theta[replica, snapshot] = reduced_log_eigenvalues(grown)
            norms[replica, snapshot] = power_norms(grown)
    return theta, norms
