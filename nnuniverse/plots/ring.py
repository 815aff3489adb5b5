"""``ring``: a particle on a ring, as a wave and as a fluid; the objection of Wallstrom."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh

from nnuniverse.physics.mechanics.solvers.lattice import spacing
from nnuniverse.physics.mechanics.solvers.madelung_fluid import evolve_fluid
from nnuniverse.physics.mechanics.solvers.nodes import nodes
from nnuniverse.physics.mechanics.solvers.twisted_ring import TwistedRing, winding_number
from nnuniverse.plots.canvas import new_figure
from nnuniverse.plots.drawing import Drawing, Plot, PlotSettings, Table
from nnuniverse.plots.house_style import DOUBLE
from nnuniverse.runs import RunRecord

CIRCULATIONS = (1.0, 0.5)
"""Those of which the density is drawn, in units of 2 pi hbar/m; the second belongs to no wave."""

FINE, COARSE = 128, 64
"""Points of the wave, and of the fluid, every second of them."""

TIMES = np.linspace(0.0, 2.0 * np.pi, 49)
"""Units are those in which hbar, m and the radius are 1: a whole circulation goes round once."""

AMPLITUDES = {0: 1.0, 1: 1.2, -1: 0.6}
"""A wave with a node at ``cos(t/2)^2 = 0.72``."""

WINDINGS = (0.0, 0.3, 0.5)
"""Of which the circulation is drawn over time."""

LATEST = 4.0 * np.pi
"""The period of the wave of `AMPLITUDES`."""

FLUXES = np.linspace(0.0, 2.0, 81)

LEVELS = 5


class Densities(NamedTuple):
    """p of the cut wave, (times, fine), of the fluid, (times, coarse), and how far it is from it.

    ``apart``: the integral of |p - p'| at the last time, of two densities of integral 1.
    """

    wave: np.ndarray
    fluid: np.ndarray
    apart: float


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw p(t, q) of wave and fluid at two circulations, windings over time, levels over flux.

    ``runs``: the runs, in the order in which they are drawn; ``settings``: what `nnu plot` was
    asked for.
    """
    figure, grid = new_figure(2, 3, size=(DOUBLE, 4.2))
    table = Table("kind", "circulation", "time", "q", "density", "turns", "flux", "level", "energy")
    found = [densities(circulation) for circulation in CIRCULATIONS]
    largest = 1.3 * max(one.fluid.max() for one in found)
    for row, circulation, one in zip(grid, CIRCULATIONS, found, strict=True):
        turns = "1/2" if circulation == 0.5 else f"{circulation:g}"
        for axes, kind, density in zip(row, ("wave", "fluid"), one[:2], strict=False):
            image = _draw_density(axes, density, largest)
            _add_density(table, kind, circulation, density)
        row[0].set_title(f"Schrödinger, circulation {turns}")
        row[1].set_title(f"Madelung, {_distance(one.apart)} apart")
        row[0].set_ylabel("place on the ring, q")
    columns = grid[:, :2]
    figure.colorbar(image, ax=columns, label="density p", aspect=50, pad=0.01, extend="max")
    for axes in grid[1, :2]:
        axes.set_xlabel("time")
    _draw_windings(grid[0, 2], table)
    _draw_levels(grid[1, 2], table)
    return Drawing(
        figure,
        table.columns,
        "Density on a ring over time, of the Schroedinger equation for a wave that is taken for "
        "single-valued and of the Madelung equations, which agree at a whole circulation "
        f"({found[0].apart:.1g} apart) and not at a half ({found[1].apart:.2f}); the circulation "
        "of waves that pass through nodes, which changes there, by whole numbers; and the levels "
        "of a free ring over its flux, those of a whole flux being those of none.",
    )


