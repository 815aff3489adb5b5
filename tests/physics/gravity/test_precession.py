"""What an orbit turns by between periapses, where that is known."""

from __future__ import annotations

import numpy as np
import pytest
from made_path import TURN, made_path
from scipy.integrate import quad

from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.geodesics import geodesic
from nnuniverse.physics.gravity.metrics import METRICS
from nnuniverse.physics.gravity.precession import Turn, mean_turn, precession


def orbit(p: float, e: float, turns: float, steps: int, *, from_apoapsis: bool = False) -> Geodesic:
    """Return ``turns`` of the orbit r = p/(1 + e cos chi) of a mass 1, chi the anomaly."""
    energy = np.sqrt(((p - 2.0) ** 2 - 4.0 * e**2) / (p * (p - 3.0 - e**2)))
    momentum = p / np.sqrt(p - 3.0 - e**2)
    r = p / (1.0 + (-e if from_apoapsis else e))
    velocity = np.array([energy / (1.0 - 2.0 / r), 0.0, 0.0, momentum / r**2])
    start = np.array([0.0, r, np.pi / 2.0, 0.0])

    def slowness(chi: float) -> float:  # ds/dchi = r^2/L d phi/dchi
        radius = p / (1.0 + e * np.cos(chi))
        return float(radius**2 / momentum * angle_rate(chi, p, e))

    period = 2.0 * quad(slowness, 0.0, np.pi)[0]
    return geodesic(METRICS["schwarzschild"](), start, velocity, turns * period, steps)


def angle_rate(chi: float, p: float, e: float) -> float:
    """Return d phi/d chi: Chandrasekhar (1983), Sec. 19."""
    return float((1.0 - (6.0 + 2.0 * e * np.cos(chi)) / p) ** -0.5)


def quadrature(p: float, e: float) -> float:
    """Return what it turns by beyond 2 pi."""
    return float(2.0 * quad(angle_rate, 0.0, np.pi, (p, e))[0] - 2.0 * np.pi)


@pytest.mark.parametrize("steps", [2, 50, 1000])
def test_it_is_the_quadratures_whatever_the_points(steps: int) -> None:
    found = mean_turn(orbit(100.0, 0.2, 2.2, steps), 3)
    assert found is not None and found.orbits == 2
    assert found.mean == pytest.approx(0.19744751602, abs=1e-9)
    assert found.mean == pytest.approx(quadrature(100.0, 0.2), abs=1e-9)
    assert found.digits == "0.197447516"


def test_it_holds_over_many_orbits() -> None:
    path = orbit(100.0, 0.2, 12.5, 200)
    np.testing.assert_allclose(precession(path, 3), quadrature(100.0, 0.2), atol=1e-8)
    found = mean_turn(path, 3)
    assert found is not None and found.orbits == 12
    assert found.mean == pytest.approx(quadrature(100.0, 0.2), abs=1e-9)


@pytest.mark.parametrize("from_apoapsis", [False, True])
def test_it_is_the_quadratures_of_a_strong_field(from_apoapsis: bool) -> None:
    expected = quadrature(7.1, 0.5)
    assert expected > 4.0 * np.pi  # it circles twice before it leaves
    found = mean_turn(orbit(7.1, 0.5, 2.7, 20, from_apoapsis=from_apoapsis), 3)
    assert found is not None and found.orbits == 2
    assert found.mean == pytest.approx(expected, abs=1e-8)
    assert found.digits is not None
    decimals = len(found.digits.partition(".")[2])
    assert decimals >= 7
    assert float(found.digits) == pytest.approx(expected, abs=10.0**-decimals)


def test_a_circle_has_no_periapsis_to_tell() -> None:
    found = mean_turn(orbit(10.0, 0.0, 4.0, 20), 3)
    assert found is None or found.digits is None


def test_the_turn_of_periapses() -> None:
    path = made_path().path
    np.testing.assert_allclose(precession(path, 3), TURN - 2.0 * np.pi)
    once = path._replace(periapsis=path.periapsis[:1])
    assert len(precession(once, 3)) == 0
    assert mean_turn(once, 3) is None


@pytest.mark.parametrize(
    ("error", "digits"),
    [(0.0, "0.3000000000"), (4e-4, "0.300"), (6e-4, "0.30"), (0.04, "0.3"), (0.06, None)],
)
def test_only_what_holds_is_printed(error: float, digits: str | None) -> None:
    assert Turn(0.3, error, 2).digits == digits
