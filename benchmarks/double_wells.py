"""How often the grid form of the verdict is right, on synthetic ensembles in double wells.

``python -m benchmarks.double_wells [TRUTH ...] --trials 10 --replicas 256`` prints a row for each
truth: verdicts, A over its true value, coverage of its interval, processor time.  ``--draw FILE``
draws one ensemble of each of the papers' mechanics with the density that was fitted to it.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnuniverse.errors import CheckError
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.solvers.stationary_states import stationary_states
from nnuniverse.physics.mechanics.verdict.grid_judge import fit_three, judge_on_grid
from nnuniverse.physics.mechanics.verdict.grid_models import Stage
from nnuniverse.physics.mechanics.verdict.grid_sample import grid_sample
from nnuniverse.physics.mechanics.verdict.judgement import Model

STEPS, RECORDS = 2000, 21
MEAN, WIDTH, VELOCITY = -0.4, 0.25, 0.9
DIFFUSION, HBAR, FRICTION = 0.4, 0.8, 0.1


def slope(q: np.ndarray) -> np.ndarray:
    """Return the derivative of ``(q^2 - 1)^2``."""
    return 4.0 * q * (q**2 - 1.0)


def diffusing(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Diffusion, dq = -U' dt + (2 D)^(1/2) dW, in U = (q^2 - 1)^2 for a time 2."""
    dt = 2.0 / STEPS

    def step(q: np.ndarray) -> np.ndarray:
        return q - dt * slope(q) + np.sqrt(2.0 * DIFFUSION * dt) * random.normal(size=q.shape)

    return _followed(_start(replicas, random), step)


