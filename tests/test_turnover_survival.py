"""A run whose neurons come and go, killed on its way: resumed, it ends as one that was not."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import pytest
from test_survival import finish, nnu, wait_for

from nnuniverse.runs import open_results

EPOCHS = 200
CONFIG = f"""\
name: killed
data: {{train_samples: 100, test_samples: 20}}
network: {{hidden: [6, 4]}}
grand: {{reservoir: [8, 8], every: 7, probe: 50, chemical_potential: -0.01, temperature: 0.02,
  final_chemical_potential: 0.01, moves: {{removal: mask, birth: zero_out}}}}
train: {{epochs: {EPOCHS}, batch: 50, optimiser: {{kind: momentum}}, learning_rate: 0.05}}
observe: {{snapshots: {{kind: fixed, every: 20}}, observables: [mu2, boundary_loss],
  complexity_n: [5]}}
checkpoint: {{seconds: 0}}
"""


def contents(root: Path) -> dict[str, np.ndarray]:
    (folder,) = root.glob("runs/killed/*")
    with open_results(folder) as file:
        return {name: dataset[()] for name, dataset in file.items()}


@pytest.mark.usefixtures("quick_forks")  # the same programs, in whatever process
def test_killed_and_resumed_across_moves_ends_bit_identical(tmp_path: Path, warm: Path) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG)
    whole, part = tmp_path / "whole", tmp_path / "part"
    for root in (whole, part):
        root.mkdir()
    code, _, err = finish(nnu("train", "../config.yaml", cwd=whole, warm=warm))
    assert code == 0, err
    process = nnu("train", "../config.yaml", cwd=part, warm=warm)
    wait_for(lambda: list(part.glob("runs/killed/*/checkpoint.1.npz")), process, pause=0.0002)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    killed = contents(part)["epoch"][-1]
    (folder,) = part.glob("runs/killed/*")
    code, _, err = finish(nnu("train", "--resume", str(folder), cwd=part, warm=warm))
    assert code == 0, err
    found, expected = contents(part), contents(whole)
    assert killed < EPOCHS
    assert np.diff(expected["active_neurons"], axis=1).any()
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
