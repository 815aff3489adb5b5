"""Every variable that an analysis stores is named on a page that is written by hand."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pytest
import xarray
from record_of_arrays import record_of

from nnuniverse.analysis.analyse import QUANTITIES, analyse
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.store import analysis_image
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.training.snapshots import log_snapshots

PAGE = Path(__file__).parents[2] / "docs" / "analysis.md"
POOLED = "_pooled"


def stored_variables() -> set[str]:
    """Return what is stored of a run with a spectrum, a jump, a plateau, laws and checks."""
    snapshots = log_snapshots(30_000, 200)
    epochs = np.maximum(snapshots, 1)
    random = np.random.default_rng(0)
    noise = np.exp(0.01 * random.normal(size=(2, len(epochs))))
    step = epochs**-0.3 * np.where(epochs > 1000, 0.7, 1.0)
    flat = epochs**-0.3 * np.clip(epochs / 300, 1.0, 5.0) ** 0.3
    theta = np.sort(random.normal(size=(2, len(epochs), 12)), axis=-1)[..., ::-1]
    record = record_of(
        snapshot=snapshots,
        log_eigenvalues=theta,
        units=6,
        boundary_loss=np.stack([step, flat]) * noise,
        complexity_n=[12],
        complexity=random.normal(size=(2, len(epochs), 1)),
    )
    image = analysis_image(analyse(record, AnalysisSettings(betas=(1.0,), resamples=99)))
    return set(xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf").data_vars)


@pytest.fixture(scope="module")
def stored() -> set[str]:
    return stored_variables()


def test_every_stored_variable_is_a_declared_quantity(stored: set[str]) -> None:
    assert {name.removesuffix(POOLED) for name in stored} <= set(QUANTITIES)


def test_every_stored_variable_is_documented(stored: set[str]) -> None:
    assert stored >= {"entropy", "gap_width", "law_r2", "jump_p_value", "plateau_power"}
    documented = set(re.findall(r"`([\w]+)`", PAGE.read_text("utf-8")))
    assert POOLED in documented
    missing = {name for name in stored - documented if name.removesuffix(POOLED) not in documented}
    assert not missing
