"""2004.09280 Sec. 9: the Laplacian of the free energy of two peaks, and its extrema."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual
from nnuniverse.thermodynamics.two_peaks import extrema, printed_extremum, two_peak_laplacian


@check("A30")
def position_of_the_extremum() -> Outcome:
    """Where the two-peak model turns, beside log lambda = 0, at gamma = 1/3 and beta = 0.3.

    Residuals: distance in log lambda from the zero of the slope of (9.3), by a complex step.
    Control: the exact condition with beta 1 % off.

    Source: 2004.09280 (9.3), (9.4), wrong as printed (A30).
    """
    beta, gamma = 0.3, 1.0 / 3.0

    def slope(log_lambda: float) -> float:
        step = np.array(log_lambda + 1e-30j)
        return float(two_peak_laplacian(step, np.array(beta), gamma, 1).imag * 1e30)

    found = brentq(slope, 0.5, 4.0, xtol=1e-14)
    printed, corrected = float(printed_extremum(np.array(beta))), max(extrema(beta, gamma))
    return Outcome(
        printed=Residual(abs(printed - found)),
        corrected=Residual(abs(corrected - found)),
        control=Residual(abs(max(extrema(1.01 * beta, gamma)) - found)),
        value=f"beta 0.3: turns at {found:.6f}, (9.4) {printed:.6f}",
    )
