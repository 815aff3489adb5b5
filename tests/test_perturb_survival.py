"""`nnu perturb`, killed while nets are trained again: the same command ends as one that was not."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from test_survival import finish, nnu

from nnuniverse.runs import RunFolder, open_results
from nnuniverse.runs.derived_file import PERTURB_FILE

CONFIG = """\
name: wires
data: {kind: normal, inputs: 4, deviation: 0.7, train_samples: 60, test_samples: 4}
network: {hidden: [5], activation: identity}
loss: {penalty: {l1: 0.01}}
train: {epochs: 300, batch: 30, learning_rate: 0.03}
observe: {observables: [], complexity_n: []}
checkpoint: {seconds: 0}
"""
EPOCHS = 2000
ASKED = ("--noise", "0.3,2", "--repeats", "1", "--epochs", str(EPOCHS), "--json")


@pytest.mark.usefixtures("quick_forks")  # the same programs, in whatever process
def test_killed_in_retrainings_it_goes_on_to_the_same_end(tmp_path: Path, warm: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    code, _, told = finish(nnu("train", "config.yaml", cwd=tmp_path, warm=warm))
    assert code == 0, told
    (run,) = tmp_path.glob("runs/wires/*")
    whole = Path(shutil.copytree(run, tmp_path / "whole" / "wires" / run.name))
    ended, killed = (run / "perturbed" / f"noise-{strength}-0" for strength in ("0.3", "2"))
    process = nnu("perturb", str(run), *ASKED, cwd=tmp_path, warm=warm)
    while not trained(killed):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=600)
    assert process.returncode == -signal.SIGKILL
    assert 0 < trained(killed) < trained(ended) == EPOCHS
    code, out, told = finish(nnu("perturb", str(run), *ASKED, cwd=tmp_path, warm=warm))
    assert code == 0, told
    assert len(list(run.glob("perturbed/*/*/provenance.json"))) == 2, "each goes on in its folder"
    code, expected, told = finish(nnu("perturb", str(whole), *ASKED, cwd=tmp_path, warm=warm))
    assert (code, out) == (0, expected), told
    ours, theirs = (PERTURB_FILE.read(RunFolder(folder)).variables for folder in (run, whole))
    for name, of in theirs.items():
        np.testing.assert_array_equal(ours[name].values, of.values)


def trained(retraining: Path) -> int:
    """Return how many epochs a retraining has kept."""
    found = list(retraining.glob("*/results.h5"))
    if not found:
        return 0
    with open_results(found[0]) as file:
        return len(file["epoch"])
