"""Data that take no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest


@pytest.fixture(scope="module", autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Check that no process of a task outlives a test: it would train to the end of the tests."""
    yield
    server = {"multiprocessing.forkserver"}
    for child in psutil.Process().children():
        if server & set(" ".join(child.cmdline()).split()):
            assert child.children() == []


@pytest.fixture(scope="session")
def data_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 training and 6 test samples of 4 features and 3 classes."""
    random = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("data") / "data.npz"
    np.savez(
        path,
        x_train=random.integers(0, 256, (12, 4), dtype=np.uint8),
        y_train=np.arange(12) % 3,
        x_test=random.integers(0, 256, (6, 4), dtype=np.uint8),
        y_test=np.arange(6) % 3,
    )
    return path
