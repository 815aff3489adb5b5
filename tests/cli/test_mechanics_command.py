"""`nnu mechanics`: the verdict on an ensemble, on the screen, as JSON and in a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from examples_of import require_examples_hold
from made_findings import DIFFUSIONS, LABELS, RATES, made_ensemble, written_run

import nnuniverse
from nnuniverse.cli.display.free_energy_tables import free_energy_document, print_free_energy
from nnuniverse.errors import CheckError, ConfigError
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.free_energy_production import Expansions, free_energy_production
from nnuniverse.runs import read_run

Nnu = Callable[..., Any]
Refused = Callable[..., str]


@pytest.fixture(scope="session")
def evolved(shared: Path) -> Path:
    """The run folder of an Ornstein-Uhlenbeck ensemble of 256 replicas, before any verdict."""
    return written_run(shared / "evolved", made_ensemble(128))


@pytest.fixture(scope="session")
def judged(shared: Path) -> Path:
    """The same in another folder, which `nnu mechanics` may write into."""
    return written_run(shared / "judged", made_ensemble(256))


@pytest.fixture(scope="session")
def printed(judged: Path, nnu: Nnu) -> Any:
    """What the command printed of it, on 80 columns."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COLUMNS", "80")
        return nnu("mechanics", judged)


def test_the_verdict_is_a_table_and_sentences(printed: Any) -> None:
    assert printed.code == 0
    rows = {line.split("  ")[0]: line for line in printed.out.split("\n\n")[0].splitlines()}
    for label in LABELS:
        assert "Fokker-Planck" in rows[label]
    assert "Of 3 coordinates: 3 Fokker-Planck." in printed.out
    assert "over 3 coordinates with D measured; chi2" in printed.out
    assert "D is not the same in all directions" in printed.out
    assert [line for line in printed.err.splitlines() if line.startswith("judged")][-1] == (
        "judged curvature 54, 3 of 3"
    )
    tables, _, _ = printed.out.rpartition("\n\n")
    assert max(map(len, tables.splitlines())) <= 80
    assert "in 2 parts" not in tables


def test_what_was_found_is_stored_and_drawn(printed: Any, judged: Path, nnu: Nnu) -> None:
    assert printed.code == 0
    with xr.open_dataset(judged / "mechanics.h5") as found:
        assert found["winner"].values.tolist() == ["fokker_planck"] * 3
        rate = found["rate"].sel(coordinate="curvature 31")
        assert rate.sel(statistic="low") < RATES[1] < rate.sel(statistic="high")
        measured = found["diffusion"].sel(statistic="value")
        np.testing.assert_allclose(np.diagonal(measured), DIFFUSIONS, rtol=0.15)
        ratio = found["signed_hbar2_ratio"].sel(diffusion_of="measured", statistic="value")
        np.testing.assert_allclose(ratio, -1.0, atol=0.4)
        assert set(found["model"].values) >= {"fokker_planck", "schroedinger", "hamilton_jacobi"}
        assert found.attrs["replicas"] == 256
    drawn = nnu("plot", "all", judged, "--format", "svg").out.split()
    stems = [Path(name).stem for name in drawn if name.endswith(".svg")]
    assert stems == ["laplacian", "ring", "mechanics", "entropy-production", "density"]


def test_json_has_the_verdict_with_its_numbers(judged: Path, nnu: Nnu) -> None:
    result = nnu("mechanics", judged, "--json", "--coordinate", LABELS[1], "--diffusion", 0.02)
    (run,) = json.loads(result.out)["runs"]
    (coordinate,) = run["coordinates"]
    assert coordinate["coordinate"] == LABELS[1]
    assert coordinate["winner"] == "fokker_planck"
    assert coordinate["ratio_diffusion"]["given"]["value"] == 0.02
    given = coordinate["signed_hbar2_ratio"]["given"]
    assert given["low"] < -1.0 < given["high"]
    assert (
        coordinate["log_likelihood"]["fokker_planck"] > coordinate["log_likelihood"]["schroedinger"]
    )
    assert run["given_diffusion"] == 0.02
    assert run["pooled"]["given"]["coordinates"] == 1
    assert run["assumed"]


