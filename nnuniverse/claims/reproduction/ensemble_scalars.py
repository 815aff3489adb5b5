"""Numbers that the mechanics of an ensemble finds, one for each ensemble of a net."""

from __future__ import annotations

from contextlib import suppress
from typing import get_args

import numpy as np

from nnuniverse.analysis.mechanics.mechanics_file import MechanicsRecord, read_mechanics
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.errors import RunError
from nnuniverse.physics.mechanics.verdict.judgement import Winner
from nnuniverse.runs import RunRecord


def pooled_ratio(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return a = A / 4 D^2 over coordinates, with the D named by ``variable``; NaN without it.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    found = _mechanics(record)
    names = found.words("pooled_with") if "pooled_with" in found else []
    if scalar.variable not in names:
        return np.array([np.nan])
    return np.array([found.estimate("pooled_ratio", names.index(str(scalar.variable))).value])


def named_share(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the share of the coordinates of which the mechanics ``variable`` is named.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    if scalar.variable not in get_args(Winner):
        known = ", ".join(get_args(Winner))
        raise RunError("`variable`", "be a verdict", f"is {scalar.variable!r:.60}", known)
    winners = _mechanics(record).words("winner")
    return np.array([np.mean([winner == scalar.variable for winner in winners])])


def anisotropy(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the largest over the smallest eigenvalue of the measured matrix of diffusion.

    ``record``: the run, as read back from its folder; ``scalar``: what the file of printed numbers
    asks for.
    """
    return np.array([_mechanics(record).estimate("anisotropy").value])


def learning_share(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the entropy that learning takes at the last record, over what diffusion adds.

    ``scalar``: what the file of printed numbers asks for.
    """
    found = _mechanics(record)
    learning = found.estimate("entropy_rate_learning", -1).value
    return np.array([-learning / found.estimate("entropy_rate_fisher", -1).value])


def _mechanics(record: RunRecord) -> MechanicsRecord:
    """Return what `nnu mechanics` has stored of an ensemble, else find it and store it.

    What was stored with other options than its defaults is left alone, and found anew.
    """
    from nnuniverse.analysis.mechanics import content_of
    from nnuniverse.experiments.mechanics import MechanicsSettings, find_mechanics

    settings = MechanicsSettings().as_mapping()
    try:
        stored = read_mechanics(record)
    except RunError:
        content = content_of(find_mechanics(record), record, settings)
        with suppress(RunError):  # a folder of somebody else's
            content.write(record)
        return content.record()
    whole = len(stored["coordinate"]) == len(record["coordinate"])
    of_these = {key: stored.attributes.get(key) or None for key in settings}  # None is stored as ""
    if whole and of_these == {key: of or None for key, of in settings.items()}:
        return stored
    return content_of(find_mechanics(record), record, settings).record()
