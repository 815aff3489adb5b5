"""The whole configuration of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from nnuniverse.config.data import DataConfig, EmbeddedData
from nnuniverse.config.network import LayeredNetwork, NetworkConfig
from nnuniverse.config.observe import CheckpointConfig, ObserveConfig
from nnuniverse.config.section import Section
from nnuniverse.config.training import BoundaryLoss, LossConfig, TrainConfig

MAX_REPLICAS = 4096
"""Replicas of one program."""


class RunConfig(Section):
    """A run of nnuniverse."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "run"
    """Folder of the run under the runs folder: letters, digits, dot, dash and underscore."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the first replica; replica r has seed + r."""
    replicas: Annotated[int, Field(ge=1, le=MAX_REPLICAS)] = 1
    """Nets that differ only by seed, trained in one program."""
    data: DataConfig = EmbeddedData()
    network: NetworkConfig = LayeredNetwork()
    loss: LossConfig = BoundaryLoss()
    train: TrainConfig = TrainConfig()
    observe: ObserveConfig = ObserveConfig()
    checkpoint: CheckpointConfig = CheckpointConfig()

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of every replica."""
        return tuple(range(self.seed, self.seed + self.replicas))

    def hash(self, without: Sequence[str] = ()) -> str:
        """SHA-256 of the effective config, the same whatever order its keys were written in.

        ``without``: sections and keys at the top that do not count.
        """
        content = self.model_dump(mode="json", exclude=set(without))
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
