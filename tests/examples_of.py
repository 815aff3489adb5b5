"""Examples in docstrings, run with what they need: a run, an ensemble, a folder of a sweep."""

from __future__ import annotations

import doctest
from importlib import import_module

import nnuniverse


def require_examples_hold(module: str, **names: object) -> None:
    """Run the examples in a module of the package, with ``names`` and `nnuniverse` at hand."""
    found = doctest.testmod(import_module(module), extraglobs={"nnuniverse": nnuniverse, **names})
    assert found.attempted > 0
    assert found.failed == 0
