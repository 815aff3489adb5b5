"""False alarms and power of the search for jumps, `nnuniverse.analysis.jumps`."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.made_curves import (
    EPOCHS,
    NONE,
    OFTEN,
    RARE,
    bend,
    bump,
    ceasing,
    correlated,
    curve_case,
    decay,
    growing,
    heavy,
    kink,
    levelling,
    power_law,
    setting_in,
    step,
    white,
)
from nnuniverse.analysis.jumps import search_jumps
from nnuniverse.analysis.scans import Sensitivity


def found_jumps(epochs: np.ndarray, losses: np.ndarray) -> tuple[np.ndarray, Sensitivity]:
    """Return where a curve is said to have jumps, and what the search would have seen."""
    jumps, seen = search_jumps(epochs, losses)
    return jumps.epoch, seen


def low_end(epochs: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return t^-0.3 whose last point is 20 % down."""
    trend = power_law(epochs, random)
    trend[-1] += np.log(0.8)
    return trend


_case = partial(curve_case, found_jumps)

CASES = [
    _case("t^-0.3, 3 % white noise, 200 snapshots", RARE, power_law, white, 0.03),
    _case("the same, 10 %", RARE, power_law, white, 0.1),
    _case("Student's t(3), scale 3 %", RARE, power_law, heavy, 0.03),
    _case("Student's t(3), scale 10 %", RARE, power_law, heavy, 0.1),
    _case("noise growing to 6 %", RARE, power_law, growing, 0.03),
    _case("noise growing to 20 %", RARE, power_law, growing, 0.1),
    _case("noise setting in, 0.1 to 3 %", RARE, power_law, setting_in, 0.03),
    _case("noise setting in, 0.3 to 10 %", RARE, power_law, setting_in, 0.1),
    _case("noise ceasing, 10 to 0.3 %", RARE, power_law, ceasing, 0.1),
    _case("exponent from 0.2 to 1 within an e-fold, 3 %", RARE, bend, white, 0.03),
    _case("the same, 0.3 %", RARE, bend, white, 0.003),
    _case("exponent from 0.2 to 1 at once, 3 %", RARE, kink, white, 0.03),
    _case("the same, 0.3 %", RARE, kink, white, 0.003),
    _case("exponent from 1 to 0.2, 3 %", RARE, levelling, white, 0.03),
    _case("exponential decay to a floor, 3 %", RARE, decay, white, 0.03),
    _case("the same, 0.3 %", RARE, decay, white, 0.003),
    _case("one snapshot 10 % up, 3 %", RARE, partial(bump, points=1), white, 0.03),
    _case("the same, 0.3 %", RARE, partial(bump, points=1), white, 0.003),
    _case("five snapshots 10 % up, 3 %", NONE, partial(bump, points=5), white, 0.03),
    _case("the same, 0.3 %", RARE, partial(bump, points=5), white, 0.003),
    _case("last snapshot 20 % down, 3 %", RARE, low_end, white, 0.03),
    _case("the same, 0.3 %", RARE, low_end, white, 0.003),
    _case("30,000 epochs, 30 % white noise", RARE, power_law, white, 0.3, EPOCHS),
    _case("30,000 epochs, t(3), scale 30 %", RARE, power_law, heavy, 0.3, EPOCHS),
    _case("30,000 epochs, noise setting in, 30 %", RARE, power_law, setting_in, 0.3, EPOCHS),
    _case("30,000 epochs, noise growing to 60 %", RARE, power_law, growing, 0.3, EPOCHS),
    _case("30,000 epochs, exponent from 0.2 to 1 at once, 3 %", RARE, kink, white, 0.03, EPOCHS),
    _case("noise correlating with 0.5, 3 %", NONE, power_law, correlated, 0.03),
    _case("with 0.8", NONE, power_law, partial(correlated, neighbours=0.8), 0.03),
    _case("with 0.9", NONE, power_law, partial(correlated, neighbours=0.9), 0.03),
    _case("a lasting step of 10 %, 3 % white noise", OFTEN, partial(step, fall=0.1), white, 0.03),
    _case("of 10 %, t(3), scale 3 %", NONE, partial(step, fall=0.1), heavy, 0.03),
    _case("of 10 %, noise growing to 6 %", NONE, partial(step, fall=0.1), growing, 0.03),
    _case("of 20 %, 5 % white noise", OFTEN, partial(step, fall=0.2), white, 0.05),
    _case("of 20 %, 10 % white noise", NONE, partial(step, fall=0.2), white, 0.1),
    _case("of 10 %, 30,000 epochs, 10 % noise", OFTEN, partial(step, fall=0.1), white, 0.1, EPOCHS),
    _case("of 10 %, 30,000 epochs, 30 % noise", NONE, partial(step, fall=0.1), white, 0.3, EPOCHS),
]
