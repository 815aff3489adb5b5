"""From a config to its samples, and to the hashes that tell runs apart.  No JAX here."""

from __future__ import annotations

import hashlib
from pathlib import Path

from nnuniverse import data
from nnuniverse.config import RunConfig
from nnuniverse.config.data import EmbeddedData, IdxData, NpzData
from nnuniverse.config.graph import GraphmlMask, GraphNetwork, NpzMask

OF_NO_REPLICA = ("name", "seed", "replicas", "checkpoint")
"""Keys of a config that change no replica's numbers, but for which replicas there are."""


def load_dataset(config: RunConfig) -> data.Dataset:
    """Return the samples that ``config`` asks for; raises ConfigError or DataError."""
    source = config.data
    if isinstance(source, EmbeddedData):
        dataset = data.load_embedded()
    elif isinstance(source, IdxData):
        dataset = data.load_idx_directory(Path(source.directory))
    elif isinstance(source, NpzData):
        dataset = data.load_npz(Path(source.path))
    else:
        dataset = data.load_tfds(
            source.name,
            data_dir=source.data_dir,
            train_split=source.train_split,
            test_split=source.test_split,
            download=source.download,
            manual_dir=source.manual_dir,
        )
    return dataset.take(source.train_samples, source.test_samples)


class Datasets:
    """The data set of each config; only the last one is kept."""

    def __init__(self) -> None:
        self._key = ""
        self._dataset: data.Dataset | None = None

    def of(self, config: RunConfig) -> data.Dataset:
        """Return the samples that ``config`` asks for; raises as `load_dataset` does."""
        key = config.data.model_dump_json()
        if self._dataset is None or key != self._key:
            self._key, self._dataset = key, load_dataset(config)
        return self._dataset


def run_hash(config: RunConfig, dataset: data.Dataset) -> str:
    """Return the SHA-256 that tells runs apart: of the config and of the content of its data."""
    return _hash(config.hash(), config, dataset)


def family_hash(config: RunConfig, dataset: data.Dataset) -> str:
    """Return the SHA-256 that runs share which differ only in what changes no replica's numbers.

    That is their seeds, their name and how often they are made safe.
    """
    return _hash(config.hash(without=OF_NO_REPLICA), config, dataset)


def _hash(config_hash: str, config: RunConfig, dataset: data.Dataset) -> str:
    parts = f"{config_hash}{dataset.fingerprint}".encode()
    if isinstance(config.network, GraphNetwork):
        mask = config.network.mask
        if isinstance(mask, NpzMask | GraphmlMask):
            parts += data.file_digest(Path(mask.path), "network.mask.path")
    return hashlib.sha256(parts).hexdigest()
