"""The whole configuration of a run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from nnuniverse.config.data import DataConfig, EmbeddedData
from nnuniverse.config.evolve import EvolveConfig
from nnuniverse.config.grand import GrandConfig
from nnuniverse.config.model import ConfigModel, NamesPath
from nnuniverse.config.network import LayeredNetwork, NetworkConfig
from nnuniverse.config.observe import CheckpointConfig, ObserveConfig
from nnuniverse.config.training import BoundaryLoss, LossConfig, TrainConfig

MAX_REPLICAS = 4096
"""Replicas of one program."""

OF_NO_NUMBER = ("name", "checkpoint")
"""Keys at the top that change no number of a run."""


class RunConfig(ConfigModel):
    """A run of nnuniverse.

    What a config says: ``name`` of the run, ``seed`` and ``replicas``, how many nets that differ by
    their seed; ``data``; ``network``: neurons, activation, initial weights; ``loss``; ``train``:
    epochs, batch, rate, optimiser; ``observe``: what is measured, and when; ``checkpoint``; and
    ``evolve``: an ensemble; ``grand``: neurons that come and go.  `nnu config template` has every
    key with its meaning.

    A model does not change, and is strict about types; what is left out has its default, and what
    contradicts itself raises pydantic's ValidationError.  `parse_config` and `load_config` make one
    of a mapping and of a file, and raise ConfigError in one line.

    >>> config = nnuniverse.RunConfig(name="five", replicas=5)
    >>> config.network.hidden, config.train.epochs, config.data.kind
    ((40, 20), 30000, 'embedded')
    """

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
    evolve: EvolveConfig | None = None
    """An ensemble of the trained net instead of its training, `nnu evolve`; null: training."""
    grand: GrandConfig | None = None
    """Neurons that come and go while the net learns; null: their number is fixed."""

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of every replica."""
        return tuple(range(self.seed, self.seed + self.replicas))

    def essentials(self, without: Sequence[str] = ()) -> dict[str, object]:
        """Return the keys that a number may depend on, as far as they differ from their defaults.

        Neither `OF_NO_NUMBER` nor where files lie.  A key that is new, and left at its default,
        changes nothing; therefore a default never changes.  ``without``: keys at the top that do
        not count either.
        """
        chosen = _essentials(self)
        return {key: chosen[key] for key in chosen if key not in {*OF_NO_NUMBER, *without}}

    def hash(self, without: Sequence[str] = ()) -> str:
        """SHA-256 of the `essentials`, the same in whatever order the keys were written.

        ``without``: keys that are left out.
        """
        canonical = json.dumps(self.essentials(without), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def _essentials(section: BaseModel) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if any(isinstance(mark, NamesPath) for mark in field.metadata):
            continue
        # The kind says of which section the other keys are.
        essential = _plain(value)
        if name == "kind" or field.is_required() or essential != _plain(field.get_default()):
            found[name] = essential
    return found


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return _essentials(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
