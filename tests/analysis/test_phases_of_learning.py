"""The phases of runs whose betas and spectra are made up."""

from __future__ import annotations

import io

import numpy as np
import xarray
from record_of_arrays import record_of

from nnuniverse.analysis import AnalysisSettings, analyse, analysis_tables, document
from nnuniverse.analysis.phases import Phases
from nnuniverse.analysis.store import analysis_image
from nnuniverse.runs.record import RunRecord
from nnuniverse.runs.seal import SEAL_BYTES

SETTINGS = AnalysisSettings(betas=(0.4, 0.5, 2.0, 4.0), resamples=99)


def record() -> RunRecord:
    """Two replicas of 16 neurons; at beta = 2 the printed extremum is at 3 log(1/2) - ... < 0."""
    theta = np.array([2.0, 1.0, 0.5, -0.2, -3.2, -4.0])
    return record_of("10-6", 10, log_eigenvalues=np.stack([[theta], [0.5 * theta]]), epoch=[1])


def test_phases_and_their_bounds() -> None:
    phases = analyse(record(), SETTINGS)[Phases]
    assert phases.final_beta == 3.0
    np.testing.assert_array_equal(phases.phase[:, 0, :4], [[0, 0, 1, 2]] * 2)
    np.testing.assert_allclose(phases.bound[0, 0, :4], [1 / 1.96, 1 / 2.25, 1 / 9, 1 / 25])
    # At beta = 2 the extremum is at 3 log((sqrt 3 - 1)/2) = -3.015: two eigenvalues, then none.
    share = phases.share[:, 0, :4]
    np.testing.assert_allclose(share[:, 2], [2 / 16, 0.0])
    assert np.isnan(share[:, [0, 1, 3]]).all(), "the text has it in the intermediate phase only"
    assert np.isnan(phases.phase[0, 0, 4]), "no gap, no beta"


def test_they_are_stored_written_and_printed() -> None:
    analysis = analyse(record(), SETTINGS)
    image = analysis_image(analysis)
    data = xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")
    assert data.final_beta == 3.0
    np.testing.assert_array_equal(data.phase.attrs["flag_values"], [0.0, 1.0, 2.0])
    assert data.phase.attrs["flag_meanings"] == "initial intermediate final"
    np.testing.assert_array_equal(data.phase, analysis[Phases].phase)
    np.testing.assert_allclose(data.moving_share_pooled.sel(statistic="mean")[0, 2], 1 / 16)
    written = document(analysis)["phases"]
    names = ["initial", "initial", "intermediate", "final", None, None]
    assert written["phase"] == [[names], [names]]
    assert written["moving_share"]["pooled"]["value"][0][3] is None
    (table,) = [t for t in analysis_tables(analysis) if t.caption.startswith("phases at epoch 0")]
    assert [row[:2] for row in table.rows] == [
        ["beta=0.4", "2 initial"],
        ["beta=0.5", "2 initial"],
        ["beta=2", "2 intermediate"],
        ["beta=4", "2 final"],
    ]
    assert table.rows[2][3].startswith("0.0625 ")


def test_without_a_spectrum_there_are_none() -> None:
    analysis = analyse(record_of(bulk_loss=[[0.1]], seed=[0], snapshot=[0], epoch=[1]))
    assert document(analysis)["phases"] is None
    assert not analysis[Phases].variables()
