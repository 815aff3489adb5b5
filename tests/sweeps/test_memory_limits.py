"""The estimate of memory, which imports no JAX, repeats limits of modules that do."""

from __future__ import annotations

from nnuniverse.config.graph import DENSE_NEURONS
from nnuniverse.spectra.graph import DENSE_LIMIT
from nnuniverse.sweeps import memory_estimate
from nnuniverse.training.segment import EPOCHS_PER_SEGMENT, SNAPSHOTS_PER_SEGMENT


def test_the_limits_are_those_of_what_it_estimates() -> None:
    assert DENSE_NEURONS == DENSE_LIMIT
    assert memory_estimate.SEGMENT_EPOCHS == EPOCHS_PER_SEGMENT
    assert memory_estimate.SEGMENT_SNAPSHOTS == SNAPSHOTS_PER_SEGMENT