def moving(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Diffusion in a well whose bottom moves at constant speed: no potential of the fits."""
    dt, taken = 2.0 / STEPS, iter(range(STEPS + 1))

    def step(q: np.ndarray) -> np.ndarray:
        kick = np.sqrt(2.0 * DIFFUSION * dt) * random.normal(size=q.shape)
        return q - 4.0 * dt * (q - next(taken) * dt) + kick

    return _followed(_start(replicas, random), step)


def wave_paths(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Return Bohm's trajectories in V = (q^2 - 1)^2 with m = 1: quantiles of |psi|^2."""
    return _quantiles(np.repeat(random.uniform(size=(replicas, 1)), RECORDS, axis=1))


def wave_draws(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Independent draws from the same |psi|^2 at every record."""
    return _quantiles(random.uniform(size=(replicas, RECORDS)))


def flow(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Particles of one velocity in W = (q^2 - 1)^2, without noise."""
    return _kramers(_start(replicas, random), VELOCITY, 0.0, 2.0, random)


def weakly_damped(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """Kramers in W = (q^2 - 1)^2 with a friction of 0.1 and a temperature of 0.4, for a time 4."""
    return _kramers(_start(replicas, random), VELOCITY, FRICTION, 4.0, random)


def damped(replicas: int, random: np.random.Generator) -> ReplicaEnsemble:
    """The same with a friction of 1."""
    return _kramers(_start(replicas, random), 0.0, 1.0, 4.0, random)


class Truth(NamedTuple):
    """``make``: an ensemble; ``right``: verdict; ``signed``: A, q^4/step^2; ``given``: D if any."""

    make: Callable[[int, np.random.Generator], ReplicaEnsemble]
    right: str
    signed: float
    given: float | None = None


TRUTHS = {
    "diffusing": Truth(diffusing, "fokker_planck", -4.0 * (DIFFUSION * 2.0 / STEPS) ** 2),
    "wave_paths": Truth(wave_paths, "schroedinger", (HBAR * 2.0 / STEPS) ** 2),
    "wave_draws": Truth(wave_draws, "schroedinger", (HBAR * 2.0 / STEPS) ** 2),
    "flow": Truth(flow, "hamilton_jacobi", 0.0, DIFFUSION * 2.0 / STEPS),
    "weakly_damped": Truth(weakly_damped, "kramers", np.nan),
    "damped": Truth(damped, "kramers", np.nan),
    "moving": Truth(moving, "fokker_planck", -4.0 * (DIFFUSION * 2.0 / STEPS) ** 2),
}


DRAWN: tuple[tuple[str, str, Model], ...] = (
    ("Fokker-Planck", "diffusing", "fokker_planck"),
    ("Schroedinger", "wave_draws", "schroedinger"),
    ("Hamilton-Jacobi", "flow", "hamilton_jacobi"),
)


def main() -> None:
    """Judge every truth chosen, several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("truths", nargs="*", metavar="TRUTH", help=" ".join(TRUTHS))
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--replicas", type=int, default=256)
    parser.add_argument("--draw", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.draw:
        draw(options.draw, options.replicas)
        return
    print("| truth | verdicts | A over the true one | covered | CPU s |")
    print("| --- | --- | --- | --- | --- |")
    for name in options.truths or TRUTHS:
        print(_row(name, options.trials, options.replicas), flush=True)


def draw(path: Path, replicas: int) -> None:
    """Draw p(t, q) as fitted by the right mechanics, and the replicas that it was fitted to."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 3, figsize=(9.0, 3.2), sharey=True, layout="constrained")
    for axis, (title, name, model) in zip(axes, DRAWN, strict=True):
        ensemble = TRUTHS[name].make(replicas, np.random.default_rng(0))
        q, t = ensemble.at_records[..., 0], ensemble.record_step
        sample = grid_sample(q, t)
        found = fit_three(sample)[model]
        finely = Stage(sample.places, np.linspace(0.0, 1.0, 201))
        places = sample.origin + sample.length * sample.places
        density = found.model.densities(found.theta, finely).T / sample.length
        highest = float(np.quantile(density, 0.99))
        image = axis.pcolormesh(
            STEPS * finely.times, places, density, vmax=highest, cmap="viridis", rasterized=True
        )
        axis.plot(t, q[:80].T, ".", color="white", markersize=1.5, alpha=0.7)
        axis.set(title=title, xlabel="step", ylim=(-2.2, 2.2))
        figure.colorbar(image, ax=axis, label="p(t, q)" if axis is axes[-1] else None)
    axes[0].set_ylabel("q")
    figure.savefig(path, dpi=150)


def _row(name: str, trials: int, replicas: int) -> str:
    truth, verdicts, ratios, covered = TRUTHS[name], Counter[str](), [], 0
    begun = time.process_time()
    for seed in range(trials):
        ensemble = truth.make(replicas, np.random.default_rng(seed))
        try:
            found = judge_on_grid(ensemble, 0, seed=seed, diffusion=truth.given)
        except CheckError:
            verdicts["failed fit"] += 1
            continue
        verdicts[found.winner] += 1
        ratios.append(float(found.signed.value) / truth.signed if truth.signed else np.nan)
        covered += bool(found.signed.low <= truth.signed <= found.signed.high)
    each = (time.process_time() - begun) / trials
    named = ", ".join(f"{count} {winner}" for winner, count in verdicts.most_common())
    mean, spread = np.mean(ratios), np.std(ratios, ddof=1)
    return f"| {name} | {named} | {mean:.2f} ({spread:.2f}) | {covered} | {each:.1f} |"


def _start(replicas: int, random: np.random.Generator) -> np.ndarray:
    return MEAN + WIDTH * random.normal(size=replicas)


def _followed(q: np.ndarray, step: Callable[[np.ndarray], np.ndarray]) -> ReplicaEnsemble:
    every, stored = STEPS // (RECORDS - 1), []
    for taken in range(STEPS + 1):
        later = step(q)
        if taken % every == 0:
            stored.append(np.stack([q, later], axis=1))
        q = later
    return _ensemble(np.stack(stored, axis=1))


def _kramers(
    q: np.ndarray, velocity: float, friction: float, duration: float, random: np.random.Generator
) -> ReplicaEnsemble:
    every, dt, v, stored = STEPS // (RECORDS - 1), duration / STEPS, np.full_like(q, velocity), []
    for taken in range(STEPS + 1):
        if taken % every == 0:
            stored.append(q[:, None])
        kick = np.sqrt(2.0 * DIFFUSION * friction * dt) * random.normal(size=q.shape)
        v = v - dt * (slope(q) + friction * v) + kick
        q = q + dt * v
    return _ensemble(np.stack(stored, axis=1))


def _quantiles(shares: np.ndarray) -> ReplicaEnsemble:
    """Return the quantiles of |psi|^2 at the records that ``shares`` of it lie below."""
    grid = 6.0 * (2.0 * np.arange(512) - 511.0) / 512
    wave = np.exp(-0.25 * ((grid - MEAN) / WIDTH) ** 2 + 1j * VELOCITY * grid / HBAR)
    states = stationary_states(grid, np.minimum((grid**2 - 1.0) ** 2, 200.0), hbar=HBAR)
    densities = np.abs(states.later(wave, np.linspace(0.0, 2.0, RECORDS))) ** 2
    below = (np.cumsum(densities, axis=1) - 0.5 * densities) / densities.sum(axis=1, keepdims=True)
    places = [np.interp(share, row, grid) for share, row in zip(shares.T, below, strict=True)]
    return _ensemble(np.stack(places, axis=1)[..., None])


def _ensemble(positions: np.ndarray) -> ReplicaEnsemble:
    return ReplicaEnsemble(
        positions[..., None], np.arange(0, STEPS + 1, STEPS // (RECORDS - 1)), ("q",)
    )


if __name__ == "__main__":
    main()
