"""Data that take no time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


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
