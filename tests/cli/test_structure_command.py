"""``nnu structure``: what it tells and stores of a run, and what it refuses."""

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
from nnuniverse.physics.structure.structure import NAMES, VARIABLES

Nnu = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture(scope="session")
def copy(finished: Any, shared: Path) -> Path:
    """A run of a net 4-3-3 that `nnu structure` may write into."""
    folder = shared / "structure" / "tiny" / finished.folder.name
    return Path(shutil.copytree(finished.folder, folder))


@pytest.fixture(scope="session")
def printed(nnu: Nnu, copy: Path) -> Any:
    """What is printed of it on 80 columns."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        return nnu("structure", copy, "--keep", "loss:0.1")


@pytest.fixture(scope="session")
def found(nnu: Nnu, copy: Path, printed: Any) -> dict[str, Any]:
    """What is found of its last weights, as JSON, after all else has been printed."""
    result = nnu("structure", copy, "--matrix", "weights", "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def test_a_table_and_sentences_tell_it(printed: Any) -> None:
    assert printed.code == 0, printed.err
    table, _, told = printed.out.partition("\n\n")
    assert table.startswith("4-3-3: A = f'w, epoch ")
    assert max(map(len, table.splitlines())) <= 80
    assert "replica      Q     shuffled" in table
    assert "Q lies above what 97.5 % of shuffled weights have in " in told
    assert "Clean chains: " in told


def test_the_file_says_the_same(found: dict[str, Any], copy: Path) -> None:
    with xr.open_dataset(copy / "structure.h5") as dataset:
        assert {variable.name for variable in VARIABLES} <= set(dataset)
        assert set(dataset.data_vars) <= set(NAMES)
        share = dataset["permutation_share"]
        np.testing.assert_array_equal(share, found["values"]["permutation_share"])
        assert share.dims == ("replica", "snapshot")
        assert share.attrs["source"] == "2008.01540 (7.11)"
        assert dataset["motif"].values.tolist() == ["loop2", "loop3", "ffl"]
        told = ("network", "matrix_of", "keep", "purity", "draws", "layers", "closed")
        assert [dataset.attrs[name] for name in told] == [
            "4-3-3", "w", "nonzero", 0.9, 200, "4-3-3", 0,
        ]  # fmt: skip


def test_the_numbers_are_those_of_the_weights(found: dict[str, Any], copy: Path) -> None:
    """Two blocks, into the hidden and into the output neurons, each with a best permutation."""
    with nnuniverse.open_results(copy / "results.h5") as file:
        blocks = [file[f"weights_{l}"][0].astype(float) for l in (1, 2)]
    values = {name: np.array(of, float) for name, of in found["values"].items()}
    total = sum((block**2).sum() for block in blocks)
    best = [
        max(
            sum(block[i, sigma[i]] ** 2 for i in range(3))
            for sigma in np.array(np.meshgrid(*[range(block.shape[1])] * 3)).reshape(3, -1).T
            if len(set(sigma.tolist())) == 3
        )
        for block in blocks
    ]
    assert values["permutation_share"][0, -1] == pytest.approx(sum(best) / total, rel=1e-12)
    assert values["kept_edges"][0, -1] == sum(np.count_nonzero(block) for block in blocks)
    singular = np.concatenate([np.linalg.svd(block)[1] for block in blocks])
    spread = singular.std() / singular.mean()
    assert values["singular_spread"][0, -1] == pytest.approx(spread, rel=1e-10)
    squares = blocks[1] ** 2
    expected = squares.sum(axis=1) ** 2 / (squares**2).sum(axis=1)
    np.testing.assert_allclose(values["row_participation"][0, -1, 3:], expected, rtol=1e-12)


def test_python_finds_the_same_and_writes_nothing(found: dict[str, Any], copy: Path) -> None:
    before = (copy / "structure.h5").read_bytes()
    dataset = nnuniverse.structure(copy, matrix="weights")
    for name in ("permutation_share", "permutation_share_shuffled"):
        np.testing.assert_array_equal(dataset[name], found["values"][name])
    fewer = nnuniverse.structure(copy, keep="edges:5", draws=39)
    assert (fewer["kept_edges"] == 5).all()
    assert (copy / "structure.h5").read_bytes() == before


def test_as_many_edges_are_kept_as_the_loss_needs(copy: Path) -> None:
    whole, few = (
        nnuniverse.structure(copy, keep=keep, draws=39) for keep in ("nonzero", "loss:0.3")
    )
    assert (few["kept_loss"] <= 1.3 * whole["kept_loss"]).all()
    assert (few["kept_edges"] < whole["kept_edges"]).any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--purity", "0"), "`--purity` must lie above 0, up to 1, but is 0."),
        (("--purity", "1.1"), "`--purity` must lie above 0, up to 1, but is 1.1."),
        (("--purity", "nan"), "`--purity` must lie above 0, up to 1, but is nan."),
        (("--keep", "edges:22"), "`--keep` must be at most the 21 edges of the net"),
        (("--keep", "edges:0"), "`--keep` must be nonzero, loss:X or edges:K"),
        (("--keep", "loss:-1"), "`--keep` must be nonzero, loss:X or edges:K"),
        (("--keep", "some"), "`--keep` must be nonzero, loss:X or edges:K, but is 'some'"),
        (("--closed",), "`--closed` must be of a net with as many outputs as inputs"),
        (("--snapshot", "first"), "`--snapshot` must be one of last, all"),
        (("--matrix", "jacobian"), "`--matrix` must be one of slopes, weights"),
        (("--draws", "38"), "`--draws` must be at least 39"),
        (("--seed", "-1"), "`--seed` must be at least 0"),
    ],
)
def test_wrong_options(refused: Refused, copy: Path, options: tuple, message: str) -> None:
    assert message in refused("structure", copy, *options)


def test_of_last_weights_there_are_no_snapshots(refused: Refused, diverged: Any) -> None:
    told = refused("structure", json.loads(diverged.out)["run"], "--snapshot", "all", code=2)
    assert "`--snapshot` must be last of a run that kept its last weights only" in told


def test_a_run_that_diverged_has_nothing_to_measure(refused: Refused, diverged: Any) -> None:
    told = refused("structure", json.loads(diverged.out)["run"], code=1)
    assert "every net of the run must not have diverged, but that of replica 0 has" in told
