"""``nnu dual``: nets on their boundary alone, what is kept of their training, what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import yaml
from examples_of import require_examples_hold

import nnuniverse
from nnuniverse.errors import StoppedError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.boundary_nets import BoundaryNetsOfRun
from nnuniverse.experiments.dual import DualSettings, dual_config, duals_of_run
from nnuniverse.experiments.reopen import reopen_run
from nnuniverse.networks.graph import Graph
from nnuniverse.physics.holography.found_duals import NAMES, STARTS
from nnuniverse.runs import open_run_folder, require_removable

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]


def trained(nnu: Nnu, shared: Path, name: str, **changes: Any) -> Path:
    """A run of two sparse nets 4-5-5-4 that hand normal numbers on, rotated."""
    content: dict[str, Any] = {
        "name": name,
        "replicas": 2,
        "data": {
            "kind": "normal", "inputs": 4, "deviation": 0.7, "targets": "rotated",
            "train_samples": 40, "test_samples": 20,
        },
        "network": {
            "kind": "graph", "activation": "identity",
            "mask": {"kind": "layers", "sizes": [4, 5, 5, 4], "links": 3},
        },
        "train": {"epochs": 20, "batch": 20, "learning_rate": 0.05},
        "observe": {"observables": ["boundary_loss"], "complexity_n": []},
    }  # fmt: skip
    for key, value in changes.items():
        content[key] |= value
    path = shared / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content))
    result = nnu("train", path, "--out", shared / name)
    assert result.code == 0, result.err
    return Path(result.folder)


@pytest.fixture(scope="session")
def linear(nnu: Nnu, shared: Path) -> Path:
    """Linear nets, whose map is exact."""
    return trained(nnu, shared, "linear_dual")


@pytest.fixture(scope="session")
def found(nnu: Nnu, linear: Path) -> dict[str, Any]:
    """What is found of them, as JSON."""
    result = nnu("dual", linear, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


@pytest.mark.usefixtures("found")
def test_the_example_holds(linear: Path) -> None:
    require_examples_hold("nnuniverse.api.dual", run=nnuniverse.open_run(linear))


def test_linear_nets_are_mapped_exactly_and_learn_on(found: dict[str, Any], linear: Path) -> None:
    values = {name: np.array(of, float) for name, of in found["values"].items()}
    assert set(values) == set(NAMES) and found["start"] == list(STARTS)
    places = dict(zip(STARTS, range(len(STARTS)), strict=True))
    off = values["map_error"]
    assert (off[:, [places["tangent"], places["weights"]]] < 1e-13).all()
    assert (off[:, [places["printed"], places["shuffled"]]] > 0.01).all()
    assert np.isnan(off[:, places["drawn"]]).all()
    for start in ("tangent", "weights"):
        np.testing.assert_allclose(
            values["mapped_loss"][:, places[start]], values["deep_loss"], rtol=1e-5
        )
    with nnuniverse.open_results(linear) as stored:
        np.testing.assert_allclose(
            values["deep_loss"][:, 0], stored["boundary_loss"][:, -1], rtol=1e-6
        )
    after = values["dual_loss"][:, places["tangent"], 0, -1]
    assert (after < 0.9 * values["deep_loss"][:, 0]).all()
    assert found["dual_network"] == "graph of 8 neurons and 16 edges"
    assert found["found"][0] == "The map is exact: its nets do what the deep ones do."
    assert found["found"][1].startswith(
        "On training samples the mapped nets, trained, have a loss -"
    )


def test_it_is_told_in_eighty_columns_and_trained_once(
    nnu: Nnu, linear: Path, found: dict[str, Any], content: Content
) -> None:
    before = content(linear / "duals")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        result = nnu("dual", linear)
    assert result.code == 0, result.err
    table = result.out.partition("\n\n")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert [line.split()[0] for line in table.splitlines()[-6:]] == ["deep", *STARTS]
    dataset = nnuniverse.dual(linear)
    assert content(linear / "duals") == before
    with xr.open_dataset(linear / "dual.h5") as stored:
        assert stored["dual_loss"].dims == ("replica", "start", "split", "snapshot")
        np.testing.assert_array_equal(stored["dual_loss"], dataset["dual_loss"])
    require_removable(open_run_folder(linear))


def test_what_was_stopped_goes_on(linear: Path, tmp_path: Path, found: dict[str, Any]) -> None:
    folder = tmp_path / linear.name
    shutil.copytree(linear, folder)
    shutil.rmtree(folder / "duals" / "drawn")
    asked = iter([False] * 5)
    with pytest.raises(StoppedError, match=r"'drawn', after epoch|4 of 5 trainings"):
        duals_of_run(folder, stop=lambda: next(asked, None) is None)
    dataset = duals_of_run(folder).opened()
    np.testing.assert_array_equal(dataset["dual_loss"], found["values"]["dual_loss"])


def test_nets_that_bend_are_mapped_only_nearly(nnu: Nnu, shared: Path) -> None:
    run = reopen_run(trained(nnu, shared, "bent_dual", network={"activation": "tanh"}))
    settings = DualSettings(edges="all")
    sizes = assemble.boundary_sizes(run.config, run.dataset)
    graph = assemble.build_architecture(dual_config(run, settings), *sizes)
    assert isinstance(graph, Graph) and graph.edges == 32
    nets = BoundaryNetsOfRun.of(run, graph, 0)
    off = nets.facts["map_error"][:, STARTS.index("tangent")]
    assert (off > 1e-3).all() and (off < 0.5).all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--epochs", "0"), "`--epochs` must be at least 1"),
        (("--edges", "some"), "`--edges` must be all or forward"),
        (("--seed", "-1"), "`--seed` must be at least 0"),
    ],
)
def test_wrong_options(refused: Refused, linear: Path, options: tuple[str, ...], told: str) -> None:
    assert told in refused("dual", linear, *options)
