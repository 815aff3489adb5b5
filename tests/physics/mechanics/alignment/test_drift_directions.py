"""Cosines and gains of directions of known angles."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.alignment.directions import (
    chance_cosine,
    cosine,
    gain,
    outside,
)


def test_cosine_and_gain_of_known_angles() -> None:
    step, slopes = np.array([3.0, 4.0]), np.array([[6.0, 8.0], [-4.0, 3.0], [-3.0, -4.0]])
    np.testing.assert_allclose(cosine(step, slopes), [1.0, 0.0, -1.0], atol=1e-15)
    np.testing.assert_allclose(gain(step, slopes), [0.5, 0.0, -1.0], atol=1e-15)


def test_of_a_direction_that_vanishes_nothing_is_known() -> None:
    nothing = np.zeros(3)
    for function in (cosine, gain, lambda a, b: chance_cosine(a, b, [1])):
        assert np.isnan(function(np.ones(3), nothing))


def test_chance_is_one_over_the_root_of_the_variables() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 400))
    np.testing.assert_allclose(chance_cosine(a, b, []), 1.0 / 20.0)


def test_chance_is_the_spread_of_random_directions_with_these_norms() -> None:
    random = np.random.default_rng(1)
    sizes, scales = (30, 5), (1.0, 20.0)
    a = random.normal(size=35)
    b = np.concatenate([s * random.normal(size=n) for n, s in zip(sizes, scales, strict=True)])
    drawn = []
    for part in (slice(0, 30), slice(30, 35)):
        directions = random.normal(size=(20000, part.stop - part.start))
        norms = np.linalg.norm(directions, axis=1, keepdims=True)
        drawn.append(directions / norms * np.linalg.norm(b[part]))
    found = cosine(a, np.concatenate(drawn, axis=1))
    predicted = float(chance_cosine(a, b, [30]))
    assert abs(found.mean()) < 4.0 * predicted / np.sqrt(20000)
    np.testing.assert_allclose(found.std(), predicted, rtol=0.03)
    assert abs(predicted - 1.0 / np.sqrt(35)) > 0.05, "blocks matter here"


def test_outside_leaves_nothing_along_the_directions() -> None:
    directions = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 2)))[0].T
    vectors = np.random.default_rng(3).normal(size=(4, 6))
    left = outside(vectors, directions)
    np.testing.assert_allclose(left @ directions.T, 0.0, atol=1e-14)
    np.testing.assert_allclose(outside(left, directions), left, atol=1e-14)
