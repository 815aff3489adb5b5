"""Ensembles whose mechanics is known, of one coordinate q.

All start about ``displaced`` with the spread ``width``, both in units of ``sigma``, the standard
deviation of the state at rest: (D / k)^(1/2) of diffusion, (hbar / 2 m w)^(1/2) of the ground state
of a trap, which is the same for D = hbar / 2 m and k = w.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import expm

from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble, StochasticDescent

NODES, WEIGHTS = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True)
class Setting:
    """What all synthetic ensembles have in common.

    ``replicas``: M; ``seed``; ``record_step``: t, steps of the records, (record,); ``rate``: k, or
    the frequency w, per step; ``diffusion``: D, or hbar / 2 m, q^2 per step; ``displaced`` and
    ``width``: mean and spread at the start, in sigma.
    """

    replicas: int
    seed: int
    record_step: np.ndarray
    rate: float = 0.01
    diffusion: float = 0.01
    displaced: float = 5.0
    width: float = 0.1

    @property
    def sigma(self) -> float:
        """Standard deviation at rest, q."""
        return float(np.sqrt(self.diffusion / self.rate))

    def start(self, generator: np.random.Generator) -> Float[np.ndarray, " replica"]:
        """Draw positions at the start, (replica,).

        ``generator``: where they are drawn from.
        """
        return self.sigma * (self.displaced + self.width * generator.normal(size=self.replicas))


def window(
    relaxations: float = 4.0, relaxation: float = 100.0, records: int = 25
) -> Int[np.ndarray, " {records}"]:
    """Return the steps of ``records`` times, evenly over some relaxation times of some steps.

    ``relaxations``: how many relaxation times.
    """
    return np.rint(np.linspace(0.0, relaxations * relaxation, records)).astype(np.int64)


def ornstein_uhlenbeck(setting: Setting) -> ReplicaEnsemble:
    """Return replicas of dq = -k q dt + (2 D)^(1/2) dW, exact at every step: Fokker-Planck.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    decay = np.exp(-setting.rate)
    kick = setting.sigma * np.sqrt(1.0 - decay**2)

    def step(position: np.ndarray, _: int) -> np.ndarray:
        return decay * position + kick * generator.normal(size=setting.replicas)

    return _followed(setting, setting.start(generator), step)


def kramers(setting: Setting, friction: float = 0.02) -> ReplicaEnsemble:
    """Return replicas of q'' = -g q' - g k q + g (2 D)^(1/2) dW/dt from rest, exact at every step.

    ``friction``: g per step; below 4 k it oscillates.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    stiffness = friction * setting.rate
    motion = expm(np.array([[0.0, 1.0], [-stiffness, -friction]]))
    at_rest = np.diag([setting.sigma**2, setting.sigma**2 * stiffness])
    kick = np.linalg.cholesky(at_rest - motion @ at_rest @ motion.T)

    def step(state: np.ndarray, _: int) -> np.ndarray:
        return motion @ state + kick @ generator.normal(size=(2, setting.replicas))

    start = setting.start(generator)
    return _followed(setting, np.stack([start, np.zeros_like(start)]), step)


def bridge(setting: Setting, period: int = 60) -> ReplicaEnsemble:
    """Return replicas of q' = exp(-k) q + xi whose xi sum to 0 over each epoch: shuffled batches.

    ``Cov(xi_s, xi_t) = 2 D (delta_st - 1/P) P / (P - 1)``; ``period``: P, steps of an epoch.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    decay = np.exp(-setting.rate)
    size = np.sqrt(2.0 * setting.diffusion * period / (period - 1.0))
    epoch = np.empty((period, setting.replicas))

    def step(position: np.ndarray, taken: int) -> np.ndarray:
        if taken % period == 0:
            epoch[:] = generator.normal(size=epoch.shape)
            epoch[:] = size * (epoch - epoch.mean(axis=0))
        return decay * position + epoch[taken % period]

    descent = StochasticDescent("sgd", setting.rate, batch=1, period=period, sampling="shuffled")
    return _followed(setting, setting.start(generator), step, descent)


