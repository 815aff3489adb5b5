"""``nnu grand``: which neurons are there under a chemical potential, stored, told and refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

import nnuniverse
from nnuniverse.physics.grand_canonical.mask_ensemble import EXACT, NAMES

Nnu = Callable[..., Any]
Refused = Callable[..., str]

FEW = "observe.observables=[boundary_loss]"
MU = ("--mu", "-9:9:19")


@pytest.fixture(scope="session")
def copy(finished: Any, shared: Path) -> Path:
    """A run of a net 4-3-3 that `nnu grand` may write into."""
    return Path(shutil.copytree(finished.folder, shared / "grand" / "tiny" / finished.folder.name))


@pytest.fixture(scope="session")
def printed(nnu: Nnu, copy: Path) -> Any:
    """What is printed of it on 80 columns, all masks enumerated; without a range of mu given."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        return nnu("grand", copy, "--exact", "--seed", "1")


@pytest.fixture(scope="session")
def found(nnu: Nnu, copy: Path, printed: Any) -> dict[str, Any]:
    """What is found of the same, as JSON, after all else has been printed."""
    result = nnu("grand", copy, *MU, "--exact", "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_a_table_and_sentences_tell_it(printed: Any) -> None:
    assert printed.code == 0, printed.err
    table, _, told = printed.out.partition("\n\n")
    assert "4-3-3, 3 hidden neurons" in table
    assert max(map(len, table.splitlines())) <= 80
    assert "exact <N>" in table
    assert "Against all 8 masks: <N> is off by" in told
    assert "Hysteresis: " in told
    assert "mu from " in printed.err


def test_chains_agree_with_all_masks(found: dict[str, Any]) -> None:
    values = {name: np.array(of) for name, of in found["values"].items()}
    assert set(values) == set(NAMES)
    for variable in EXACT:
        name = variable.name.removeprefix("exact_")
        off = values[name] - values[variable.name]
        moves = np.broadcast_to(values["exact_neurons_variance"] > 0.1, off.shape)
        z = off[moves] / values[f"{name}_error"][moves]
        assert np.sqrt((z**2).mean()) < 2.2
        assert np.abs(z).max() < 7.0  # of seven degrees of freedom
    assert found["mixed"]
    assert found["fluctuation_relation_holds"]
    assert found["grand_potential_anchored"]


def test_the_file_says_the_same(found: dict[str, Any], copy: Path) -> None:
    with xr.open_dataset(copy / "grand.h5") as dataset:
        assert dataset["mean_neurons"].dims == ("direction", "chemical_potential")
        np.testing.assert_array_equal(dataset["mean_neurons"], found["values"]["mean_neurons"])
        assert dataset["direction"].values.tolist() == ["up", "down"]
        assert dataset["neurons_variance"].attrs["source"] == "2012.05082 (4.5) (C11)"
        assert dataset["mean_neurons"].attrs["units"] == "neurons"
        told = ("energy", "temperature", "samples", "chains", "network", "proposal", "mixed")
        assert [dataset.attrs[name] for name in told] == [
            "free_energy", 1.0 / 1.4, 12, 8, "4-3-3", "uniform", 1,
        ]  # fmt: skip


def test_python_finds_the_same_and_writes_nothing(found: dict[str, Any], copy: Path) -> None:
    before = (copy / "grand.h5").read_bytes()
    dataset = nnuniverse.grand(copy, mu=(-9, 9, 19))
    np.testing.assert_array_equal(dataset["mean_neurons"], found["values"]["mean_neurons"])
    other = nnuniverse.grand(copy, mu=(-9, 9, 19), seed=1)
    assert (dataset["mean_neurons"] != other["mean_neurons"]).any()
    assert (copy / "grand.h5").read_bytes() == before


@pytest.mark.parametrize("proposal", ["heat_bath", "informed"])
def test_other_proposals_find_the_same_ensemble(copy: Path, proposal: str) -> None:
    dataset = nnuniverse.grand(copy, mu=(-3, 3, 7), proposal=proposal, exact=True)
    off = dataset["mean_neurons"] - dataset["exact_mean_neurons"]
    assert np.abs(off / dataset["mean_neurons_error"]).max() < 6.0


@pytest.mark.parametrize("energy", ["boundary", "bulk"])
def test_losses_have_the_temperature_at_which_deaths_differ(
    nnu: Nnu, copy: Path, energy: str
) -> None:
    few = ("--chains", "3", "--sweeps", "8", "--samples", "4", "--mu", "-0.1:0.1:5")
    result = nnu("grand", copy, "--energy", energy, "--json", *few)
    assert result.out, result.err
    document = json.loads(result.out)
    deaths = np.array(document["values"]["death_energy"])
    assert document["temperature"] == pytest.approx(deaths.std(ddof=1))
    assert document["energy_units"] == f"mean {energy} loss per sample"
    assert "the standard deviation of what a death changes" in result.err


def test_chains_that_have_not_mixed_are_told_by_the_exit_code(nnu: Nnu, copy: Path) -> None:
    cold = ("--energy", "boundary", "--temperature", "1e-7", "--mu", "-0.3:0.3:60")
    result = nnu("grand", copy, *cold, "--sweeps", "8")
    assert result.code == 3
    assert "chains must mix" in result.err or "must be int Delta N^2" in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--temperature", "0"), "`--temperature` must be a positive number, but is 0."),
        (("--mu", "1:2"), "`--mu` must be FROM:TO:COUNT, but is '1:2'"),
        (("--mu", "0:1:4"), "`--mu` must have at least 5 points"),
        (("--mu", "1:0:9"), "`--mu` must rise from a number to a larger one"),
        (("--mu", "0:inf:9"), "`--mu` must rise from a number to a larger one"),
        (("--sweeps", "7"), "`--sweeps` must be at least 8, but is 7"),
        (("--chains", "2"), "`--chains` must be at least 3, but is 2"),
        (("--samples", "13"), "`--samples` must be at most the 12 training samples"),
        (("--seed", "-1"), "`--seed` must be at least 0"),
        (("--energy", "loss"), "`--energy` must be one of boundary, bulk, free_energy"),
        (("--proposal", "greedy"), "`--proposal` must be one of uniform, heat_bath, informed"),
        (("--replica", "9"), "`--replica` must be one of 0 .. "),
    ],
)
def test_wrong_options(refused: Refused, copy: Path, options: tuple, message: str) -> None:
    assert message in refused("grand", copy, *options)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("network.hidden=[17]",), "`--exact` must be of at most 16 hidden neurons"),
        (("network.hidden=[]",), "must have hidden neurons"),
        (("network.activation=logistic",), "`network.activation` must have f(0) = 0"),
        (("loss.kind=bulk", "loss.mass=0.8"), "`--temperature` must be at least the m = 0.8"),
    ],
)
def test_nets_whose_masks_have_no_ensemble(
    nnu: Nnu, refused: Refused, config: Path, tmp_path: Path, overrides: tuple, message: str
) -> None:
    few = (FEW, "observe.complexity_n=[2]", "train.epochs=1", "replicas=1", "--out", tmp_path)
    folder = nnu("train", config, *overrides, *few).folder
    assert message in refused("grand", folder, "--exact")


def test_an_epoch_whose_weights_are_gone(refused: Refused, finished: Any) -> None:
    line = refused("grand", finished.folder, "--epoch", "1", code=1)
    assert "must have kept the weights asked for" in line
