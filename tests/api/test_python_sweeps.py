"""Sweeps from Python: of a mapping, a model and a file, also from a script without a guard."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from examples_of import require_examples_hold
from warm_processes import QUICK_VARIABLE

import nnuniverse
from nnuniverse.errors import ConfigError, RunError


@pytest.fixture(scope="module")
def described() -> dict[str, object]:
    """The sweep of the examples in docstrings."""
    return {
        "name": "rates",
        "base": {"network": {"hidden": [5]}, "train": {"epochs": 2}},
        "set": {"observe.observables": ["mu2"]},
        "axes": {"train.learning_rate": {"kind": "values", "values": [0.1, 0.2]}},
    }


@pytest.fixture(scope="module")
def script(
    described: dict[str, object], tmp_path_factory: pytest.TempPathFactory, warm: Path
) -> Path:
    """The folder where a script has swept, whose first line of code is the sweep."""
    folder = tmp_path_factory.mktemp("script")
    (folder / "rates.yaml").write_text(yaml.safe_dump(described))
    (folder / "script.py").write_text(
        "import nnuniverse\nprint(nnuniverse.sweep('rates.yaml', progress=True))\n"
    )
    done = subprocess.run(
        [warm / "python", "script.py"],
        cwd=folder,
        env=os.environ | {QUICK_VARIABLE: "yes"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Sweep 'runs/rates' over learning_rate: 2 runs\n"
    assert "2/2" in done.stderr
    return folder


def test_the_sweep_of_a_script_can_be_opened(script: Path) -> None:
    swept = nnuniverse.open_sweep(str(script / "runs" / "rates"))
    assert dict(swept.results.sizes)["learning_rate"] == 2
    assert len(swept.table) == 2
    assert {run.config.train.learning_rate for run in swept.runs} == {0.1, 0.2}
    assert "<svg" in swept._repr_html_() or "xr-" in swept._repr_html_()


def test_mapping_and_model_are_the_same_sweep(
    script: Path, described: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(script)
    before = sorted((script / "runs" / "rates").glob("*/results.h5"))
    for form in (described, nnuniverse.parse_sweep(described)):
        assert len(nnuniverse.sweep(form).runs) == 2
    assert sorted((script / "runs" / "rates").glob("*/results.h5")) == before


def test_examples_of_sweeps_hold(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(script)
    require_examples_hold("nnuniverse.api.sweep")


def test_a_run_that_fails_is_warned_of_and_named(
    described: dict[str, object], tmp_path: Path
) -> None:
    wrong = ["observe.complexity_n=[1000]", "name=wrong"]
    with pytest.warns(UserWarning, match="complexity_n"):
        swept = nnuniverse.sweep(described, wrong, out=tmp_path)
    assert len(swept.failed) == 2 and "2 failed" in repr(swept)
    with pytest.raises(RunError, match="must have a run"):
        np.asarray(swept.table)


def test_wrong_sweeps_are_one_line(described: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`axes"):
        nnuniverse.sweep({**described, "axes": {"x": 1}}, out=tmp_path)
    with pytest.raises(ConfigError, match=r"holds no sweep\.yaml"):
        nnuniverse.open_sweep(tmp_path)
