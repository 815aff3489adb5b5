"""About how much memory a run needs, by counting; good enough not to start too many at once."""

from __future__ import annotations

from nnuniverse.config import RunConfig
from nnuniverse.config.data import MADE_OF_INPUTS
from nnuniverse.data import Dataset

PROCESS_BYTES = 700_000_000
"""Of a process that has compiled a program; measured: 550 to 710 MB for the paper's nets."""

STATES = 6
"""Copies of the weights: before and after a segment, gradient, step, optimiser."""

SQUARES = 6
"""Matrices of the size of the spectrum's that its decomposition takes."""

SEGMENT_EPOCHS = 4096
SEGMENT_SNAPSHOTS = 32
"""Room on the device for a replica's results."""

SNAPSHOT_NUMBERS = 200
"""Of a snapshot, about."""


def estimate_memory(config: RunConfig, dataset: Dataset) -> int:
    """Return about how many bytes the process of a run of ``config`` on ``dataset`` needs."""
    inputs = dataset.train.inputs.shape[1]
    outputs = inputs if config.data.targets in MADE_OF_INPUTS else dataset.outputs
    weights, rows = config.network.size(inputs, outputs)
    number = 8 if config.train.precision == "float64" else 4
    samples = 2 * number * (dataset.train.inputs.size + dataset.test.inputs.size)
    results = SEGMENT_EPOCHS + SEGMENT_SNAPSHOTS * SNAPSHOT_NUMBERS
    replica = STATES * number * weights + 2 * 8 * results
    spectrum = SQUARES * 8 * rows**2
    if config.evolve is not None:
        return PROCESS_BYTES + samples + config.evolve.members * STATES * number * weights
    return PROCESS_BYTES + samples + spectrum + config.replicas * replica
