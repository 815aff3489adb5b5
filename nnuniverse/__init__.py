"""Neural networks as statistical, quantum and gravitational systems: experiments that measure.

Importing the package loads no JAX and changes no global; the public names load on first use.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.3.0"

_PUBLIC = {
    "train": "nnuniverse.api.train",
    "resume": "nnuniverse.api.train",
    "evolve": "nnuniverse.api.evolve",
    "sweep": "nnuniverse.api.sweep",
    "open_sweep": "nnuniverse.api.sweep",
    "Sweep": "nnuniverse.api.sweep",
    "analyze": "nnuniverse.api.runs",
    "compare": "nnuniverse.api.runs",
    "measure": "nnuniverse.api.runs",
    "mechanics": "nnuniverse.api.mechanics",
    "grand": "nnuniverse.api.grand",
    "structure": "nnuniverse.api.structure",
    "perturb": "nnuniverse.api.perturb",
    "hidden": "nnuniverse.api.hidden",
    "geometry": "nnuniverse.api.geometry",
    "holography": "nnuniverse.api.holography",
    "dual": "nnuniverse.api.dual",
    "plot": "nnuniverse.api.runs",
    "spectrum": "nnuniverse.api.spectrum",
    "strings": "nnuniverse.api.strings",
    "spectrum_of": "nnuniverse.experiments.own_net",
    "read_weights": "nnuniverse.experiments.weight_files",
    "Run": "nnuniverse.api.run",
    "load_config": "nnuniverse.config",
    "parse_config": "nnuniverse.config",
    "load_sweep": "nnuniverse.config",
    "parse_sweep": "nnuniverse.config",
    "RunConfig": "nnuniverse.config",
    "SweepConfig": "nnuniverse.config",
    "start_run": "nnuniverse.experiments.train",
    "resume_run": "nnuniverse.experiments.train",
    "measure_run": "nnuniverse.experiments.measure",
    "open_run": "nnuniverse.api.run",
    "open_results": "nnuniverse.runs",
    "NNUniverseError": "nnuniverse.errors",
}

__all__ = ["__version__", *sorted(_PUBLIC)]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
