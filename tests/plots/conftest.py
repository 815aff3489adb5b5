"""Runs put together by hand, of known numbers: nothing is trained, nothing is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_alignment import made_alignment
from made_findings import made_findings, made_run
from made_grand import made_masks, store_masks
from made_hidden import made_hidden, store_hidden
from made_holography import made_duals, made_holography, store_duals, store_holography
from made_path import store_beside
from made_perturbed import made_perturbed, store_perturbed
from made_strings import made_strings, store_strings
from made_structure import store_structure
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from scipy import stats

from nnuniverse.config import parse_config
from nnuniverse.physics.mechanics.alignment.measured import Alignment
from nnuniverse.plots import PLOTS, Drawing, PlotSettings
from nnuniverse.runs import RunFolder, RunRecord
from nnuniverse.runs.derived_file import ALIGN_FILE
from nnuniverse.runs.record import Recorded

SNAPSHOTS = np.array([0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000])
EPOCHS = np.arange(1, 10001)
PLATEAU = (300, 700)
JUMP = 2500
DYNAMICAL = 40
GAP_AT = -4.5
FAR = 5

SNAPSHOT = ("replica", "snapshot")


def running_loss() -> np.ndarray:
    """A noisy power law that stands still from 300 to 700 and halves at epoch 2500."""
    flat = np.where(PLATEAU[0] < EPOCHS, np.maximum(PLATEAU[0], EPOCHS * 300 / 700), EPOCHS)
    noise = np.random.default_rng(5).normal(0.0, 0.01, (3, len(EPOCHS)))
    return np.asarray(flat**-0.3 * np.where(EPOCHS > JUMP, 0.5, 1.0) * np.exp(noise))


def spectra() -> np.ndarray:
    """Spectra of sum 0: two far groups of small ones in replicas 0 and 1, one group in 2.

    The far group is of five, which the layers do not make, and not there before training.
    """
    random = np.random.default_rng(3)
    theta = np.empty((3, len(SNAPSHOTS), DYNAMICAL))
    small = DYNAMICAL // 2
    together = np.concatenate(
        [-np.linspace(0.9, 2, small // 2), -np.linspace(0.1, 0.8, small // 2)]
    )
    far, near = -8.0 + 0.1 * np.linspace(-1, 1, FAR), -1.0 + 0.1 * np.linspace(-1, 1, small - FAR)
    for replica in range(3):
        apart = np.concatenate([far, near]) if replica < 2 else together
        noise = random.normal(0, 1e-3, small)
        theta[replica] = np.concatenate([apart + noise, -apart - noise])
        theta[replica, 0] = np.concatenate([together + noise, -together - noise])
    learnt = np.linspace(0.98, 1.0, len(SNAPSHOTS))
    return theta * learnt[None, :, None]


@cache
def numbers() -> dict[str, Recorded]:
    """Every variable that some plot draws; nobody writes into it."""
    random = np.random.default_rng(1)
    replica = np.arange(3)[:, None]
    log_bulk = 1.0 - 0.3 * np.log1p(SNAPSHOTS) + 0.1 * replica
    complexity = np.stack([700.0 + 2.0 * log_bulk, 650.0 + 3.0 * log_bulk], axis=-1)
    shape = (3, len(SNAPSHOTS))
    return {
        "replica": Recorded(np.arange(3), ("replica",), {}),
        "epoch": Recorded(EPOCHS, ("epoch",), {}),
        "snapshot": Recorded(SNAPSHOTS, ("snapshot",), {}),
        "complexity_n": Recorded(np.array([20, 834]), ("complexity_n",), {}),
        "seed": Recorded(np.arange(3), ("replica",), {}),
        "running_boundary_loss": Recorded(running_loss(), ("replica", "epoch"), {}),
        "boundary_loss": Recorded(
            0.5 * np.exp(log_bulk) * random.uniform(1, 2, shape), SNAPSHOT, {}
        ),
        "bulk_loss": Recorded(np.exp(log_bulk), SNAPSHOT, {}),
        "test_boundary_loss": Recorded(0.8 * np.exp(log_bulk), SNAPSHOT, {}),
        "error_rate": Recorded(np.exp(log_bulk - 3.0), SNAPSHOT, {}),
        "test_error_rate": Recorded(np.exp(log_bulk - 2.5), SNAPSHOT, {}),
        "mu2_per_eigenvalue": Recorded(random.uniform(1, 3, shape), SNAPSHOT, {}),
        "mu3_per_eigenvalue": Recorded(random.normal(size=shape), SNAPSHOT, {}),
        "complexity": Recorded(complexity, (*SNAPSHOT, "complexity_n"), {}),
        "log_eigenvalues": Recorded(
            spectra(), (*SNAPSHOT, "dynamical"), {"unit_eigenvalues": np.int64(784)}
        ),
    }


def make(
    root: Path,
    *,
    name: str = "first",
    folder: str = "20260101T000000Z-0123abcd",
    network: str = "784-40-20-10",
    without: Sequence[str] = (),
    values: Mapping[str, np.ndarray] | None = None,
    replicas: slice = slice(None),
    snapshots: slice = slice(None),
    commit: str = "c0ffee0123",
    train: Mapping[str, object] | None = None,
) -> RunRecord:
    variables = {key: value for key, value in numbers().items() if key not in without}
    for key, value in (values or {}).items():
        variables[key] = Recorded(value, variables[key].dims, variables[key].attributes)
    for dim, part in (("replica", replicas), ("snapshot", snapshots)):
        for key, one in variables.items():
            if dim in one.dims:
                at = (slice(None),) * one.dims.index(dim)
                variables[key] = Recorded(one.values[(*at, part)], one.dims, one.attributes)
    path = root / name / folder
    return RunRecord(
        f"{name}/{folder}",
        RunFolder(path),
        parse_config(
            {
                "name": name,
                "replicas": 3,
                "network": {"hidden": [40, 20]},
                "train": train or {},
            }
        ),
        {"segments": [{"source": {"commit": commit, "diff": ""}}]},
        {"network": network},
        variables,
    )


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs are said to be; nobody writes there."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def build(root: Path) -> Callable[..., RunRecord]:
    """Make a run of three replicas; ``values`` replace variables, ``without`` leaves some out."""
    return partial(make, root)


@pytest.fixture(scope="session")
def turning(build: Callable[..., RunRecord]) -> Callable[..., RunRecord]:
    """Make a run of two hidden layers whose neurons go after every 5000 epochs, and come if asked.

    Of layer 1 ten come or go at a time, of layer 2 none, all of which is tried.
    """

    def made(*, births: bool = True, deaths: bool = True, **options: Any) -> RunRecord:
        run = build(**options)
        due = EPOCHS % 5000 == 0
        steps = np.cumsum(due) * 10.0 * (births - deaths)
        active = np.stack([40.0 + steps, np.full(len(EPOCHS), 20.0)], axis=-1)
        tried = np.where(due[:, None], [1e-3, 2e-3], np.nan)
        values = {"active_neurons": active}
        for move, is_tried in (("birth", births), ("death", deaths)):
            sign = -1.0 if move == "birth" else 1.0
            values[f"{move}_change"] = sign * tried if is_tried else np.full_like(tried, np.nan)
            values[f"{move}_accepted"] = np.where(np.isnan(tried), np.nan, [1.0, 0.0])
        dims = ("replica", "epoch", "hidden_layer")
        recorded = {
            name: Recorded(np.broadcast_to(array, (3, *array.shape)), dims, {})
            for name, array in values.items()
        }
        facts = {"hidden_at_first": np.array([40, 20]), "grand_temperature": 1e-4}
        return replace(
            run,
            attributes={**run.attributes, **facts},
            variables={**run.variables, **recorded},
        )

    return made


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Alignment], RunRecord]:
    """Make a run of a name of its own, with what several commands stored of it."""
    root = tmp_path_factory.mktemp("aligned")

    def stored(name: str, alignment: Alignment) -> RunRecord:
        run = make(root, name=name)
        run.folder.path.mkdir(parents=True)
        ALIGN_FILE.write(run.folder, alignment.axes, alignment.variables, alignment.attributes)
        store_masks(run.folder.path, made_masks())
        store_structure(run.folder.path)
        store_hidden(run.folder.path, made_hidden())
        store_strings(run.folder.path, made_strings())
        store_beside(run.folder.path)
        store_perturbed(run.folder.path, made_perturbed())
        store_holography(run.folder.path, made_holography())
        store_duals(run.folder.path, made_duals())
        return run

    return stored


@pytest.fixture(scope="session")
def aligned(store: Callable[[str, Alignment], RunRecord]) -> list[RunRecord]:
    """Two runs of which several commands have stored something; nobody writes there."""
    return [store(name, made_alignment()) for name in ("first", "second")]


@pytest.fixture(scope="session")
def ensembles(tmp_path_factory: pytest.TempPathFactory) -> list[RunRecord]:
    """Two runs of an ensemble, with their mechanics stored; nobody writes there."""
    root, findings = tmp_path_factory.mktemp("ensembles"), made_findings()
    return [made_run(root, name, findings) for name in ("first", "second")]


@pytest.fixture(scope="session")
def usual(build: Callable[..., RunRecord]) -> Callable[..., Drawing]:
    """Draw one to three whole runs by default settings, once for all tests that only look."""

    @cache
    def draw(name: str, number: int = 1) -> Drawing:
        runs = [build(name=run) for run in ("first", "second", "third")[:number]]
        return PLOTS[name].make(runs, PlotSettings())

    return draw


@pytest.fixture
def record(build: Callable[..., RunRecord]) -> RunRecord:
    """The run as it is."""
    return build()


@pytest.fixture
def settings() -> PlotSettings:
    """The defaults."""
    return PlotSettings()


@pytest.fixture
def interval() -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Mean, low and high of Student's t over the first axis, by somebody else's code."""

    def of(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        mean, error = values.mean(axis=0), stats.sem(values, axis=0)
        half = stats.t.ppf(0.975, len(values) - 1) * error
        return mean, mean - half, mean + half

    return of


class Drawn:
    """Looks up what axes hold."""

    @staticmethod
    def line(axes: Axes, label: str) -> np.ndarray:
        """The points, (points, 2), of the one line with this label."""
        (found,) = [line for line in axes.lines if line.get_label() == label]
        return np.asarray(found.get_xydata())

    @staticmethod
    def unnamed(axes: Axes) -> list[Line2D]:
        """The lines that no legend names and that have points."""
        return [a for a in axes.lines if str(a.get_label()).startswith("_") and len(a.get_xdata())]

    @staticmethod
    def band(axes: Axes, number: int = 0) -> np.ndarray:
        """Ends of the band by x, (points, 3): x, low and high."""
        points = np.concatenate([p.vertices for p in axes.collections[number].get_paths()])
        at = np.unique(points[:, 0])
        ends = [(x, *_ends(points[points[:, 0] == x, 1])) for x in at]
        return np.array(ends)

    @staticmethod
    def legend(axes: Axes) -> list[str]:
        """The entries of the legend in, or around, the axes."""
        legend = axes.get_legend() or axes.figure.legends[0]
        return [text.get_text() for text in legend.get_texts()]


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())


@pytest.fixture
def drawn() -> type[Drawn]:
    """Looks up what axes hold."""
    return Drawn


@pytest.fixture
def rows() -> Callable[..., dict[str, Any]]:
    """Return the columns of a table where some of them have a value, as arrays."""

    def chosen(table: Mapping[str, Sequence[Any]], **where: Any) -> dict[str, Any]:
        length = len(next(iter(table.values())))
        kept = [k for k in range(length) if all(table[c][k] == v for c, v in where.items())]
        return {name: np.array([column[k] for k in kept]) for name, column in table.items()}

    return chosen
