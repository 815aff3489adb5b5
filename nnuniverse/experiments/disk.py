"""What a run folder will take on disk, by counting."""

from __future__ import annotations

import math

import jax
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.experiments.assemble import snapshot_epochs
from nnuniverse.runs.checkpoint import SLOTS
from nnuniverse.training import Program

VARIABLE_BYTES = 1200
"""Of a variable of ``results.h5`` besides its values, of the nets that come with the package."""

TEXT_BYTES = 10_000
"""Of config, provenance and log; without changes against the commit."""


def disk_bytes(config: RunConfig, program: Program) -> int:
    """Return about how many bytes the folder of a run of ``config`` takes when it has ended.

    ``program``: of the run.  Results and the two checkpoints; figures and reports come on top.
    """
    schema = program.schema
    sizes = {axis.name: len(axis.values) for axis in schema.axes}
    sizes |= {"replica": config.replicas, "epoch": config.train.epochs}
    sizes |= {"snapshot": len(snapshot_epochs(config))}
    variables = [*schema.of_epochs, *schema.observables, *schema.weights]
    results = sum(
        np.dtype(variable.dtype).itemsize * math.prod(sizes[dim] for dim in variable.dims)
        for variable in variables
    )
    axes = 8 * sum(sizes.values())
    state = sum(leaf.dtype.itemsize * leaf.size for leaf in jax.tree.leaves(program.state_shape()))
    headers = VARIABLE_BYTES * (len(variables) + len(sizes))
    return results + axes + headers + len(SLOTS) * state + TEXT_BYTES
