"""Numbers of ensembles and of the drift that printed numbers name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_alignment import BETAS, EPOCHS, made_alignment
from made_findings import made_findings, made_run

from nnuniverse.analysis.mechanics import content_of
from nnuniverse.claims.reproduction.analysed_scalars import ANALYSED, analysed
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.config import RunConfig
from nnuniverse.errors import RunError
from nnuniverse.experiments.mechanics import MechanicsSettings
from nnuniverse.runs import RunFolder, RunRecord
from nnuniverse.runs.derived_file import ALIGN_FILE
from nnuniverse.runs.record import Recorded


@pytest.fixture
def ensemble(tmp_path: Path) -> RunRecord:
    """An ensemble whose mechanics are stored: of three coordinates two are named."""
    findings = made_findings()
    run = made_run(tmp_path, findings=findings, stored=False)
    content_of(findings, run, MechanicsSettings().as_mapping()).write(run)
    return run


def value(run: RunRecord, name: str, **keys: object) -> list[float]:
    return analysed(run, AnalysedScalar.model_validate({"analysis": name, **keys})).tolist()


def test_an_ensemble_has_one_value(ensemble: RunRecord) -> None:
    assert value(ensemble, "pooled_ratio", variable="measured") == pytest.approx([-1.0])
    assert np.isnan(value(ensemble, "pooled_ratio", variable="slow_mode")).all()
    assert value(ensemble, "named_share", variable="fokker_planck") == pytest.approx([2.0 / 3.0])
    assert value(ensemble, "named_share", variable="schroedinger") == [0.0]
    assert 3.5 < value(ensemble, "anisotropy")[0] < 7.0
    assert value(ensemble, "learning_share") == pytest.approx([1.0], abs=0.5)
    with pytest.raises(RunError, match="`variable` must be a verdict, but is 'quantum'"):
        value(ensemble, "named_share", variable="quantum")


def test_mechanics_found_with_other_options_do_not_count(ensemble: RunRecord) -> None:
    findings = made_findings(("schroedinger",) * 3)
    other = MechanicsSettings(seed=1).as_mapping()
    content_of(findings, ensemble, other).write(ensemble)
    before = (ensemble.folder.path / "mechanics.h5").read_bytes()
    with pytest.raises(RunError):  # there is nothing to find them from
        value(ensemble, "named_share", variable="schroedinger")
    assert (ensemble.folder.path / "mechanics.h5").read_bytes() == before


def test_the_drift_at_an_epoch(tmp_path: Path) -> None:
    alignment = made_alignment()
    folder = RunFolder(tmp_path)
    ALIGN_FILE.write(folder, alignment.axes, alignment.variables, alignment.attributes)
    seeds = {"seed": Recorded(alignment.seeds, ("replica",), {})}
    run = RunRecord("made/it", folder, RunConfig(), {}, {"network": "4-3-2"}, seeds)
    at = EPOCHS.tolist().index(10), BETAS.tolist().index(1.0)
    found = value(run, "drift_cosine", epoch=10)
    np.testing.assert_allclose(found, alignment["alignment"][:, at[0], at[1]])


def test_what_is_of_ensembles_says_so() -> None:
    of_ensembles = {name for name, kind in ANALYSED.items() if kind.of_ensembles}
    assert {"pooled_ratio", "named_share", "anisotropy"} <= of_ensembles
    assert "drift_cosine" not in of_ensembles
