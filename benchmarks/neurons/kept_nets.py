"""The nets that a run keeps of its snapshots, all replicas, and the samples that they learn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig
    from nnuniverse.networks.propagation import Parameters
    from nnuniverse.observables import Samples, Settings


@dataclass(frozen=True)
class KeptNets:
    """Those of the run in the folder ``path``, trained with ``observe.weights=snapshots``."""

    path: Path

    @cached_property
    def config(self) -> RunConfig:
        """Its config."""
        from nnuniverse.config import load_config

        return load_config(self.path / "config.yaml")

    @cached_property
    def settings(self) -> Settings:
        """How its nets are measured."""
        from nnuniverse.experiments.assemble import build_settings
        from nnuniverse.experiments.samples import load_dataset

        return build_settings(self.config, load_dataset(self.config))

    def probe(self, count: int) -> Samples:
        """Return so many of the training samples, evenly spaced."""
        from nnuniverse.experiments.assemble import encode_samples
        from nnuniverse.experiments.samples import load_dataset

        dataset = load_dataset(self.config)
        samples = encode_samples(self.config, dataset, dataset.train)
        chosen = np.arange(count) * len(samples.inputs) // count
        return type(samples)(*(np.asarray(array)[chosen] for array in samples))

    def at(self, epoch: int) -> list[Parameters]:
        """Return the nets at an ``epoch``, replica by replica."""
        from nnuniverse.networks.propagation import Layer
        from nnuniverse.runs import open_results

        with open_results(self.path / "results.h5") as file:
            place = file["snapshot"][:].tolist().index(epoch)
            arrays = [
                (file[f"snapshot_weights_{l}"][:, place], file[f"snapshot_bias_{l}"][:, place])
                for l in range(1, self.settings.architecture.depth)
            ]
        return [tuple(Layer(w[r], b[r]) for w, b in arrays) for r in range(len(arrays[0][0]))]
