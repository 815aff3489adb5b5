"""How long a person waits: for help, and for the first epoch."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from benchmarks.contest import ROUNDS, Times


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    return [
        ("seconds to `nnu --help`", f"{Times(tuple(_help() for _ in range(ROUNDS)))}", "<= 0.4"),
        ("seconds to the first epoch", f"{Times(tuple(_epoch() for _ in range(ROUNDS)))}", "<= 6"),
    ]


def _help() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nnuniverse", "--help"], capture_output=True, check=True)
    return time.perf_counter() - started


def _epoch() -> float:
    with tempfile.TemporaryDirectory() as root:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "nnuniverse", "train", "configs/deep.yaml", "--out", root],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch "):
                break
        seconds = time.perf_counter() - started
        process.terminate()
        process.communicate()
    return seconds
