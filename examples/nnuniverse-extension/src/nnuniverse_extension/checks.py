"""What checks the statements of papers/extension.yaml."""

import numpy as np

from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual
from nnuniverse.precision import in_float64
from nnuniverse_extension.observables import participation_ratio


@check("extension.1")
def of_equal_numbers() -> Outcome:
    """P of 7 equal numbers and 3 zeros against 7; the control has one of them twice as large."""
    spectrum = np.array([0.3] * 7 + [0.0] * 3)
    other = spectrum * np.where(np.arange(10) == 0, 2.0, 1.0)
    found, control = (float(in_float64(participation_ratio)(of)) for of in (spectrum, other))
    return Outcome(
        printed=Residual(abs(found - 7.0) / 7.0), control=Residual(abs(control - 7.0) / 7.0)
    )
