"""The truncation error of a run's spectra: which numbers are kept, and where it is found."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray
from record_of_arrays import record_of

from nnuniverse.analysis import AnalysisSettings, analyse, document
from nnuniverse.analysis.store import analysis_image
from nnuniverse.analysis.truncation import Truncation, numbers_kept
from nnuniverse.runs.seal import SEAL_BYTES


@pytest.mark.parametrize(
    ("neurons", "kept"),
    [(1, []), (2, [1]), (5, [1, 2]), (6, [1, 2, 5]), (101, [1, 2, 5, 10, 20, 50, 100])],
)
def test_the_numbers_are_below_n(neurons: int, kept: list[int]) -> None:
    assert numbers_kept(neurons).tolist() == kept


def test_it_is_stored_and_written() -> None:
    theta = np.array([[[1.0, -1.0], [np.nan, np.nan]], [[2.0, -2.0], [1.0, -1.0]]])
    analysis = analyse(
        record_of("4-1", 3, log_eigenvalues=theta, epoch=[1]), AnalysisSettings(resamples=99)
    )
    image = analysis_image(analysis)
    error = xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf").truncation_error
    assert error.dims == ("replica", "snapshot", "kept")
    assert error.kept.values.tolist() == [1, 2]
    squares = np.exp([4.0, -4.0])
    expected = np.sqrt([squares[1] + 3.0, squares[1] + 2.0]) / np.sqrt(squares.sum() + 3.0)
    np.testing.assert_allclose(error[1, 0], expected, rtol=1e-14)
    np.testing.assert_array_equal(error.isnull()[0], [[False, False], [True, True]])
    written = document(analysis)["truncation"]
    assert written["kept"] == [1, 2]
    np.testing.assert_allclose(written["truncation_error"]["values"][1][0], expected, rtol=1e-14)
    assert written["truncation_error"]["values"][0][1] == [None, None]


def test_without_a_spectrum_there_is_none() -> None:
    analysis = analyse(record_of(bulk_loss=[[0.1]], seed=[0], snapshot=[0], epoch=[1]))
    assert document(analysis)["truncation"] is None
    assert not analysis[Truncation].variables()
