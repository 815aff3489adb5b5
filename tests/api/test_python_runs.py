"""What comes after training, from Python; paths are strings, `Path` or what was opened."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import nnuniverse
from nnuniverse.analysis import analyse
from nnuniverse.api.run import Run
from nnuniverse.errors import ConfigError
from nnuniverse.plots import Drawing

PNG = b"\x89PNG"


def test_an_analysis_is_that_of_the_opened_run(run: Run) -> None:
    opened = nnuniverse.open_run(str(run.folder), betas=(1.4,))
    found = nnuniverse.analyze(run.folder, betas=(1.4,))
    assert "beta=1.4" in found.temperature.values
    assert found.identical(opened.analysis)


def test_a_comparison_is_a_frame_with_intervals(run: Run) -> None:
    frame = nnuniverse.compare([run, str(run.folder)])
    assert list(frame.index) == [run.name] * 2
    last = run.results.boundary_loss.isel(snapshot=-1)
    np.testing.assert_allclose(frame["boundary loss"], [last.mean()] * 2)
    assert (frame["boundary loss low"] < frame["boundary loss high"]).all()


def test_a_plot_is_a_figure_that_shows_itself(run: Run) -> None:
    drawn = nnuniverse.plot("spectrum", run, epochs=(6,))
    assert isinstance(drawn, Drawing) and drawn.figure.axes
    assert drawn._repr_png_().startswith(PNG)
    with pytest.raises(ConfigError, match=r"a setting of a plot must be one of .*epochs"):
        nnuniverse.plot("spectrum", run, epoch=6)
    with pytest.raises(ConfigError, match="`loss` must be used by the plot spectrum"):
        nnuniverse.plot("spectrum", run, loss="bulk_loss")


def test_observables_are_added_to_a_run(run: Run, tmp_path: Path) -> None:
    copied = tmp_path / run.folder.name
    shutil.copytree(run.folder, copied)
    measured = nnuniverse.measure(str(copied), ["mu3"])
    theta = measured.results.log_eigenvalues
    np.testing.assert_allclose(measured.results.mu3, (theta**3).sum("eigenvalue"), rtol=1e-9)


def test_a_spectrum_is_that_of_the_run(run: Run) -> None:
    found = nnuniverse.spectrum(str(run.folder), largest=2)
    theta = run.results.log_eigenvalues.isel(replica=0, snapshot=-1)
    np.testing.assert_allclose(found.largest.eigenvalues, np.exp(theta[:2]), rtol=1e-5)


def test_what_is_returned_says_shortly_what_it_is(run: Run) -> None:
    shown = {
        "run": run,
        "record": run.record,
        "analysis": analyse(run.record),
        "drawing": nnuniverse.plot("laplacian"),
        "spectrum": nnuniverse.spectrum_of([np.eye(2)], [np.zeros(2)], np.eye(2)),
    }
    for name, value in shown.items():
        assert len(repr(value)) < 400, name
        assert "array(" not in repr(value), name
    assert "4-5-3, 2 replicas, complete after epoch 6, 4 snapshots" in repr(run)
    assert run.name in run._repr_html_() and "hidden" in run._repr_html_()


def test_words_mean_runs_in_the_folder_of_runs(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(run.folder.parent, tmp_path / "runs" / "tiny")
    for words in ("latest", "tiny", run.folder.name[-8:], "replicas=2"):
        assert nnuniverse.open_run(words).name == run.name
        assert nnuniverse.resume(words).name == run.name
    found = nnuniverse.spectrum("latest")
    assert found.network == "4-5-3"
    with pytest.raises(ConfigError, match="RUN 'other' must be a run folder, `latest`, a name"):
        nnuniverse.analyze("other")
