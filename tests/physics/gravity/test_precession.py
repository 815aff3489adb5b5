"""What an orbit turns by between periapses, where that is known."""

from __future__ import annotations

import numpy as np
from made_path import TURN, made_path

from nnuniverse.physics.gravity.precession import periapsis_angles, precession


def test_the_turn_of_a_known_orbit() -> None:
    path = made_path().path
    np.testing.assert_allclose(periapsis_angles(path, 1, 3), np.arange(4) * TURN, atol=1e-6)
    np.testing.assert_allclose(precession(path, 1, 3), TURN - 2.0 * np.pi, atol=1e-5)


def test_who_comes_by_once_has_no_turn() -> None:
    path = made_path().path
    once = path._replace(
        **{name: getattr(path, name)[150:350] for name in ("parameter", "position", "velocity")}
    )
    assert len(periapsis_angles(once, 1, 3)) == 1
    assert len(precession(once, 1, 3)) == 0
    away = path._replace(
        **{name: getattr(path, name)[5:50] for name in ("parameter", "position", "velocity")}
    )
    assert len(periapsis_angles(away, 1, 3)) == 0


def test_the_error_falls_with_the_points() -> None:
    path = made_path().path
    few = path._replace(
        **{name: getattr(path, name)[::13] for name in ("parameter", "position", "velocity")}
    )
    assert np.abs(precession(few, 1, 3) - (TURN - 2.0 * np.pi)).max() < 0.01
