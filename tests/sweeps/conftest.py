"""Data that take no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tiny_data import save_tiny_data


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
    return save_tiny_data(tmp_path_factory.mktemp("data") / "data.npz")
