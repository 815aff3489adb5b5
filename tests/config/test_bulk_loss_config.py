"""`loss.kind: bulk` and `data.targets: inputs`: what they take, and what they answer otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nnuniverse.config import load_config, parse_config
from nnuniverse.config.training import BulkLoss
from nnuniverse.data import Dataset, load_npz
from nnuniverse.errors import ConfigError, DataError
from nnuniverse.experiments.assemble import build_local_objective, build_settings
from nnuniverse.losses import LocalObjective
from nnuniverse.networks.layered import Layered

CONFIGS = Path(__file__).parents[2] / "configs"
NET = Layered((5, 3, 2))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Six samples of five features and two classes."""
    path = tmp_path_factory.mktemp("data") / "data.npz"
    inputs, labels = np.arange(30, dtype=np.uint8).reshape(6, 5), np.arange(6) % 2
    np.savez(path, x_train=inputs, y_train=labels, x_test=inputs, y_test=labels)
    return load_npz(path)


def test_by_default_no_objective_and_clamped_outputs() -> None:
    loss = parse_config({}, ["loss.kind=bulk"]).loss
    assert loss == BulkLoss(kind="bulk", mass=0.0, outputs="clamped", tolerance=1e-4)
    assert build_local_objective(parse_config({}, ["loss.kind=bulk"]), NET) == LocalObjective()


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("mass=x", "`loss.mass` must be a number, but is 'x'"),
        ("mass=.nan", "`loss.mass` must be a finite number"),
        ("tolerance=0", "`loss.tolerance` must be greater than 0, but is 0"),
        ("tolerance=2", "`loss.tolerance` must be less than or equal to 1"),
        ("outputs=open", "`loss.outputs` must be 'clamped' or 'free', but is 'open'"),
        ("pairs=3", "`loss.pairs` must be a string"),
        ("masss=1", "Try `loss.mass`."),
    ],
)
def test_a_wrong_key(key: str, message: str, refusal: Callable[..., str]) -> None:
    assert message in refusal(None, "loss.kind=bulk", f"loss.{key}")


def test_the_boundary_loss_has_no_mass(refusal: Callable[..., str]) -> None:
    assert "`loss.mass` must be a known key" in refusal(None, "loss.mass=0.1")


@pytest.mark.parametrize("mass", [-0.5, 0.5])
def test_the_mass_reaches_the_objective(mass: float, dataset: Dataset) -> None:
    config = parse_config(
        {"observe": {"complexity_n": [2]}}, ["loss.kind=bulk", f"loss.mass={mass}"]
    )
    assert build_settings(config, dataset).local == LocalObjective(mass)


def test_a_negative_mass_holds_unbounded_states_too() -> None:
    config = parse_config({}, ["loss.kind=bulk", "loss.mass=-1", "network.activation=relu"])
    assert build_local_objective(config, NET).mass == -1.0


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((3, 3)), "must hold numbers [10, 10] as pairs, but is float64[3, 3]"),
        (np.full((10, 10), "x"), "must hold numbers [10, 10] as pairs"),
        (np.full((10, 10), np.nan), "must hold finite pairs"),
    ],
)
def test_wrong_pairs(array: np.ndarray, message: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "pairs.npz", pairs=array)
    config = parse_config({}, ["loss.kind=bulk", f"loss.pairs={tmp_path}/pairs.npz"])
    with pytest.raises(DataError) as caught:
        build_local_objective(config, NET)
    assert message in str(caught.value)


def test_pairs_reach_the_objective(tmp_path: Path) -> None:
    pairs = np.arange(100.0).reshape(10, 10)
    np.savez(tmp_path / "pairs.npz", pairs=pairs)
    config = parse_config({}, ["loss.kind=bulk", f"loss.pairs={tmp_path}/pairs.npz"])
    np.testing.assert_array_equal(build_local_objective(config, NET).pairs, pairs)


@pytest.mark.parametrize("more", [[], ["loss.kind=bulk"], ["loss.kind=bulk", "loss.outputs=free"]])
def test_an_auto_encoder_has_as_many_outputs_as_inputs(more: list[str], dataset: Dataset) -> None:
    base = {"network": {"hidden": [3]}, "observe": {"complexity_n": [2]}}
    settings = build_settings(parse_config(base, ["data.targets=inputs", *more]), dataset)
    assert str(settings.architecture) == "5-3-5"
    assert settings.outputs == ("free" if len(more) == 2 else "inputs")
    assert str(build_settings(parse_config(base, more), dataset).architecture) == "5-3-2"


def test_n_beyond_the_neurons_of_an_auto_encoder(dataset: Dataset) -> None:
    base = {"network": {"hidden": [3]}, "data": {"targets": "inputs"}}
    with pytest.raises(ConfigError, match="at most the 13 neurons of 5-3-5, but holds 14"):
        build_settings(parse_config(base | {"observe": {"complexity_n": [14]}}), dataset)


@pytest.mark.parametrize(
    ("name", "kind", "outputs", "targets"),
    [
        ("bulk", "bulk", "clamped", "zero_one"),
        ("unsupervised", "bulk", "free", "zero_one"),
        ("autoencoder", "bulk", "clamped", "inputs"),
    ],
)
def test_the_configs_that_come_along(name: str, kind: str, outputs: str, targets: str) -> None:
    config = load_config(CONFIGS / f"{name}.yaml")
    assert isinstance(config.loss, BulkLoss)
    assert (config.loss.kind, config.loss.outputs, config.data.targets) == (kind, outputs, targets)
    assert config.name == name
