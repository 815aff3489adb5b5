"""The data that most tests train on: they take no time."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def save_tiny_data(path: Path) -> Path:
    """Save 12 training and 6 test samples of 4 features and 3 classes; return ``path``."""
    random = np.random.default_rng(0)
    np.savez(
        path,
        x_train=random.integers(0, 256, (12, 4), dtype=np.uint8),
        y_train=np.arange(12) % 3,
        x_test=random.integers(0, 256, (6, 4), dtype=np.uint8),
        y_test=np.arange(6) % 3,
    )
    return path
