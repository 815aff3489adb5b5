"""What a new run begins with, whether it trains a net or follows an ensemble."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

import jax

from nnuniverse.config import RunConfig, config_yaml
from nnuniverse.data import Dataset
from nnuniverse.experiments.reopen import IdentifiedRun, run_header
from nnuniverse.experiments.rounding import Rounding
from nnuniverse.runs import Provenance, create_run_folder
from nnuniverse.runs.identity import Identity
from nnuniverse.training import MATMUL_PRECISION
from nnuniverse.training.devices import ReplicaSharding


class Compiled(Protocol):
    """A program, as far as it says on what it runs."""

    @property
    def sharding(self) -> ReplicaSharding:
        """Which devices take which replicas."""

    @property
    def compiler_options(self) -> dict[str, str | bool]:
        """What XLA is told."""


def begin_run(
    config: RunConfig,
    dataset: Dataset,
    identity: Identity,
    rounding: Rounding,
    root: Path,
    started: datetime,
) -> IdentifiedRun:
    """Make the folder of a new run under ``root``, with its config and the record of what it is.

    ``started``: of which its name tells.  Raises ConfigError if it exists, RunError if it cannot be
    made.

    ``dataset``: the samples of training and test; ``identity``: hashes of config, data and files;
    ``rounding``: how numbers are rounded here.
    """
    header = Provenance.create(Path(), **run_header(config, dataset, identity), **rounding.record())
    folder = create_run_folder(
        root,
        config.name,
        identity.run_hash,
        started,
        {"config.yaml": config_yaml(config).encode(), "provenance.json": header.image()},
    )
    return IdentifiedRun(folder, config, dataset, identity, identity.run_hash, rounding)


def facts_of_process(program: Compiled) -> dict[str, object]:
    """Return what provenance says of the process that runs a ``program``."""
    return {
        "device": str(jax.devices()[0].device_kind),
        "devices": len(program.sharding.devices),
        "backend": jax.default_backend(),
        "compiler_options": program.compiler_options,
        "matmul_precision": MATMUL_PRECISION,
    }
