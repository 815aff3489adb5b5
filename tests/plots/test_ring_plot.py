"""The ring: its densities, circulations and levels are those of closed forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnuniverse.plots import Drawing

Usual = Callable[..., Drawing]


def density(q: np.ndarray, time: float, circulation: float) -> np.ndarray:
    """That of log p = cos q that goes round, from its Fourier series."""
    n = np.arange(-30, 31)
    fine = 2.0 * np.pi * np.arange(256) / 256
    c = np.exp(0.5 * np.cos(fine)) @ np.exp(-1j * np.outer(fine, n)) / 256
    c /= np.sqrt(2.0 * np.pi * (np.abs(c) ** 2).sum())
    phases = np.exp(-0.5j * n**2 * time)
    return np.asarray(np.abs(np.exp(1j * np.outer(q - circulation * time, n)) @ (c * phases)) ** 2)


def test_fluid_is_exact_and_wave_only_at_a_whole_circulation(usual: Usual, rows: Any) -> None:
    table = usual("ring").table
    for circulation in (1.0, 0.5):
        wave = rows(table, kind="wave", circulation=circulation)
        fluid = rows(table, kind="fluid", circulation=circulation)
        last = np.unique(fluid["time"])[-1]
        assert last == pytest.approx(2.0 * np.pi)
        for time in np.unique(fluid["time"])[::8]:
            at = fluid["time"] == time
            expected = density(fluid["q"][at].astype(float), time, circulation)
            np.testing.assert_allclose(fluid["density"][at], expected, atol=1e-8)
        at = wave["time"] == last
        expected = density(wave["q"][at].astype(float), last, circulation)
        gap = np.abs(wave["density"][at] - expected).mean() * 2.0 * np.pi
        assert gap < 1e-12 if circulation == 1.0 else gap > 0.5


def test_circulations_change_at_the_nodes(usual: Usual, rows: Any, drawn: Any) -> None:
    drawing = usual("ring")
    nodes = rows(drawing.table, kind="node")["time"].astype(float)
    first = 2.0 * np.arccos(np.sqrt(0.72))
    expected = [first, 2.0 * np.pi - first, 2.0 * np.pi + first, 4.0 * np.pi - first]
    np.testing.assert_allclose(nodes, expected, atol=1e-3)
    for twist in (0.0, 0.3, 0.5):
        found = rows(drawing.table, kind="circulation", circulation=twist)
        passed = np.searchsorted(nodes, found["time"].astype(float))
        np.testing.assert_allclose(found["turns"].astype(float), twist + 1 - passed % 2)
        axes = drawing.figure.axes[2]
        np.testing.assert_array_equal(drawn.line(axes, f"w = {twist:g}")[:, 1], found["turns"])


def test_levels_of_whole_fluxes_are_those_of_none(usual: Usual, rows: Any) -> None:
    for level, energy in enumerate((0.0, 0.5, 0.5, 2.0, 2.0)):
        found = rows(usual("ring").table, kind="level", level=level)
        flux, energies = found["flux"].astype(float), found["energy"].astype(float)
        np.testing.assert_allclose(energies[flux == flux.round()], energy, atol=1e-12)
    lowest = rows(usual("ring").table, kind="level", level=0)
    flux = lowest["flux"].astype(float)
    np.testing.assert_allclose(lowest["energy"].astype(float), 0.5 * (flux - flux.round()) ** 2)


def test_titles_tell_how_far_wave_and_fluid_are_apart(usual: Usual) -> None:
    drawing = usual("ring")
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes]
    assert titles[0] == "Schrödinger, circulation 1"
    assert "e" in titles[1]
    assert float(titles[4].removeprefix("Madelung, ").removesuffix(" apart")) > 0.5
    assert "agree at a whole circulation" in drawing.description
