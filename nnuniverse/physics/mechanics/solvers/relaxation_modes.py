"""The Fokker-Planck equation at all times at once, by the modes in which a density relaxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import spacing
from nnuniverse.physics.mechanics.solvers.scharfetter_gummel import bernoulli

NOISE = 1e-6
"""Largest error by rounding, relative to the largest density, with which a density is returned."""


@dataclass(frozen=True)
class RelaxationModes:
    """``p(t) = exp(-U/2D) sum_n exp(rate_n t) y_n <y_n, exp(U/2D) p(0)>`` on a line.

    ``rates``: eigenvalues of the Fokker-Planck operator, 0 and below, descending, (points,), per
    unit of time; ``states``: y_n, orthonormal columns, (points, points); ``root``: exp(-U/2D),
    1 where it is largest, (points,).
    """

    rates: np.ndarray
    states: np.ndarray
    root: np.ndarray

    def later(
        self, density: Float[np.ndarray, " points"], times: Float[np.ndarray, " times"]
    ) -> Float[np.ndarray, "times points"]:
        """Return p at ``times`` >= 0, (times, points), of the ``density`` p at 0, (points,).

        Raises `NNUniverseError` if p(0) lies so high in the potential that rounding drowns it.
        """
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # refused below
            start = density / self.root
        noise = np.finfo(float).eps * np.linalg.norm(start) / density.max()
        if not noise < NOISE:
            raise NNUniverseError(
                "the density",
                "lie where exp(U/2D) is below 1e9 times its least",
                f"rounding would add {noise:.1g} to it",
                "evolve_density, which takes steps",
            )
        decay = np.exp(np.outer(times, self.rates))
        return self.root * ((decay * (start @ self.states)) @ self.states.T)


def relaxation_modes(
    grid: Float[np.ndarray, " points"], potential: Float[np.ndarray, " points"], diffusion: float
) -> RelaxationModes:
    """Return the modes of ``dp/dt = (p U')' + D p''`` in a closed interval.

    The tridiagonal matrix of `scharfetter_gummel` is made symmetric by exp(U/2D); its eigenvectors
    solve the equation exactly in time, with an error of order 2 in the spacing.

    ``grid``: centres of the cells, (points,);  ``potential``: U there, unit of D;  ``diffusion``:
    D > 0, q^2 per unit of time.

    Source: 2008.01540 (4.3) with U = -gamma F.
    """
    scale = diffusion / spacing(grid) ** 2
    rise = np.diff(potential) / diffusion
    over, back = bernoulli(rise), bernoulli(-rise)
    diagonal = -scale * (np.append(over, 0.0) + np.append(0.0, back))
    rates, states = scipy.linalg.eigh_tridiagonal(diagonal, scale * np.sqrt(over * back))
    root = np.exp(-0.5 * (potential - potential.min()) / diffusion)
    return RelaxationModes(rates[::-1], states[:, ::-1], root)
