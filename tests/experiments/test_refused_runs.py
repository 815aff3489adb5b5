"""What `nnu dual`, `hidden`, `perturb`, `structure` and `geometry source` refuse of a run.

Runs that have begun and learned nothing are refused for what they are, others for their nets, put
together by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError, NotWritableError, RunError, StoppedError
from nnuniverse.experiments.begin import begin_run
from nnuniverse.experiments.dual import duals_of_run
from nnuniverse.experiments.geometry import Fall
from nnuniverse.experiments.geometry_source import source_of_run
from nnuniverse.experiments.hidden import HiddenSettings, hidden_of_run
from nnuniverse.experiments.holography import HolographySettings, see_from_boundary
from nnuniverse.experiments.perturb import PerturbSettings, perturb_run
from nnuniverse.experiments.retraining import store_arrays
from nnuniverse.experiments.rounding import Rounding
from nnuniverse.experiments.samples import identify, load_dataset
from nnuniverse.experiments.spectrum import examine
from nnuniverse.experiments.strings import move_strings
from nnuniverse.experiments.structure import StructureSettings, structure_of_run
from nnuniverse.runs.derived_file import derived_image
from nnuniverse.runs.results import DIVERGED_EPOCH
from nnuniverse.variables import SEED, Axis, Variable

LAYERED = {"hidden": [3]}
DATA = {"kind": "normal", "inputs": 4, "train_samples": 26, "test_samples": 26}
TERM = {"observable": "free_energy_laplacian", "beta": 1.4, "weight": -0.001}
COMES_AND_GOES = {"reservoir": [5], "temperature": 1e-4, "chemical_potential": -2e-3}
LARGE = {"kind": "graph", "neurons": 3001, "mask": {"kind": "permutation", "cycles": [3001]}}
FED_BACK = {
    "kind": "graph",
    "neurons": 9,
    "mask": {"kind": "full", "self_loops": True},
    "activation": "identity",
}
NOISE = PerturbSettings(noise=(0.1,))


def begun(root: Path, **config: Any) -> Path:
    """The folder of a run that has begun."""
    whole = parse_config(
        {"name": "begun", "data": DATA, "network": LAYERED, "observe": {"complexity_n": []}}
        | {"train": {"epochs": 1, "batch": 26}}
        | config
    )
    dataset = load_dataset(whole)
    identity = identify(whole, dataset)
    run = begin_run(whole, dataset, identity, Rounding(1), root, datetime.now(UTC))
    return run.folder.path


def perturb(settings: PerturbSettings) -> Callable[[Path], object]:
    return lambda folder: perturb_run(folder, settings)


def hidden(**settings: Any) -> Callable[[Path], object]:
    return lambda folder: hidden_of_run(folder, HiddenSettings(**settings))


def structure(**settings: Any) -> Callable[[Path], object]:
    return lambda folder: structure_of_run(folder, StructureSettings(**settings))


@pytest.mark.parametrize(
    ("asked", "config", "told"),
    [
        (
            duals_of_run,
            {"loss": {"kind": "bulk"}},
            "RUN must have lowered the boundary loss, but has lowered that of the kind bulk",
        ),
        (
            duals_of_run,
            {"loss": {"terms": [TERM]}},
            "RUN must be trained by its loss alone, but has loss.terms",
        ),
        (
            duals_of_run,
            {"grand": COMES_AND_GOES},
            "RUN must be trained by its loss alone, but has neurons that come and go",
        ),
        (
            perturb(NOISE),
            {"grand": COMES_AND_GOES},
            "RUN must have a fixed number of neurons, but has `grand`",
        ),
        (
            perturb(PerturbSettings(data=(0.5,))),
            {"data": DATA | {"inputs": 1}},
            "`--data` must be of two inputs, but there is one",
        ),
        (
            hidden(),
            {},
            "`--groups classes` must have classes in RUN, but has real targets, of no class",
        ),
        (
            structure(keep="loss:0.1"),
            {"loss": {"kind": "bulk", "outputs": "free"}},
            "`--keep` must be nonzero or edges:K where outputs are compared with nothing",
        ),
        (structure(), {"network": LARGE}, "at most 3000 neurons"),
    ],
)
def test_runs_that_cannot_be_asked(
    tmp_path: Path, asked: Callable[[Path], object], config: dict[str, Any], told: str
) -> None:
    folder = begun(tmp_path, **config)
    with pytest.raises(ConfigError) as refusal:
        asked(folder)
    assert told in str(refusal.value)


def test_a_source_has_few_subsystems(tmp_path: Path) -> None:
    groups = tmp_path / "groups.txt"
    groups.write_text(" ".join(str(k % 13) for k in range(26)))
    folder = begun(tmp_path)
    with pytest.raises(ConfigError, match="must make at most 12 subsystems, but makes 13"):
        source_of_run(folder, HiddenSettings(groups=str(groups)))


def with_nets(folder: Path, diverged: int = -1, **nets: np.ndarray) -> Path:
    """Let a run that has begun have ended after an epoch with the ``nets``, arrays by name."""
    variables = [
        (SEED, np.arange(1)),
        (DIVERGED_EPOCH, np.array([diverged])),
        (Variable("running_loss", ("replica", "epoch"), "loss", "none"), np.ones((1, 1))),
        (Variable("test_boundary_loss", ("replica", "snapshot"), "loss", "none"), np.ones((1, 1))),
    ]
    axes = [Axis("replica", "", np.arange(1)), Axis("epoch", "", np.ones(1, int))]
    axes.append(Axis("snapshot", "", np.zeros(1, int)))
    for name, values in nets.items():
        axes.append(Axis(f"of_{name}", "", np.arange(len(values))))
        at = ("replica", "snapshot") if name.startswith("snapshot_") else ("replica",)
        values = values.reshape((1,) * len(at) + values.shape)
        variables.append(
            (Variable(name, (*at, f"of_{name}"), name, "none", dtype="float32"), values)
        )
    (folder / "results.h5").write_bytes(derived_image(axes, variables, {}))
    return folder


def looped(weight: float) -> dict[str, Any]:
    """A net of 4 inputs, a hidden neuron that hands its state on to itself, and 4 outputs."""
    weights = np.zeros(45)
    weights[4] = weight
    return {"weights": weights, "bias": np.zeros(5)}


DIVERGED = looped(0.5) | {"diverged": 1}


@pytest.mark.parametrize(
    ("asked", "nets", "told"),
    [
        (duals_of_run, looped(1.0), "the boundary net must exist, but has none: 1 - w is singular"),
        (duals_of_run, DIVERGED, "must be finite, but diverged in epoch 1"),
        (examine, DIVERGED, "must be finite, but diverged in epoch 1"),
        (see_from_boundary, DIVERGED, "replica 0 of the run "),
        (move_strings, DIVERGED, "must be finite, but diverged in epoch 1"),
        (duals_of_run, {}, "must have kept the weights asked for, but kept no weights"),
        (hidden(groups="random"), {}, "must have kept weights, but has none"),
        (
            hidden(groups="random"),
            DIVERGED,
            "must have a net that has not diverged, but has none",
        ),
        (perturb(NOISE), looped(0.0), "must have edges, but replica 0 has none"),
    ],
)
def test_nets_that_cannot_be_asked(
    tmp_path: Path, asked: Callable[[Path], object], nets: dict[str, Any], told: str
) -> None:
    folder = with_nets(begun(tmp_path, network=FED_BACK), **nets)
    with pytest.raises(RunError) as refusal:
        asked(folder)
    assert told in str(refusal.value)


def test_what_came_before_it_diverged_can_be_seen(tmp_path: Path) -> None:
    before = {f"snapshot_{name}": values for name, values in looped(0.25).items()}
    folder = with_nets(begun(tmp_path, network=FED_BACK), **before, **DIVERGED)
    seen = see_from_boundary(folder, settings=HolographySettings(epoch=0, boundary="all"))
    assert seen.found.radius == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        (duals_of_run, "interrupted after 0 of 5 trainings, kept."),
        (
            lambda folder, stop: perturb_run(folder, NOISE, stop=stop),
            "interrupted after 0 of 3 retrainings, which are kept.",
        ),
    ],
)
def test_what_is_stopped_at_once_trains_nothing(
    tmp_path: Path, begin: Callable[..., object], told: str
) -> None:
    folder = with_nets(begun(tmp_path, network=FED_BACK), **looped(0.5))
    with pytest.raises(StoppedError) as stopped:
        begin(folder, stop=lambda: True)
    assert (str(stopped.value), stopped.value.exit_code) == (told, 75)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (lambda: HolographySettings(eps=()), "`--eps` must name a number, but names none"),
        (lambda: PerturbSettings(noise=(1e308,)), "`--noise` must be at most 1e+30, but is 1e+308"),
        (lambda: Fall((0.0,), (1.0,), 1.0, steps=1), "`--steps` must be at least 2, but is 1"),
    ],
)
def test_settings_that_cannot_be(settings: Callable[[], object], told: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        settings()
    assert told in str(refusal.value)


def test_nets_are_kept_in_folders(tmp_path: Path) -> None:
    (tmp_path / "duals").write_text("mine")
    with pytest.raises(NotWritableError, match="must be writable, but is not: "):
        store_arrays(tmp_path / "duals", "nets", looped(1.0))
