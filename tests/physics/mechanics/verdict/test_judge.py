from dataclasses import replace

import numpy as np
import pytest

from nnuniverse.physics.mechanics.ensemble import LinearTheory, ReplicaEnsemble, StochasticDescent
from nnuniverse.physics.mechanics.synthetic import (
    Setting,
    bohm,
    bridge,
    deterministic_flow,
    independent_draws,
    kramers,
    ornstein_uhlenbeck,
    window,
)
from nnuniverse.physics.mechanics.verdict.bars import noise_change, why_barred
from nnuniverse.physics.mechanics.verdict.diffusions import compared_with, diffusions_of
from nnuniverse.physics.mechanics.verdict.judge import judge
from nnuniverse.physics.mechanics.verdict.judgement import MECHANICS, Judgement

NARROW = Setting(256, 256, window())
WIDE = replace(NARROW, width=0.3)
PLAIN = StochasticDescent("sgd", 0.1, batch=100, period=60)
STEPS = np.array([0, 50, 400])


def theory(rate: float, spread: float = 0.0) -> LinearTheory:
    """Return what linear theory says of one coordinate."""
    one = np.ones(1)
    return LinearTheory(one, spread * one, np.ones((1, 1)), rate * one, 0.01 * one, one)


@pytest.fixture(scope="module")
def diffusing() -> ReplicaEnsemble:
    return ornstein_uhlenbeck(NARROW)


@pytest.fixture(scope="module")
def judged(diffusing: ReplicaEnsemble) -> Judgement:
    return judge(diffusing, 0, seed=0, curve_steps=STEPS)


def test_ornstein_uhlenbeck_is_fokker_planck(judged: Judgement) -> None:
    judgement = judged
    assert judgement.winner == "fokker_planck", judgement.reason
    assert judgement.margin > 4.0 * judgement.margin_error
    ratio = judgement.ratios["measured"]
    assert ratio.low < -1.0 < ratio.high < 0.0
    np.testing.assert_allclose(judgement.diffusions["measured"].value, 0.01, rtol=0.05)
    assert set(judgement.held_out) == {*MECHANICS, "kramers"}
    found = judgement.parameters["fokker_planck"]
    np.testing.assert_allclose([found["rate"], found["diffusion"]], 0.01, rtol=0.2)


def test_curves_are_the_fit_at_the_steps_asked_for(judged: Judgement) -> None:
    found = judged.parameters["fokker_planck"]
    decay = np.exp(-found["rate"] * STEPS)
    mean = found["centre"] + (found["start"] - found["centre"]) * decay
    np.testing.assert_allclose(judged.curves["fokker_planck"][0], mean, rtol=1e-9)


def test_units_change_nothing_and_a_given_diffusion_all(
    diffusing: ReplicaEnsemble, judged: Judgement
) -> None:
    larger = replace(diffusing, positions=1e-4 * diffusing.positions + 7.0)
    other = judge(larger, 0, seed=0, diffusion=0.02e-8)
    gained = other.held_out["fokker_planck"] - judged.held_out["fokker_planck"]
    np.testing.assert_allclose(gained, np.log(1e4), atol=1e-4)
    np.testing.assert_allclose(other.ratios["measured"], judged.ratios["measured"], rtol=1e-3)
    measured, given = other.ratios["measured"].value, other.ratios["given"].value
    np.testing.assert_allclose(given, measured / 4.0, rtol=0.1)
    assert other.winner == "undecided"


@pytest.mark.parametrize("make", [bohm, independent_draws])
def test_a_packet_is_schroedinger(make: type) -> None:
    judgement = judge(make(WIDE), 0, seed=0, diffusion=0.01)
    assert judgement.winner == "schroedinger", judgement.reason
    ratio = judgement.ratios["given"]
    assert 0.0 < ratio.low < 1.0 < ratio.high


def test_a_determined_flow_is_hamilton_jacobi() -> None:
    judgement = judge(
        deterministic_flow(NARROW, stable=False, noise=0.1), 0, seed=0, diffusion=0.01
    )
    assert judgement.winner == "hamilton_jacobi", judgement.reason


def test_momentum_is_kramers() -> None:
    assert judge(kramers(NARROW), 0, seed=0).winner == "kramers"


def test_shuffled_epochs_are_a_bridge() -> None:
    assert judge(bridge(NARROW), 0, seed=0).winner == "bridge"


def test_replicas_that_diverged_are_left_out(diffusing: ReplicaEnsemble) -> None:
    positions = diffusing.positions.copy()
    positions[:3, 20:] = np.nan
    judgement = judge(replace(diffusing, positions=positions), 0, seed=0)
    assert judgement.diverged == 3
    assert len(judgement.without["measured"]) == 253
    assert np.isfinite(judgement.margin)


def test_few_replicas_get_no_verdict() -> None:
    judgement = judge(ornstein_uhlenbeck(Setting(31, 0, window())), 0, seed=0)
    assert judgement.winner == "undecided"
    assert "fewer than 32 replicas" in judgement.reason


@pytest.mark.parametrize(
    ("linear", "reason"),
    [
        (theory(0.01), ""),
        (theory(0.01, spread=0.4), "a mixture of directions that relax at different rates"),
        (theory(0.005), "relaxes in 199 steps, too slowly for a run of 400"),
        (theory(0.5), "relaxes in 1.4 steps, too fast to be continuous in time"),
    ],
)
def test_coordinates_that_are_barred(
    diffusing: ReplicaEnsemble, linear: LinearTheory, reason: str
) -> None:
    assert why_barred(replace(diffusing, theory=linear), 0) == reason


def test_no_verdict_is_given_of_a_mixture(diffusing: ReplicaEnsemble) -> None:
    mixture = replace(diffusing, theory=theory(0.01, spread=0.4), descent=PLAIN)
    judgement = judge(mixture, 0, seed=0)
    assert judgement.barred
    assert judgement.winner == "undecided"
    assert "mixture" in judgement.reason
    np.testing.assert_allclose(judgement.diffusions["linear"].value, 0.01 * 1.01, rtol=1e-3)


def test_momentum_has_several_diffusions(diffusing: ReplicaEnsemble) -> None:
    heavy = replace(PLAIN, optimiser="momentum", momentum=0.9)
    ensemble = replace(diffusing, theory=theory(0.01), descent=heavy)
    found = diffusions_of(ensemble, 0, None)
    assert {"measured", "linear", "one_step"} <= set(found)
    assert compared_with(heavy, found) == [d for d in found.values() if np.isfinite(d.value)]
    assert compared_with(PLAIN, found) == [found["measured"]]


def test_a_noise_that_grows_is_named_and_not_judged(diffusing: ReplicaEnsemble) -> None:
    """Of plain descent with independent batches; with momentum the velocity itself grows."""
    descent = StochasticDescent("sgd", 0.1, batch=100, period=60)
    steady = replace(diffusing, descent=descent)
    assert why_barred(steady, 0) == ""
    records = diffusing.positions.shape[1]
    growth = np.sqrt(np.linspace(1.0, 9.0, records))
    heated = diffusing.positions.copy()
    heated[:, :, 1] = heated[:, :, 0] + growth[:, None] * diffusing.increments
    grown = replace(steady, positions=heated)
    change, error = noise_change(grown, 0)
    assert change == pytest.approx(2.8, rel=0.2)
    assert 0.0 < error < 0.1
    assert why_barred(grown, 0).startswith("its noise changes: D of the last third")
    momentum = replace(descent, optimiser="momentum", momentum=0.9)
    assert why_barred(replace(grown, descent=momentum), 0) == ""
