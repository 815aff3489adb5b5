"""Training programs on as many processors as ``nnu train`` would take."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig
    from nnuniverse.data import Dataset
    from nnuniverse.training import Program


def program_of(
    config: RunConfig, dataset: Dataset | None = None, processors: int | None = None
) -> Program:
    """Start JAX and build the program of ``config``.

    ``dataset``: by default the config's; ``processors``: the most to use.
    """
    from nnuniverse.experiments.assemble import build_program, busy_threads
    from nnuniverse.experiments.samples import load_dataset
    from nnuniverse.numerical_settings import require_jax

    dataset = dataset or load_dataset(config)
    require_jax(processors or busy_threads(config, dataset))
    return build_program(config, dataset)
