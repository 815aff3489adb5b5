"""Images of fewer pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnuniverse.data.dataset import Dataset, Split
from nnuniverse.errors import ConfigError


def pooled(dataset: Dataset, block: int) -> Dataset:
    """Return ``dataset`` with its images averaged over squares of ``block`` pixels a side, float32.

    A pixel is the mean, taken in float64, of the ``block`` x ``block`` ones that it stands for; of
    several colours, of each.  Raises ConfigError for samples that are no images, or of which the
    squares leave a rest.
    """
    shape = dataset.shape
    if len(shape) not in (2, 3):
        raise _misfit("be 1 for samples that are no images", block, "1")
    if shape[0] % block or shape[1] % block:
        most = int(np.gcd(shape[0], shape[1]))
        sides = [n for n in range(1, most + 1) if most % n == 0]
        must = f"divide the sides of images of {shape[0]} x {shape[1]} pixels"
        raise _misfit(must, block, str(min(sides, key=lambda side: abs(side - block))))
    smaller = (shape[0] // block, shape[1] // block, *shape[2:])

    def of_split(split: Split) -> Split:
        squares = split.inputs.reshape(-1, smaller[0], block, smaller[1], block, *shape[2:])
        means = squares.mean(axis=(2, 4), dtype=np.float64).astype(np.float32)
        return Split(means.reshape(len(means), -1), split.labels)

    train, test = of_split(dataset.train), of_split(dataset.test)
    return replace(dataset, train=train, test=test, shape=smaller)


def _misfit(must: str, block: int, remedy: str) -> ConfigError:
    return ConfigError("`data.pool`", must, f"is {block}", f"data.pool={remedy}")
