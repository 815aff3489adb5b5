"""How often the 95 % interval of the signed number A holds the truth."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from benchmarks.statistics.verdicts import DIFFUSION, Make
from nnuniverse.physics.mechanics.synthetic import (
    Setting,
    bohm,
    nelson,
    ornstein_uhlenbeck,
    window,
)
from nnuniverse.physics.mechanics.verdict.closure import CLOSURE
from nnuniverse.physics.mechanics.verdict.marginals import sample_of
from nnuniverse.physics.mechanics.verdict.scoring import fit
from nnuniverse.physics.mechanics.verdict.signed_number import signed_number


def holds(
    generator: np.random.Generator, *, make: Make, ratio: float, replicas: int, width: float
) -> bool:
    """Return whether the interval of A holds 4 D^2 times ``ratio``."""
    seed = int(generator.integers(2**31))
    ensemble = make(Setting(replicas, seed, window(), diffusion=DIFFUSION, width=width))
    sample = sample_of(ensemble.at_records[..., 0], ensemble.record_step)
    fitted = fit(CLOSURE, sample)
    signed = signed_number(fitted, sample).estimate
    return bool(signed.low <= ratio * 4.0 * DIFFUSION**2 <= signed.high)


CASES = [
    Case(
        f"{what}, width {width}, {replicas} replicas",
        partial(holds, make=make, ratio=ratio, replicas=replicas, width=width),
        "90 to 98",
    )
    for what, make, ratio, width in (
        ("Ornstein-Uhlenbeck", ornstein_uhlenbeck, -1.0, 0.1),
        ("Nelson's trajectories", nelson, 1.0, 0.1),
        ("Nelson's trajectories", nelson, 1.0, 0.3),
        ("Bohm's trajectories", bohm, 1.0, 0.3),
    )
    for replicas in (64, 256, 512)
]
