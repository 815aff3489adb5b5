"""Numbers of 2008.01540 Sec. 11, one for each net: what survives better than its edges would."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.errors import RunError
from nnuniverse.physics.structure.perturbed import KINDS, STRUCTURES, Perturbation
from nnuniverse.runs import RunRecord

if TYPE_CHECKING:
    from nnuniverse.physics.structure.perturbed import Perturbed

CROSSED = "crossed"
"""The control: as many edges as a chain has, each of another one."""


def survival_excess(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the survival of a structure less that of independent edges of like strength.

    Of `nnu perturb`: of the structure ``variable`` after the perturbation ``against``, such as
    "noise 0.25", and as many epochs as the run has.  NaN of a net that diverged, or has no such
    structure.  Raises RunError if the nets were not trained again; nothing is trained.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    found = _perturbed(record, scalar, train=False, stop=lambda: False)
    if scalar.variable == CROSSED:
        whole, alone = found["crossed_survival"], found["crossed_survival_independent"]
        return (whole - alone)[:, 0, 0]
    at = STRUCTURES.index(str(scalar.variable))
    return (found["survival"] - found["survival_independent"])[:, 0, 0, at]


def retrain(record: RunRecord, scalar: AnalysedScalar, stop: Callable[[], bool]) -> None:
    """Train the nets of a run again after the perturbation ``against``, unless they were.

    Raises StoppedError if asked to ``stop``.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    _perturbed(record, scalar, train=True, stop=stop)


def has_retrained(record: RunRecord, scalar: AnalysedScalar) -> bool:
    """Return whether the nets of a run were trained again after the perturbation ``against``.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    try:
        _perturbed(record, scalar, train=False, stop=lambda: False)
    except RunError:
        return False
    return True


def _perturbed(
    record: RunRecord, scalar: AnalysedScalar, *, train: bool, stop: Callable[[], bool]
) -> Perturbed:
    from nnuniverse.experiments.perturb import PerturbSettings, perturb_run

    asked = _perturbation(scalar)
    noise, delete, data = ((asked.strength,) if asked.kind == kind else () for kind in KINDS)
    settings = PerturbSettings(noise, delete, data, repeats=1)
    return perturb_run(record.folder.path, settings, stop=stop, train=train).found


def _perturbation(scalar: AnalysedScalar) -> Perturbation:
    """Return the perturbation that is asked for; raises RunError for what cannot be."""
    known = (*STRUCTURES, CROSSED)
    if scalar.variable not in known:
        actual = f"is {scalar.variable!r:.60}"
        raise RunError("`variable`", "be a structure", actual, ", ".join(known))
    try:
        asked = Perturbation.parse(str(scalar.against))
    except ValueError:
        asked = None
    if asked is None or asked.kind not in KINDS:
        must, actual = "be a perturbation and its strength", f"is {scalar.against!r:.60}"
        raise RunError("`against`", must, actual, "noise 0.25")
    return asked
