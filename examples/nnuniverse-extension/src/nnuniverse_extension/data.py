"""Two rings of points in the plane: a data set that no net without hidden neurons can learn."""

import numpy as np

from nnuniverse.data import Dataset, from_arrays

TRAIN, TEST = 200, 100


def rings() -> Dataset:
    """Return points at radius 1 (class 0) and 2 (class 1), with noise of 0.1; always the same."""
    random = np.random.default_rng(20)
    train, test = (_sample(random, samples) for samples in (TRAIN, TEST))
    return from_arrays("rings", train, test, source="nnuniverse_extension")


def _sample(random: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(samples, dtype=np.int32) % 2
    angle = random.uniform(0.0, 2.0 * np.pi, samples)
    radius = 1.0 + labels + 0.1 * random.standard_normal(samples)
    points = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points.astype(np.float32), labels
