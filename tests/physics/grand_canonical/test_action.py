"""Both forms of the action of a density and a free energy, of fields whose integrals are known."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.grand_canonical.action import Action

HBAR, MASS, STEP = 0.7, 1.3, 0.9
TIMES, PLACES = (2.0 * np.pi * np.arange(count) / count for count in (15, 33))
ACTION = Action(TIMES, PLACES, HBAR, MASS, STEP)


def fields() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``p = (1 + a cos q)^2``, ``F = b sin(q - t)``, ``V = c cos q``, and a, b, c are one."""
    q, t = PLACES, TIMES[:, None]
    return (1.5 + np.cos(q)) ** 2 + 0.0 * t, np.sin(q - t), np.cos(q)


def closed_form() -> float:
    """By hand: over a period ``<sqrt(p)'^2> = 1/2``, ``<p> = 11/4``, ``<p cos q> = 3/2``.

    ``dF/dt = -cos(q - t)`` has no mean over t, and ``<cos^2(q - t)> = 1/2`` at each q.
    """
    spread, kinetic = HBAR**2 / MASS / 4.0, STEP**2 / MASS / 4.0 * 2.75
    return (2.0 * np.pi) ** 2 * (spread + kinetic + 1.5 * 2.0 / 2.0)


def test_both_forms_are_what_they_are_by_hand() -> None:
    assert ACTION.of_fluid(*fields()) == pytest.approx(closed_form(), rel=1e-12)
    assert ACTION.of_phase(*fields()) == pytest.approx(closed_form(), rel=1e-12)


def test_a_constant_shift_of_the_free_energy_changes_nothing() -> None:
    p, F, V = fields()
    assert ACTION.of_phase(p, F + 0.37, V) == pytest.approx(ACTION.of_phase(p, F, V), rel=1e-13)
    wave = 0.37 * np.cos(PLACES - 2.0 * TIMES[:, None])
    assert abs(ACTION.of_phase(p, F + wave, V) - ACTION.of_phase(p, F, V)) > 0.1


def test_a_free_energy_that_rises_where_the_density_is_has_less_action() -> None:
    """``<(2 + cos x) cos x> = 1/2`` and ``<(2 + cos x) cos^2 x> = 1`` over x = q - t."""
    x = PLACES - TIMES[:, None]
    p, V = 2.0 + np.cos(x), np.zeros(len(PLACES))
    still = ACTION.of_fluid(p, 0.0 * x, V)
    expected = (2.0 * np.pi) ** 2 * (-0.5 * STEP + 0.5 * STEP**2 / MASS)
    assert ACTION.of_fluid(p, np.sin(x), V) - still == pytest.approx(expected, rel=1e-12)
