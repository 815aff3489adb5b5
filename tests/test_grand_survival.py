"""`nnu grand`, stopped and killed on its way: the same command ends as one that was not."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import numpy as np
import pytest
from test_survival import nnu

from nnuniverse import train
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import GRAND_FILE
from nnuniverse.runs.unfinished import GRAND_CHAINS, Unfinished

CONFIG = {
    "name": "chained",
    "data": {"train_samples": 20, "test_samples": 20, "pool": 4},
    "network": {"hidden": [8]},
    "train": {"epochs": 2, "batch": 10},
    "observe": {"observables": ["boundary_loss"], "complexity_n": [5]},
}
LONG = (
    *("--energy", "boundary", "--temperature", "0.1", "--mu", "-2:2:24", "--samples", "20"),
    *("--sweeps", "300", "--chains", "3", "--json"),
)


@pytest.mark.quick
def test_stopped_and_killed_chains_go_on_to_the_same_end(tmp_path: Path, warm: Path) -> None:
    run = train(CONFIG, out=tmp_path).folder
    unfinished = run / GRAND_CHAINS
    for deadly, code in ((signal.SIGTERM, 75), (signal.SIGKILL, -signal.SIGKILL)):
        before = unfinished.read_bytes() if unfinished.exists() else b""
        process = nnu("grand", str(run), *LONG, cwd=tmp_path, warm=warm)
        # A kill is for later chains than those kept at first; a stop, for once they go.
        while not unfinished.exists() or unfinished.read_bytes() == before:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.005)
        process.send_signal(deadly)
        told = process.communicate(timeout=600)[1]
        assert process.returncode == code, told
        assert code != 75 or "of 24 mu, which are kept. The same command goes on." in told
    process = nnu("grand", str(run), *LONG, cwd=tmp_path, warm=warm)
    told = process.communicate(timeout=600)[1]
    assert process.returncode in (0, 3) and "mu, which were kept" in told, told
    assert not unfinished.exists()
    found = GRAND_FILE.read(RunFolder(run))
    whole = nnu("grand", str(run), *LONG, cwd=tmp_path, warm=warm)
    assert "were kept" not in whole.communicate(timeout=600)[1]
    expected = GRAND_FILE.read(RunFolder(run))
    for name, of in expected.variables.items():
        np.testing.assert_array_equal(found.variables[name].values, of.values)


def test_what_answers_another_question_or_is_damaged_is_not_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / GRAND_CHAINS
    mine = Unfinished(path, "mine")
    assert mine.load() is None
    mine.save({"done": np.asarray(3)})
    assert mine.load() == {"done": np.asarray(3)}
    assert Unfinished(path, "another").load() is None
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert mine.load() is None
    mine.remove()
    mine.remove()
