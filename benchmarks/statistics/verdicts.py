"""How often the verdict on an ensemble of known mechanics is right, or none is given."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.synthetic import (
    Setting,
    bohm,
    bridge,
    deterministic_flow,
    independent_draws,
    kramers,
    nelson,
    ornstein_uhlenbeck,
    window,
)
from nnuniverse.physics.mechanics.verdict.judge import judge
from nnuniverse.physics.mechanics.verdict.judgement import Winner

Make = Callable[[Setting], ReplicaEnsemble]

DIFFUSION = 0.01


def is_named(
    generator: np.random.Generator,
    *,
    make: Make,
    truth: Winner,
    replicas: int,
    width: float,
    diffusion: float | None,
) -> bool | None:
    """Return whether the verdict is ``truth``; None: undecided."""
    seed = int(generator.integers(2**31))
    setting = Setting(replicas, seed, window(), diffusion=DIFFUSION, width=width)
    winner = judge(make(setting), 0, seed=seed, diffusion=diffusion).winner
    return None if winner == "undecided" else winner == truth


def _case(
    what: str, make: Make, truth: Winner, replicas: int, width: float, given: bool = False
) -> Case:
    simulate = partial(
        is_named,
        make=make,
        truth=truth,
        replicas=replicas,
        width=width,
        diffusion=DIFFUSION if given else None,
    )
    return Case(f"{what}, width {width}, {replicas} replicas", simulate, "35 of 40; none wrong")


RIVALS = (
    _case("Kramers, oscillating", kramers, "kramers", 256, 0.1),
    _case("Kramers, nearly overdamped", partial(kramers, friction=0.1), "kramers", 256, 0.1),
    _case("bridge, epochs of 60 steps", bridge, "bridge", 256, 0.1),
)
MECHANICS = (
    *(
        _case("Ornstein-Uhlenbeck", ornstein_uhlenbeck, "fokker_planck", replicas, 0.1)
        for replicas in (64, 256)
    ),
    *(
        _case(what, make, "schroedinger", 256, width, given)
        for what, make, given in (
            ("Nelson's trajectories", nelson, False),
            ("Bohm's trajectories", bohm, True),
            ("independent draws", independent_draws, True),
        )
        for width in (0.1, 0.3)
    ),
    *(
        _case(
            f"flow, {'stable' if stable else 'unstable'}, noise {noise}",
            partial(deterministic_flow, stable=stable, noise=noise),
            "hamilton_jacobi",
            256,
            0.1,
            True,
        )
        for stable in (True, False)
        for noise in (0.0, 0.1)
    ),
)

CASES = [*MECHANICS, *RIVALS]