def bohm(setting: Setting) -> ReplicaEnsemble:
    """Return Bohm's trajectories of a Gaussian packet in a trap: dq/dt is the current's velocity.

    Every replica stays as many widths off the mean as it starts.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    off = generator.normal(size=setting.replicas)
    return _of_shapes(setting, lambda time: _packet(setting, time), off)


def nelson(setting: Setting) -> ReplicaEnsemble:
    """Return Nelson's trajectories of a Gaussian packet in a trap: with noise of D = hbar / 2 m.

    The drift is the current's velocity and D d(log p)/dq; in z = (q - mean) / width that is
    ``dz = -(D / width^2) z dt + (2 D)^(1/2) / width dW``, exact at every step.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)

    def step(off: np.ndarray, taken: int) -> np.ndarray:
        times = taken + (NODES + 1.0) / 2.0
        turned = np.sum(WEIGHTS / 2.0 * setting.diffusion / _packet(setting, times)[1] ** 2)
        kick = np.sqrt(-np.expm1(-2.0 * turned))
        return np.exp(-turned) * off + kick * generator.normal(size=setting.replicas)

    off = _followed(setting, generator.normal(size=setting.replicas), step)
    times = setting.record_step[:, None] + np.arange(2)
    mean, width = _packet(setting, times)
    return _ensemble(mean + width * off.positions[..., 0], setting)


def independent_draws(setting: Setting) -> ReplicaEnsemble:
    """Return draws from |psi|^2 of a Gaussian packet in a trap, new ones at each record.

    They have no trajectories, hence no pairs of steps.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    mean, width = _packet(setting, setting.record_step)
    off = generator.normal(size=(setting.replicas, len(mean)))
    return _ensemble((mean + width * off)[..., None], setting)


def deterministic_flow(
    setting: Setting, *, stable: bool = True, breathing: float = 0.3, noise: float = 0.0
) -> ReplicaEnsemble:
    """Return replicas of q'' = -w2 q, velocities in proportion to q - mean: Hamilton-Jacobi.

    ``stable``: whether w2 = k^2, else -k^2, towards the top of the hill with velocity -k q;
    ``breathing``: d(log width)/dt at the start, in units of k; ``noise``: of the measurement, in
    units of the width at the start.

    ``setting``: the constants of the process.
    """
    generator = np.random.default_rng(setting.seed)
    off = generator.normal(size=setting.replicas)
    flow = _flow(setting, stable, breathing)
    exact = _of_shapes(setting, flow, off)
    blur = noise * setting.width * setting.sigma * generator.normal(size=exact.positions.shape)
    return _ensemble(exact.positions[..., 0] + blur[..., 0], setting)


Shapes = Callable[
    [Float[np.ndarray, " times"]], tuple[Float[np.ndarray, " times"], Float[np.ndarray, " times"]]
]
"""Mean and width at times."""


def _packet(setting: Setting, time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and width of a packet that starts at rest, hbar / m = 2 D."""
    cosine, sine = np.cos(setting.rate * time), np.sin(setting.rate * time)
    spread = np.sqrt((setting.width * cosine) ** 2 + (sine / setting.width) ** 2)
    return setting.sigma * setting.displaced * cosine, setting.sigma * spread


def _flow(setting: Setting, stable: bool, breathing: float) -> Shapes:
    def shapes(time: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        phase = setting.rate * time
        cosine, sine = (np.cos, np.sin) if stable else (np.cosh, np.sinh)
        mean = cosine(phase) - (0.0 if stable else sine(phase))
        width = setting.width * (cosine(phase) + breathing * sine(phase))
        return setting.sigma * setting.displaced * mean, setting.sigma * width

    return shapes


def _of_shapes(setting: Setting, shapes: Shapes, off: np.ndarray) -> ReplicaEnsemble:
    """Return replicas that stay ``off`` the mean, in widths, (replica,)."""
    mean, width = shapes(setting.record_step[:, None] + np.arange(2))
    return _ensemble(mean + width * off[:, None, None], setting)


def _followed(
    setting: Setting,
    state: np.ndarray,
    step: Callable[[np.ndarray, int], np.ndarray],
    descent: StochasticDescent | None = None,
) -> ReplicaEnsemble:
    """Return what ``step``, given a state and the steps taken, makes of it: q is its first row."""
    stored = []
    records = set(setting.record_step.tolist())
    for taken in range(int(setting.record_step[-1]) + 1):
        after = step(state, taken)
        if taken in records:
            stored.append(np.stack([np.atleast_2d(state)[0], np.atleast_2d(after)[0]], axis=1))
        state = after
    return _ensemble(np.stack(stored, axis=1), setting, descent)


def _ensemble(
    positions: np.ndarray, setting: Setting, descent: StochasticDescent | None = None
) -> ReplicaEnsemble:
    return ReplicaEnsemble(positions[..., None], setting.record_step, ("q",), descent)
