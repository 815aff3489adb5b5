"""What a data set is in numbers: ranges before and after scaling, and how many of each class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnuniverse.data.dataset import Dataset, Split
from nnuniverse.data.encoding import Scale, rotate_inputs, scale_inputs

Range = tuple[float, float]
"""The least and the largest value."""

ENCODED: dict[str, Range] = {"zero_one": (0.0, 1.0), "plus_minus": (-1.0, 1.0)}
"""Targets that classes are written as."""


@dataclass(frozen=True)
class SplitFacts:
    """Ranges of one half of a data set, and its samples of every class.

    ``inputs``: as in the source; ``scaled``: as the input neurons have them; ``targets``: as the
    output neurons are compared with; ``classes``: numbers of samples, None of real targets.
    """

    inputs: Range
    scaled: Range
    targets: Range
    classes: tuple[int, ...] | None


def split_facts(dataset: Dataset, split: Split, scale: Scale, targets: str) -> SplitFacts:
    """Return the facts of one ``split`` of ``dataset``.

    ``scale`` and ``targets``: as `data.input_scale` and `data.targets` have them.  Raises DataError
    if the inputs cannot be scaled so.
    """
    scaled = scale_inputs(split.inputs, scale, dataset.train.inputs)
    counts = None
    if dataset.classes is not None:
        counts = tuple(np.bincount(split.labels, minlength=dataset.classes).tolist())
    of_targets = _targets(split, targets, scaled, counts)
    return SplitFacts(_range(split.inputs), _range(scaled), of_targets, counts)


def _targets(
    split: Split, targets: str, scaled: np.ndarray, classes: tuple[int, ...] | None
) -> Range:
    if targets in ("inputs", "rotated"):
        return _range(scaled if targets == "inputs" else rotate_inputs(scaled))
    return _range(split.labels) if classes is None else ENCODED[targets]


def constant_features(dataset: Dataset) -> int:
    """Return how many features have one value in all training samples.

    ``dataset``: the samples of training and test.
    """
    inputs = dataset.train.inputs
    return int((inputs == inputs[:1]).all(axis=0).sum())


def _range(values: np.ndarray) -> Range:
    return float(values.min()), float(values.max())