@cache  # what is drawn again, or on other paper, is solved once
def densities(circulation: float) -> Densities:
    """Return p over `TIMES` of ``log p = cos q`` that goes round with a ``circulation``."""
    ring = TwistedRing(_circle(FINE), circulation)
    free = np.zeros(FINE)
    start = np.exp(0.5 * np.cos(ring.grid)).astype(complex)
    start /= np.sqrt((np.abs(start) ** 2).sum() * spacing(ring.grid))
    single_valued = TwistedRing(ring.grid)
    cut = single_valued.evolve(ring.cut_open(start), free, TIMES, LATEST)
    every = FINE // COARSE
    fluid = evolve_fluid(
        np.abs(start[::every]) ** 2,
        ring.velocity(start)[::every],
        ring.grid[::every],
        free[::every],
        1.0,
        TIMES,
        LATEST,
    )
    wave, flow = np.abs(cut) ** 2, np.exp(fluid.log_density)
    gap = np.abs(wave[-1, ::every] - flow[-1]).sum() * spacing(ring.grid[::every])
    return Densities(wave, flow, float(gap))


def _circle(points: int) -> np.ndarray:
    return 2.0 * np.pi * np.arange(points) / points


def _distance(apart: float) -> str:
    return f"{apart:.2f}" if apart > 1e-3 else f"{apart:.0e}".replace("e-0", "e-")


def _draw_density(axes: Axes, density: np.ndarray, largest: float) -> QuadMesh:
    q = _circle(density.shape[1])
    image = axes.pcolormesh(
        TIMES, q, density.T, shading="nearest", cmap="Blues", vmin=0, vmax=largest, rasterized=True
    )
    axes.grid(visible=False)
    axes.set_yticks([0.0, np.pi, 2.0 * np.pi], ["0", "π", "2π"])
    axes.set_ylim(0.0, 2.0 * np.pi)
    axes.set_xlim(TIMES[0], TIMES[-1])
    return image


def _add_density(table: Table, kind: str, circulation: float, density: np.ndarray) -> None:
    """Add p at every time."""
    q = _circle(density.shape[1])
    for time, values in zip(TIMES, density, strict=True):
        table.add(kind=kind, circulation=circulation, time=time, q=q, density=values)


def _draw_windings(axes: Axes, table: Table) -> None:
    """Draw winding number and flux of a wave with nodes, and a line at every node."""
    times = np.linspace(0.0, LATEST, 401)
    for k, twist in enumerate(WINDINGS):
        ring = TwistedRing(_circle(FINE), twist)
        waves = ring.free_wave(AMPLITUDES, times)
        turns = twist + np.array([winding_number(wave) for wave in waves])
        axes.step(times, turns, where="post", color=f"C{k}", label=f"w = {twist:g}")
        table.add(kind="circulation", circulation=twist, time=times, turns=turns)
    passed = nodes(lambda time: ring.free_wave(AMPLITUDES, np.array([time]))[0], times)
    for node in passed:
        axes.axvline(node.time, color="0.3", linewidth=0.6, linestyle=":")
    table.add(kind="node", time=np.array([node.time for node in passed]))
    axes.plot([], [], ":", color="0.3", linewidth=0.6, label="node")
    axes.set_ylim(-0.1, 2.6)
    axes.set_xlabel("time")
    axes.set_ylabel("circulation, quanta")
    axes.set_title("changes at nodes, by wholes")
    axes.legend(ncols=2, loc="upper center")


def _draw_levels(axes: Axes, table: Table) -> None:
    """Draw the lowest levels over the flux, those of a whole flux marked."""
    energies = np.array([TwistedRing(_circle(FINE), flux).energies(LEVELS) for flux in FLUXES])
    whole = FLUXES.round() == FLUXES
    for level in range(LEVELS):
        axes.plot(FLUXES, energies[:, level], color="C0")
        axes.plot(FLUXES[whole], energies[whole, level], "o", color="C1")
        table.add(kind="level", flux=FLUXES, level=level, energy=energies[:, level])
    axes.plot([], [], "o", color="C1", label="allowed by (3.12)")
    axes.set_xlabel("flux, quanta")
    axes.set_ylabel("energy")
    axes.set_ylim(-0.1, 3.9)
    axes.set_title("levels of a free ring")
    axes.legend(loc="upper center")


PLOT = Plot(
    "ring",
    "A particle on a ring, as a wave and as a fluid",
    (),
    draw,
    uses=(),
    runless=True,
    symbol="p(t, q)",
    equation="of the Schroedinger equation for a wave that is taken for single-valued, and of "
    "the Madelung equations, at a circulation of 1 and 1/2; circulations through nodes; "
    "(n + w)^2 / 2 over the flux w",
    source="2012.05082 (3.2)-(3.13), (4.13)",
)
