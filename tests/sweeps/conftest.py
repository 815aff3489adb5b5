"""Data that take no time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sweeping import tasks_of
from tiny_data import save_tiny_data
from warm_processes import __file__ as warm_processes


@pytest.fixture(scope="module", autouse=True)
def _sweeps_are_quick(quick_forks: None) -> None:
    """Let the processes of sweeps be forks that compile quickly."""


@pytest.fixture(scope="module", autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """Check that no process of a task outlives a test: it would train to the end of the tests."""
    yield
    for child in psutil.Process().children():
        words = " ".join(child.cmdline()).split()
        if "multiprocessing.forkserver" in words:
            assert child.children() == []
        if warm_processes in words:
            assert tasks_of(child) == []


@pytest.fixture(scope="session")
def data_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 training and 6 test samples of 4 features and 3 classes."""
    return save_tiny_data(tmp_path_factory.mktemp("data") / "data.npz")
