"""What was fitted on a grid, by name, in q and steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.physics.mechanics.verdict.grid_fit import GridFit, stage_of
from nnuniverse.physics.mechanics.verdict.grid_models import POTENTIAL_DEGREE, hbar_of
from nnuniverse.physics.mechanics.verdict.grid_sample import GridSample


def named_parameters(found: GridFit, sample: GridSample) -> Mapping[str, float]:
    """Return the parameters of one of the three mechanics, or of Kramers' equation.

    ``mean``, ``width``: of the first density;  ``potential_n``, ``phase_n``: coefficients of
    Chebyshev's T_n over the grid from ``grid_low`` to ``grid_high``, of U and S in q^2/step, of W
    in q^2/step^2;  ``diffusion`` D, or ``hbar`` over the mass, q^2/step;  ``friction`` per step and
    ``heating`` B, q^2/step^3, of Kramers'.

    ``found``: the fit; ``sample``: the replicas of one coordinate, in cells.
    """
    stage, speed = stage_of(sample), sample.length**2 / sample.time
    theta = dict(zip(found.model.names, found.theta.tolist(), strict=True))
    is_density = "log_diffusion" in theta
    of_potential = speed if is_density else speed / sample.time
    low, high = (
        sample.origin + sample.length * (stage.middle + side * stage.reach) for side in (-1.0, 1.0)
    )
    named = {
        "mean": sample.origin + sample.length * theta["mean"],
        "width": sample.length * np.exp(theta["log_width"]),
        "grid_low": low,
        "grid_high": high,
    }
    for name, value in theta.items():
        if name.startswith("potential_"):
            named[name] = of_potential * value
        elif name.startswith("phase_"):
            named[name] = speed * value
    if is_density:
        named["diffusion"] = speed * np.exp(theta["log_diffusion"])
    if "log_friction" in theta:
        named["friction"] = np.exp(theta["log_friction"]) / sample.time
        named["heating"] = speed / sample.time**2 * np.exp(theta["log_heating"])
    if "log_hbar" in theta:
        named["hbar"] = speed * hbar_of(found.theta, POTENTIAL_DEGREE, stage)
    return {name: float(value) for name, value in named.items()}
