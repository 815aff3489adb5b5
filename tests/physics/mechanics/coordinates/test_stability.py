"""The edge of stability, and what is said above it."""

from __future__ import annotations

import math

import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinates.stability import check_stability, edge_of_stability
from nnuniverse.physics.mechanics.ensemble import StochasticDescent


@pytest.mark.parametrize(("momentum", "edge"), [(0.0, 2.0), (0.9, 3.8)])
def test_a_rate_above_the_edge_is_refused_with_one_that_would_do(
    momentum: float, edge: float
) -> None:
    descent = StochasticDescent("momentum", rate=0.1, batch=100, period=60, momentum=momentum)
    assert edge_of_stability(descent) == pytest.approx(edge)
    check_stability(9.99 * edge, descent)
    with pytest.raises(
        ConfigError, match=r"train.learning_rate.* h = 100 .*makes it 10"
    ) as refused:
        check_stability(100.0, descent)
    better = float(str(refused.value).split("train.learning_rate=")[1].rstrip("."))
    check_stability(100.0, StochasticDescent("momentum", better, 100, 60, momentum=momentum))
    assert better > 0.9 * edge / 100.0


@pytest.mark.parametrize(("optimiser", "nesterov"), [("momentum", True), ("adam", False)])
def test_nesterov_and_adaptive_optimisers_have_none(optimiser: str, nesterov: bool) -> None:
    descent = StochasticDescent(optimiser, 0.1, 100, 60, momentum=0.9, nesterov=nesterov)
    assert math.isnan(edge_of_stability(descent))
    check_stability(1e9, descent)
