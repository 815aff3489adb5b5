"""Free fall: what it conserves, a known precession, great circles, light, ends."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from nnuniverse.physics.gravity.geodesics import geodesic
from nnuniverse.physics.gravity.metrics import METRICS

EQUATOR = np.pi / 2


def test_a_great_circle_comes_back() -> None:
    start = np.array([EQUATOR, 0.0])
    path = geodesic(METRICS["sphere"](), start, np.array([0.6, 0.8]), 2.0 * np.pi, 50)
    np.testing.assert_allclose(path.position[-1], [EQUATOR, 2.0 * np.pi], atol=1e-10)
    np.testing.assert_allclose(path.norm, 1.0, rtol=1e-11)
    assert path.ended is None


def test_an_orbit_precesses_as_the_quadrature_says() -> None:
    p, e = 100.0, 0.2  # of the perihelion r = p/(1 + e), in units of the mass
    energy = np.sqrt(((p - 2.0) ** 2 - 4.0 * e**2) / (p * (p - 3.0 - e**2)))
    momentum = p / np.sqrt(p - 3.0 - e**2)
    r = p / (1.0 + e)
    velocity = np.array([energy / (1.0 - 2.0 / r), 0.0, 0.0, momentum / r**2])
    length = 2.2 * np.pi * (p / (1.0 - e**2)) ** 1.5
    path = geodesic(
        METRICS["schwarzschild"](), np.array([0.0, r, EQUATOR, 0.0]), velocity, length, 20001
    )
    np.testing.assert_allclose(path.norm, -1.0, rtol=1e-12)
    np.testing.assert_array_equal(path.ignorable, [True, False, False, True])
    np.testing.assert_allclose(path.momentum[:, 0], -energy, rtol=1e-12)
    np.testing.assert_allclose(path.momentum[:, 3], momentum, rtol=1e-11)
    radial = path.velocity[:, 1]
    back = np.flatnonzero((radial[1:-1] < 0.0) & (radial[2:] >= 0.0))[0] + 1
    share = radial[back] / (radial[back] - radial[back + 1])
    angle = path.position[back, 3] + share * np.diff(path.position[back : back + 2, 3])[0]
    # d phi/d chi with r = p/(1 + e cos chi), Chandrasekhar (1983), Sec. 19.
    turn = 2.0 * quad(lambda chi: (1.0 - (6.0 + 2.0 * e * np.cos(chi)) / p) ** -0.5, 0.0, np.pi)[0]
    assert angle - 2.0 * np.pi == pytest.approx(turn - 2.0 * np.pi, abs=1e-7)
    assert turn - 2.0 * np.pi == pytest.approx(0.1974475, abs=1e-7)


def test_light_circles_at_three_masses() -> None:
    r, rate = 3.0, 1.0 / np.sqrt(27.0)
    velocity = np.array([1.0, 0.0, 0.0, rate])
    start = np.array([0.0, r, EQUATOR, 0.0])
    path = geodesic(METRICS["schwarzschild"](), start, velocity, 20.0, 20)
    np.testing.assert_allclose(path.position[:, 1], r, rtol=1e-6)  # unstable: rounding grows
    np.testing.assert_allclose(path.norm, 0.0, atol=1e-12)


def test_the_path_ends_where_the_coordinates_do() -> None:
    start = np.array([0.0, 10.0, EQUATOR, 0.0])
    path = geodesic(METRICS["schwarzschild"](), start, np.array([1.25, -0.5, 0, 0]), 100.0, 200)
    assert path.ended == "r"
    assert len(path.parameter) < 200
    assert path.position[-1, 1] < 4.0


def test_a_long_path_does_not_end_with_its_first_small_step() -> None:
    rate = 100.0**-1.5 / np.sqrt(0.97)  # a circle at r = 100, three hundred times
    velocity = np.array([1.0 / np.sqrt(0.97), 0.0, 0.0, rate])
    start = np.array([0.0, 100.0, EQUATOR, 0.0])
    length = 600.0 * np.pi / rate
    path = geodesic(METRICS["schwarzschild"](), start, velocity, length, 3)
    assert path.ended is None
    assert path.position[-1, 3] == pytest.approx(600.0 * np.pi, rel=1e-6)
