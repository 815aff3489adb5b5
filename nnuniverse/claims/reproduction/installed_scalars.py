"""Scalars of packages installed beside this one: functions of a run that a file may name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

import numpy as np

from nnuniverse.claims.registry import modules, named, others
from nnuniverse.claims.reproduction.analysed_scalars import ScalarKind
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import RunRecord

OfRun = Callable[..., np.ndarray]
"""From a run, and the keys that it names as arguments (epoch, variable, against), to (replica,)."""


def scalar(meaning: str) -> Callable[[OfRun], OfRun]:
    """Say that a function of a run is a scalar for files of printed numbers, and what it is.

    It lies in the module ``scalars`` of a package of claims, and files name it
    ``{analysis: PACKAGE.FUNCTION}``.

    ``meaning``: what it is, in words.
    """

    def mark(function: OfRun) -> OfRun:
        function.scalar_meaning = meaning  # type: ignore[attr-defined]
        return function

    return mark


def installed_scalar(name: str) -> ScalarKind | None:
    """Return the scalar ``PACKAGE.FUNCTION`` of an installed package, None if there is none.

    Raises ConfigError, which names the package, if its scalars cannot be had.

    ``name``: ``PACKAGE.FUNCTION``.
    """
    package, _, function = name.rpartition(".")
    if package not in others():
        return None
    return named(package, partial(_scalars_of, package)).get(function)


def _scalars_of(package: str) -> dict[str, ScalarKind]:
    return {
        name: _kind(f"{package}.{name}", function)
        for module in modules(f"{package}.scalars")
        for name, function in vars(module).items()
        if hasattr(function, "scalar_meaning") and function.__module__ == module.__name__
    }


def _kind(name: str, function: OfRun) -> ScalarKind:
    needs = tuple(inspect.signature(function).parameters)[1:]

    def find(record: RunRecord, asked: AnalysedScalar) -> np.ndarray:
        try:
            values = np.asarray(function(record, **{key: getattr(asked, key) for key in needs}))
        except Exception as error:  # of any kind, and not ours
            told = f"{type(error).__name__}: {error}"
            raise RunError(name, "have a value", told, "its next version") from error
        if values.shape != (record.replicas,) or values.dtype.kind not in "fiub":
            requirement = f"be a number for each of {record.replicas} replicas"
            found = f"is {values.dtype}{list(values.shape)}"
            raise RunError(name, requirement, found, "its next version")
        return values.astype(np.float64)

    known = {"epoch", "variable", "against"}
    if not known.issuperset(needs):
        wrong = ", ".join(sorted(set(needs) - known))
        raise ConfigError(name, "take epoch, variable, against", f"takes {wrong}", "these alone")
    return ScalarKind(str(getattr(function, "scalar_meaning", "")), needs, find)