def test_coordinates_that_cannot_be_judged_are_named(tmp_path: Path, nnu: Nnu) -> None:
    ensemble = made_ensemble(64)
    mixture = replace(ensemble.theory, spread=np.array([0.0, 0.1, 0.0]), rate=RATES * [1, 1, 0.1])
    folder = written_run(tmp_path, replace(ensemble, theory=mixture))
    result = nnu("mechanics", folder, "--coordinate", 1, "--coordinate", 2)
    assert result.code == 0
    assert "curvature 31 is undecided: a mixture of directions" in result.out
    assert "curvature 54 is undecided: relaxes in " in result.out
    assert "with D measured; chi2" not in result.out, "nothing is pooled"


def test_a_run_of_training_is_no_ensemble(finished: Any, refused: Refused) -> None:
    line = refused("mechanics", finished.folder)
    assert "must be an ensemble, but trained a net. Try `nnu evolve" in line


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--form", "round", "`--form` must be gaussian or grid, but is 'round'"),
        ("--diffusion", "-1", "`--diffusion` must be a positive number, but is -1"),
        ("--held-out", "0", "`--held-out` must lie between 0.1 and 0.9, but is 0"),
        ("--seed", "-1", "`--seed` must be 0 or more, but is -1"),
        ("--coordinate", "bias_7[0]", "`--coordinate` must name a coordinate, but is 'bias_7[0]'"),
    ],
)
def test_wrong_options(
    option: str, value: str, words: str, evolved: Path, refused: Refused
) -> None:
    assert words in refused("mechanics", evolved, option, value)


def test_too_few_replicas_or_records(tmp_path: Path, refused: Refused) -> None:
    ensemble = made_ensemble(64)
    ensemble.positions[:40, 5:] = np.nan
    diverged = written_run(tmp_path / "diverged", ensemble)
    words = "must have at least 32 replicas that did not diverge, but has 24 of 64"
    assert words in refused("mechanics", diverged)
    short = written_run(tmp_path / "short", made_ensemble(64), records=4)
    assert "must have at least 6 records, but has 4" in refused("mechanics", short)


def test_a_failed_fit_is_exit_code_3(
    evolved: Path, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CheckError("the fit of Kramers", "be as good as Fokker-Planck's", "is worse", "more")

    monkeypatch.setattr("nnuniverse.experiments.mechanics.judge", fail)
    result = nnu("mechanics", evolved)
    assert result.code == 3
    assert "the fit of Kramers must be as good" in result.err
    assert not (evolved / "mechanics.h5").exists()


def test_from_python(evolved: Path) -> None:
    found = nnuniverse.mechanics(evolved, coordinates=("0",), seed=3)
    assert found["winner"].values.tolist() == ["fokker_planck"]
    assert found.attrs["seed"] == 3
    assert not (evolved / "mechanics.h5").exists()
    with pytest.raises(ConfigError, match="`--form`"):
        nnuniverse.mechanics(read_run(evolved), form="round")
    require_examples_hold("nnuniverse.api.mechanics", ensemble=nnuniverse.open_run(evolved))


def test_what_changes_the_free_energy_is_three_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a made ensemble, whose loss is what its drift descends, and F twice that."""
    ensemble = made_ensemble(256)
    centre, stiffness = np.zeros(len(LABELS)), np.diag(RATES / 0.1)
    loss = SecondOrder(centre, stiffness)
    found = free_energy_production(ensemble, Expansions(SecondOrder(centre, 2.0 * stiffness), loss))
    print_free_energy(found, ensemble.labels, 1.0)
    printed = capsys.readouterr().out
    assert "Gain; p of one gain for all" in printed
    assert "Ito's term, D lap F" in printed
    assert "V(q) of 2012.05082 (2.8)" in printed
    document = free_energy_document(found, 1.0)
    gains = np.array(document["gain_of_descent"]["gain"]["value"])
    np.testing.assert_allclose(gains, 0.1, rtol=0.35)
    np.testing.assert_allclose(np.array(document["gain"]["gain"]["value"]), -gains / 2.0)
    assert document["loss"]["ito"]["value"] > 0.0
