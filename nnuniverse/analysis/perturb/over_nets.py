"""What was found of perturbed nets, of every net that counts as one."""

from __future__ import annotations

import warnings

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.structure.perturbed import STRUCTURES, Perturbed


def over_nets(
    found: Perturbed, name: str, structure: str = ""
) -> Float[np.ndarray, "net perturbation"]:
    """Return the values of a variable, (net, perturbation), means over repeats of each replica.

    Repeats of one net are not independent; but of a single replica each counts.  ``structure``: of
    those over structures.  NaN where every repeat has diverged.

    ``found``: what was found of the run; ``name``: of the variable.
    """
    values = found[name]
    if structure:
        values = values[..., STRUCTURES.index(structure)]
    if len(values) == 1:
        return values[0].T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of means of nothing
        mean: np.ndarray = np.nanmean(values, axis=2)
    return mean
