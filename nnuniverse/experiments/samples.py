"""From a config to its samples, and to what a run of it is.  No JAX here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from nnuniverse import data
from nnuniverse.config import RunConfig, config_values, path_keys
from nnuniverse.config.data import (
    MADE_OF_INPUTS,
    EmbeddedData,
    IdxData,
    InstalledData,
    NormalData,
    NpzData,
)
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.extensions_of_config import extensions_of
from nnuniverse.experiments.start import KEY as START
from nnuniverse.experiments.start import read_start
from nnuniverse.numerical_settings import NUMERICAL_SETTINGS, deciding_flags
from nnuniverse.runs.identity import Identity, config_identity

NET_OF_ENSEMBLE = "evolve.run"

DRAWN = {"inputs", "train_samples", "test_samples", "deviation", "clip", "seed"}
"""Keys of normal samples that say which they are."""

NETS = (START, NET_OF_ENSEMBLE)
"""Keys that name nets."""


def load_dataset(config: RunConfig) -> data.Dataset:
    """Return the samples that ``config`` asks for; raises ConfigError or DataError."""
    source = config.data
    if isinstance(source, NormalData):
        drawn = source.model_dump(include=DRAWN)
        return _pooled(data.draw_normal(**drawn), source.pool)
    if isinstance(source, EmbeddedData):
        dataset = data.load_embedded()
    elif isinstance(source, IdxData):
        dataset = data.load_idx_directory(Path(source.directory))
    elif isinstance(source, NpzData):
        dataset = data.load_npz(Path(source.path))
    elif isinstance(source, InstalledData):
        dataset = data.load_installed(source.name)
    else:
        dataset = data.load_tfds(
            source.name,
            data_dir=source.data_dir,
            train_split=source.train_split,
            test_split=source.test_split,
            download=source.download,
            manual_dir=source.manual_dir,
        )
    _require_targets(config, dataset)
    return _pooled(dataset.take(source.train_samples, source.test_samples), source.pool)


def _pooled(dataset: data.Dataset, block: int) -> data.Dataset:
    return dataset if block == 1 else data.pooled(dataset, block)


def _require_targets(config: RunConfig, dataset: data.Dataset) -> None:
    """Raise ConfigError unless the samples have the targets that ``config`` asks for."""
    chosen, real = config.data.targets, dataset.classes is None
    if chosen in MADE_OF_INPUTS or (chosen == "real") == real:
        return
    kinds = "real, inputs or rotated" if real else "zero_one, plus_minus, inputs or rotated"
    raise ConfigError(
        "`data.targets`",
        f"be {kinds}, as the labels of {dataset.source or dataset.name} are "
        f"{'floats' if real else 'class numbers'}",
        f"is {chosen}",
        f"data.targets={'real' if real else 'zero_one'}",
    )


class Datasets:
    """The data set of each config; only the last one is kept."""

    def __init__(self) -> None:
        self._key = ""
        self._dataset: data.Dataset | None = None
        self._digests: dict[str, str] = {}

    def of(self, config: RunConfig) -> data.Dataset:
        """Return the samples that ``config`` asks for; raises as `load_dataset` does."""
        key = config.data.model_dump_json()
        if self._dataset is None or key != self._key:
            self._key, self._dataset = key, load_dataset(config)
        return self._dataset

    def identify(self, config: RunConfig) -> Identity:
        """Return what a run of ``config`` is; no file is read twice.  Raises as `identify` does."""
        return _identity(config, self.of(config), self._digests)


def identify(
    config: RunConfig, dataset: data.Dataset, known: Mapping[str, str] = MappingProxyType({})
) -> Identity:
    """Return what a run of ``config`` on ``dataset`` is; raises ConfigError if it lacks a file.

    ``known``: digests of files by path, which are then not read.
    """
    return _identity(config, dataset, dict(known))


def _digest(path: str, key: str) -> str:
    """Return the SHA-256 of what counts in a file: of a net, its weights."""
    return read_start(path).digest if key in NETS else data.file_digest(Path(path), key).hex()


def _identity(config: RunConfig, dataset: data.Dataset, digests: dict[str, str]) -> Identity:
    """Return what a run is; ``digests``: of files by path, as far as they are known."""
    files = {}
    values = config_values(config)
    for key in path_keys():
        path = values.get(key)
        if not isinstance(path, str) or key.startswith("data."):  # the fingerprint tells of those
            continue
        if path not in digests:
            digests[path] = _digest(path, key)
        files[key] = digests[path]
    numerics = {**NUMERICAL_SETTINGS, **deciding_flags()}
    return Identity(
        config_identity(config), files, dataset.fingerprint, numerics, extensions_of(config)
    )
