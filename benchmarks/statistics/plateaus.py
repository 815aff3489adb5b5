"""False alarms and power of the search for plateaus, `nnuniverse.analysis.plateaus`."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.made_curves import (
    EPOCHS,
    NONE,
    OFTEN,
    RARE,
    bend,
    correlated,
    curve_case,
    growing,
    heavy,
    levelling,
    plateau,
    power_law,
    setting_in,
    step,
    white,
)
from nnuniverse.analysis.plateaus import search_plateaus
from nnuniverse.analysis.scans import Sensitivity

HALF_DECADE = 10.0**0.5


def found_plateaus(epochs: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, Sensitivity]:
    """Return where a curve is said to have plateaus, and what the search would have seen."""
    plateaus, seen = search_plateaus(epochs, losses)
    return plateaus.first, seen


_case = partial(curve_case, found_plateaus)

HALF = partial(plateau, ratio=HALF_DECADE)

CASES = [
    _case("t^-0.3, 5 % white noise, 200 snapshots", RARE, power_law, white, 0.05),
    _case("the same, 0.5 %", RARE, power_law, white, 0.005),
    _case("the same, 20 %", RARE, power_law, white, 0.2),
    _case("t^-0.1, 5 %", RARE, partial(power_law, exponent=0.1), white, 0.05),
    _case("t^-0.1, 0.5 %", RARE, partial(power_law, exponent=0.1), white, 0.005),
    _case("t^-1, 5 %", RARE, partial(power_law, exponent=1.0), white, 0.05),
    _case("Student's t(3), scale 5 %", RARE, power_law, heavy, 0.05),
    _case("noise growing to 10 %", RARE, power_law, growing, 0.05),
    _case("noise setting in, 0.2 to 5 %", RARE, power_law, setting_in, 0.05),
    _case("exponent from 0.2 to 1, 5 %", RARE, bend, white, 0.05),
    _case("exponent from 1 to 0.2, 5 %", RARE, levelling, white, 0.05),
    _case("the same, 0.5 %", RARE, levelling, white, 0.005),
    _case("a step of 20 %, 5 %", RARE, partial(step, fall=0.2), white, 0.05),
    _case("30,000 epochs, 30 % white noise", RARE, power_law, white, 0.3, EPOCHS),
    _case("30,000 epochs, t(3), scale 30 %", RARE, power_law, heavy, 0.3, EPOCHS),
    _case("30,000 epochs, noise growing to 60 %", RARE, power_law, growing, 0.3, EPOCHS),
    _case("noise correlating with 0.5, 5 %", NONE, power_law, correlated, 0.05),
    _case("with 0.8", NONE, power_law, partial(correlated, neighbours=0.8), 0.05),
    _case("with 0.9", NONE, power_law, partial(correlated, neighbours=0.9), 0.05),
    _case("half a decade in t^-0.3, 5 % white noise", OFTEN, HALF, white, 0.05),
    _case("the same, t(3), scale 5 %", NONE, HALF, heavy, 0.05),
    _case("the same, noise growing to 10 %", NONE, HALF, growing, 0.05),
    _case("the same, 10 % white noise", NONE, HALF, white, 0.1),
    _case(
        "half a decade in t^-0.6, 5 % white noise",
        OFTEN,
        partial(plateau, ratio=HALF_DECADE, exponent=0.6),
        white,
        0.05,
    ),
    _case("a factor 2 in t^-0.3, 2 %", NONE, partial(plateau, ratio=2.0), white, 0.02),
    _case("half a decade, 30,000 epochs, 15 % noise", OFTEN, HALF, white, 0.15, EPOCHS),
    _case("half a decade, 30,000 epochs, 30 % noise", NONE, HALF, white, 0.3, EPOCHS),
]
