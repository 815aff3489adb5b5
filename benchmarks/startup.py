"""How long a person waits: for help, and for the first epoch, when it is compiled and after."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from benchmarks.contest import ROUNDS, Times


def run() -> list[tuple[str, str, str]]:
    """Return rows of (what, measured, aim)."""
    help_ = Times(tuple(_help() for _ in range(ROUNDS)))
    first, second = (Times(times) for times in zip(*(_twice() for _ in range(ROUNDS)), strict=True))
    return [
        ("seconds to `nnu --help`", f"{help_}", "<= 0.4"),
        ("seconds to the first epoch", f"{first}", "<= 6"),
        ("seconds to the first epoch, second time", f"{second}", "<= 2"),
    ]


def _help() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nnuniverse", "--help"], capture_output=True, check=True)
    return time.perf_counter() - started


def _twice() -> tuple[float, float]:
    """Return the seconds to the first epoch with an empty cache, and with what it then holds."""
    with tempfile.TemporaryDirectory() as cache:
        return _epoch(cache), _epoch(cache)


def _epoch(cache: str) -> float:
    with tempfile.TemporaryDirectory() as root:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "nnuniverse", "train", "configs/deep.yaml", "--out", root],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "NNU_CACHE": cache},
        )
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("epoch "):
                break
        seconds = time.perf_counter() - started
        process.terminate()
        process.communicate()
    return seconds
