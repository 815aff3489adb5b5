"""Arrays have the shapes that signatures declare."""

import subprocess
import sys
from pathlib import Path

from tiny_data import save_tiny_data

PROGRAM = Path(__file__).with_name("checked_shapes.py")


def test_nets_are_trained_and_measured_with_the_declared_shapes(tmp_path):
    data = save_tiny_data(tmp_path / "data.npz")
    ended = subprocess.run(
        [sys.executable, PROGRAM, data], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert len(ended.stdout.split()) >= 20
