"""Computes a bit of everything and prints its numbers, as digests: the cache must not change them.

Started as a process by `test_kept_programs.py`; its argument is a folder for the runs.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nnuniverse.config import parse_config
from nnuniverse.experiments.assemble import build_program
from nnuniverse.experiments.ensemble import EnsembleSettings, measure_ensemble
from nnuniverse.experiments.measure import measure_run
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.experiments.spectrum import examine
from nnuniverse.experiments.train import start_run
from nnuniverse.training.memory import plan_memory

NETS: dict[str, dict[str, Any]] = {
    "layered": {"hidden": [3]},
    "graph": {"kind": "graph", "neurons": 10, "mask": {"kind": "random", "links": 3}},
}


def main(root: Path) -> None:
    """Print what everything gives."""
    np.set_printoptions(threshold=sys.maxsize, precision=17)
    random = np.random.default_rng(0)
    np.savez(
        root / "data.npz",
        x_train=random.integers(0, 256, (12, 4), dtype=np.uint8),
        y_train=np.arange(12) % 3,
        x_test=random.integers(0, 256, (6, 4), dtype=np.uint8),
        y_test=np.arange(6) % 3,
    )
    np.savez(root / "net.npz", weights=[[0.0, 0.3], [0.2, 0.0]], bias=[0.1, -0.2])
    print(json.dumps({name: digests(name, network, root) for name, network in NETS.items()}))


def digests(name: str, network: dict[str, Any], root: Path) -> dict[str, str]:
    """Return what is computed of a net."""
    config = parse_config(
        {
            "name": name,
            "replicas": 2,
            "network": network,
            "data": {"kind": "npz", "path": str(root / "data.npz")},
            "train": {"epochs": 2, "batch": 4},
            "observe": {
                "observables": ["mu2", "boundary_loss"],
                "complexity_n": [8],
                "weights": "snapshots",
            },
        }
    )
    folder = start_run(config, root).folder
    found = {"trained": of_file(folder.results), "spectrum": str(examine(folder.path))}
    measure_run(folder.path, ["mu3"])
    found["measured"] = of_file(folder.results)
    if name == "layered":
        settings = EnsembleSettings(betas=(1.0,), method="quadrature")
        found["ensemble"] = str(measure_ensemble(root / "net.npz", (), settings))
        found["memory"] = str(plan_memory(build_program(config, load_dataset(config))))
    return {what: hashlib.sha256(told.encode()).hexdigest() for what, told in found.items()}


def of_file(results: Path) -> str:
    """Return the bytes of all variables of a run."""
    with h5py.File(results) as file:
        return str({name: dataset[()].tobytes() for name, dataset in file.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
