"""The matrix of diffusion and the test of its isotropy, on walks in two dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.estimators.diffusion_matrix import diffusion_matrix, isotropy
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.gain import gain
from nnuniverse.physics.mechanics.estimators.pairs import Pairs, pairs_at
from nnuniverse.physics.mechanics.langevin import Drift, langevin_ensemble

RATES = np.array([0.05, 0.02])
MATRIX = np.array([[1.0, 0.4], [0.4, 0.5]])
RECORDS = np.arange(0, 81, 8)


def linear(q: np.ndarray) -> np.ndarray:
    return -RATES * q


def double_well(q: np.ndarray) -> np.ndarray:
    """Along both coordinates, minima at 3 and -3."""
    return 0.05 * q * (1.0 - q**2 / 9.0)


def round_a_ring(q: np.ndarray) -> np.ndarray:
    """Of an angle, with the angle itself as it is, not taken back to one turn."""
    return 0.02 * (1.0 + np.sin(q))


def walks(
    random: np.random.Generator,
    drift: Drift = linear,
    matrix: np.ndarray = MATRIX,
    replicas: int = 64,
    centre: float = 0.0,
) -> Pairs:
    start = centre + 3.0 * random.standard_normal((replicas, len(matrix)))
    return pairs_at(langevin_ensemble(random, drift, matrix, start, RECORDS))


@pytest.mark.parametrize(
    ("drift", "matrix", "degree"),
    [(linear, MATRIX, 1), (double_well, 0.1 * MATRIX, 3), (round_a_ring, 0.5 * MATRIX, 1)],
)
def test_the_matrix_is_held(drift: Drift, matrix: np.ndarray, degree: int) -> None:
    random = np.random.default_rng(3)
    found = [diffusion_matrix(walks(random, drift, matrix), degree) for _ in range(100)]
    shares = np.mean([(one.low <= matrix) & (matrix <= one.high) for one in found], axis=0)
    assert (shares >= 0.88).all()
    assert (shares <= 0.99).all()


def test_a_drift_that_is_not_linear_adds_half_its_square() -> None:
    random = np.random.default_rng(30)
    start = random.uniform(0.0, 2.0 * np.pi, (512, 1))
    diffusion = 0.01  # of u = 0.15 sin q the linear part is next to nothing, if far around
    ring = langevin_ensemble(
        random, lambda q: 0.15 * (np.sin(q) + 7.0), diffusion, start, np.arange(0, 401, 8)
    )
    found = diffusion_matrix(pairs_at(ring))
    assert found.low[0, 0] < diffusion + 0.15**2 / 4.0 < found.high[0, 0]


def test_the_matrix_of_known_noise_is_exact_but_for_what_was_fitted() -> None:
    pairs = walks(np.random.default_rng(4), replicas=9)
    regressors = np.concatenate([np.ones((pairs.total, 1)), pairs.before.reshape(-1, 2)], axis=1)
    increments = pairs.increments.reshape(-1, 2)
    left = increments - regressors @ np.linalg.lstsq(regressors, increments, rcond=None)[0]
    expected = left.T @ left / (pairs.total - 3) / 2.0
    np.testing.assert_allclose(diffusion_matrix(pairs).value, expected, rtol=1e-9)


def test_the_test_of_isotropy_has_its_size_and_finds_what_is_not() -> None:
    random = np.random.default_rng(5)
    p_values = [isotropy(walks(random, matrix=np.eye(2)), random, 99).p_value for _ in range(100)]
    assert 1 <= np.sum(np.array(p_values) <= 0.05) <= 12
    assert abs(np.mean(p_values) - 0.5) < 0.1
    other = isotropy(walks(random, matrix=np.diag([1.0, 2.0])), random)
    assert other.p_value <= 0.01
    assert other.ratio.low < 2.0 < other.ratio.high
    assert other.by_chance < other.ratio.low


def test_a_drift_that_is_added_makes_no_difference_to_isotropy() -> None:
    pairs = walks(np.random.default_rng(28))
    drift = np.array([[0.9, -0.3], [0.2, 0.5]])
    drifting = pairs._replace(after=pairs.after + pairs.before @ drift + 7.0)
    one, other = (isotropy(each, np.random.default_rng(29), 19) for each in (pairs, drifting))
    np.testing.assert_allclose(one.ratio, other.ratio, rtol=1e-6)
    np.testing.assert_allclose(one.by_chance, other.by_chance, rtol=1e-6)


def test_too_few_pairs_for_the_drift_are_refused() -> None:
    start = np.zeros((3, 4))
    ensemble = langevin_ensemble(
        np.random.default_rng(6), lambda q: -0.1 * q, 1.0, start, np.array([0])
    )
    with pytest.raises(ConfigError, match=r"more than 5 pairs of positions.* but has 3"):
        diffusion_matrix(pairs_at(ensemble))


def test_one_gain_along_the_gradient_of_what_is_descended() -> None:
    random = np.random.default_rng(7)
    rate = 0.1
    loss = SecondOrder(np.array([0.0, 0.0]), np.diag(RATES / rate))
    found = [gain(walks(random, centre=20.0), -loss) for _ in range(200)]
    held = np.mean([(one.gain.low <= rate) & (rate <= one.gain.high) for one in found], axis=0)
    assert (held >= 0.88).all()
    assert (held <= 0.99).all()
    assert np.mean([one.p_value <= 0.05 for one in found]) <= 0.1
    assert abs(np.mean([one.p_value for one in found]) - 0.5) < 0.06
    assert np.mean([one.ratio.low < 1.05 for one in found]) > 0.8
    isotropic = gain(walks(random, centre=20.0), SecondOrder(np.zeros(2), -np.eye(2)))
    assert isotropic.p_value < 1e-3
    assert isotropic.ratio.low < 2.5 < isotropic.ratio.high


def test_gains_of_both_signs_have_no_ratio() -> None:
    saddle = SecondOrder(np.zeros(2), np.diag([-1.0, 1.0]))
    found = gain(walks(np.random.default_rng(8), centre=20.0), saddle)
    assert np.isnan(found.ratio.value)
    assert found.gain.high[1] < 0.0 < found.gain.low[0]
