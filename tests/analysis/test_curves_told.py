"""What is printed, stored and written as JSON of jumps and plateaus, and of what was not found."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray

from nnuniverse.analysis.analyse import analyse
from nnuniverse.analysis.document import document
from nnuniverse.analysis.section import Analysis, TextTable
from nnuniverse.analysis.store import analysis_image
from nnuniverse.analysis.tables import analysis_tables
from nnuniverse.config import parse_config
from nnuniverse.runs.record import Recorded, RunRecord
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.training.snapshots import log_snapshots

SNAPSHOTS = log_snapshots(30_000, 200)
EPOCHS = np.maximum(SNAPSHOTS, 1)


def noisy(losses: np.ndarray, size: float) -> np.ndarray:
    return losses * np.exp(size * np.random.default_rng(4).normal(size=losses.shape))


LOSSES = {
    "step": noisy(EPOCHS**-0.3 * np.where(EPOCHS > 1000, 0.7, 1.0), 0.01),
    "plateau": noisy(EPOCHS**-0.3 * np.clip(EPOCHS / 300, 1.0, 5.0) ** 0.3, 0.01),
    "quiet": noisy(EPOCHS**-0.3, 0.02),
    "noisy": noisy(EPOCHS**-0.3, 0.3),
}


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    replicas = np.arange(len(LOSSES))
    names = {"replica": replicas, "snapshot": SNAPSHOTS}
    variables = {name: Recorded(values, (name,), {}) for name, values in names.items()}
    variables["seed"] = Recorded(replicas, ("replica",), {})
    losses = np.stack(list(LOSSES.values()))
    variables["boundary_loss"] = Recorded(losses, ("replica", "snapshot"), {})
    short = Recorded(losses[:, :6], ("replica", "epoch"), {})
    variables |= {
        "epoch": Recorded(np.arange(1, 7), ("epoch",), {}),
        "running_boundary_loss": short,
    }
    config = parse_config({"replicas": len(LOSSES), "train": {"epochs": 30_000}})
    return analyse(RunRecord("made/by-hand", None, config, {}, {}, variables))  # type: ignore[arg-type]


def table(analysis: Analysis) -> dict[tuple[str, str], tuple[str, str]]:
    found: TextTable = analysis_tables(analysis)[-1]
    return {(curve, replica): (jumps, flat) for curve, replica, jumps, flat in found.rows}


def test_what_is_found_has_its_p_value(analysis: Analysis) -> None:
    rows = table(analysis)
    epoch, told = rows["boundary_loss", "0"][0].split(" ", 1)
    assert int(epoch) == pytest.approx(1000, rel=0.03)
    assert told in {f"(-{percent}%, p<1e-06)" for percent in (29, 30, 31)}
    assert rows["boundary_loss", "1"][1].endswith("(p<1e-06)")
    first, last = map(int, rows["boundary_loss", "1"][1].split(" ")[0].split("-"))
    assert (first, last) == (pytest.approx(300, rel=0.1), pytest.approx(1500, rel=0.1))


def test_nothing_says_what_would_be_seen(analysis: Analysis) -> None:
    rows = table(analysis)
    assert rows["boundary_loss", "2"][0] == "none (a step of 7% would be seen)"
    assert rows["boundary_loss", "2"][1] == "none (a factor of 2.1 would be seen)"


def test_noise_cannot_tell(analysis: Analysis) -> None:
    jumps, plateaus = table(analysis)["boundary_loss", "3"]
    assert jumps.startswith("cannot tell (a step of ")
    assert plateaus.startswith("cannot tell (a factor of ")


def test_a_short_curve_cannot_tell(analysis: Analysis) -> None:
    for replica in "0123":
        assert table(analysis)["running_boundary_loss", replica] == ("cannot tell", "cannot tell")


def test_all_of_it_is_stored_and_written(analysis: Analysis) -> None:
    image = analysis_image(analysis)
    data = xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")
    curve = data.sel(curve="boundary_loss")
    assert curve.jump_p_value.dims == ("replica", "jump")
    assert curve.jump_p_value[0, 0] < 1e-6
    assert np.isnan(curve.jump_p_value[2, 0])
    assert curve.plateau_p_value[1, 0] < 1e-6
    written = {one["variable"]: one for one in document(analysis)["curves"]}
    for what in ("jump", "plateau"):
        power, least = data[f"{what}_power"], data[f"{what}_least"]
        assert power.dims == least.dims == ("replica", "curve")
        assert power.sel(curve="boundary_loss")[2] > 0.9
        assert power.sel(curve="boundary_loss")[3] < 0.1
        assert (power.sel(curve="running_boundary_loss") == 0.0).all()
        assert least.sel(curve="running_boundary_loss").isnull().all()
        seen = written["boundary_loss"][f"{what}s_seen"]
        np.testing.assert_array_equal(
            [one["power"] for one in seen], power.sel(curve="boundary_loss")
        )
        assert written["running_boundary_loss"][f"{what}s_seen"][0]["least"] is None
