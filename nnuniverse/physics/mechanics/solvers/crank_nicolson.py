"""The Fokker-Planck equation by the method of Crank and Nicolson."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse
import scipy.sparse.linalg
from jaxtyping import Float

from nnuniverse.errors import NNUniverseError
from nnuniverse.physics.mechanics.solvers.lattice import Potential, stretches, value_at
from nnuniverse.physics.mechanics.solvers.scharfetter_gummel import scharfetter_gummel

NEGATIVE = 1e-9
"""Share of its largest value by which a density may be below 0: more than rounding makes."""


def evolve_density(
    density: Float[np.ndarray, "*points"],
    grids: Sequence[Float[np.ndarray, " _"]],
    potential: Potential,
    diffusions: Sequence[float],
    times: Float[np.ndarray, " times"],
    step: float,
) -> Float[np.ndarray, " times *points"]:
    """Return the solution of ``dp/dt = div(p grad U) + sum_k D_k d^2 p/dq_k^2`` in a closed box.

    ``(1 - dt L/2) p(t + dt) = (1 + dt L/2) p(t)``, L of `scharfetter_gummel` at t + dt/2.  Order 2
    in the spacing and the step; mass is kept to rounding, and exp(-U/D) stays.

    ``density``: p at time 0, at the centres of the cells, (points of each axis ...);  ``grids``,
    ``diffusions``: a grid and D_k > 0 for each axis;  ``potential``: U, shaped as the density, or
    a function of time that returns it;  ``times``: ascending from 0, (times,);  ``step``: largest
    time step.  Below ``h^2/D``, h the spacing, p stays positive; longer ones serve a smooth p.
    Return: p at the times, (times, points of each axis ...).
    Raises `NNUniverseError` if p falls below 0 because the step is too long.

    Source: 2008.01540 (4.3) with U = -gamma F.
    """
    state, found = density.ravel().astype(float), []
    step_on, used = None, 0.0
    for moments, length in stretches(times, step):
        for moment in moments:
            if step_on is None or callable(potential) or length != used:
                now = value_at(potential, moment + 0.5 * length)
                step_on, used = _Step(scharfetter_gummel(now, grids, diffusions), length), length
            state = step_on(state)
        _check_positive(state, length)
        found.append(state.reshape(density.shape))
    return np.stack(found)


class _Step:
    """One step with an operator, whose triangular factors serve again."""

    def __init__(self, operator: scipy.sparse.csc_array, length: float) -> None:
        one = scipy.sparse.eye_array(operator.shape[0], format="csc")
        self.explicit = one + 0.5 * length * operator
        self.implicit = scipy.sparse.linalg.splu(one - 0.5 * length * operator)

    def __call__(self, state: np.ndarray) -> np.ndarray:
        return self.implicit.solve(self.explicit @ state)


def _check_positive(state: np.ndarray, length: float) -> None:
    if state.min() < -NEGATIVE * state.max():
        raise NNUniverseError(
            "the density", "stay positive", f"is {state.min():.2g}", f"a step below {length:.2g}"
        )
