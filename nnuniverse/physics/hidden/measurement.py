"""What is measured of the hidden variables of one net, and of its controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int, Shaped

from nnuniverse.nets import Net
from nnuniverse.networks.activation import Activations
from nnuniverse.networks.propagation import Trainable
from nnuniverse.physics.hidden.hidden_variables import QUANTILES
from nnuniverse.physics.hidden.linear_step import linear_step_error, with_their_sum
from nnuniverse.physics.hidden.metric import (
    Cone,
    Values,
    drawn,
    drawn_from_others,
    gaussian_like,
    is_fixed,
    nearest_cone,
    stability,
)
from nnuniverse.physics.hidden.null_constraint import pooled_correlation, subsystem_correlation
from nnuniverse.physics.hidden.shuffled_weights import with_shuffled_weights
from nnuniverse.physics.hidden.subsystems import Subsystems
from nnuniverse.physics.hidden.transients import (
    Transient,
    ends_of_samples,
    speeds_of_samples,
    transient,
)

RANDOM_PARTITIONS = 8
SHUFFLES = 4
SURROGATES = 3

SLOWEST = 1e-9
"""Of the first speed: below it rounding is not far."""

FIT_STEPS = (1, 2, 5, 12)
MOST_FIT_NEURONS = 30

Found = dict[str, Shaped[np.ndarray, " ..."]]


@dataclass(frozen=True)
class HiddenMeasurement:
    """Measures nets: see `VARIABLES` of `hidden_variables`.

    ``inputs``: of the samples, (samples, n_1), of which ``subsystems`` says what belongs together;
    ``steps``: T; ``draws``: K of a sample per subsystem; ``seed``: of all that is random, the same
    for every net.
    """

    net: Net[Trainable]
    activation: Activations
    inputs: np.ndarray
    subsystems: Subsystems
    free: np.ndarray
    steps: int
    draws: int
    seed: int

    @property
    def fit_steps(self) -> tuple[int, ...]:
        """The steps whose speeds a metric is fitted to."""
        return tuple(t for t in FIT_STEPS if t < self.steps) or (self.steps - 1,)

    @cached_property
    def fit_places(self) -> Int[np.ndarray, " places"]:
        """Which free neurons a metric is fitted at, by their number among these."""
        count = min(len(self.free), MOST_FIT_NEURONS)
        return np.arange(count) * len(self.free) // count

    def of_net(self, parameters: Trainable, untrained: Trainable) -> Found:
        """Return everything about a net; ``untrained``: before its first epoch.

        ``parameters``: weights and biases of the net.
        """
        random = np.random.default_rng(self.seed)
        groups = [self.subsystems, *self._partitions]
        together = self._transient(parameters, groups)
        own, *others = _apart(together, len(groups))
        shuffled = [with_shuffled_weights(parameters, random) for _ in range(SHUFFLES)]
        nets = [
            [own],
            others,
            [self._transient(one, groups[:1]) for one in shuffled],
            [self._transient(untrained, groups[:1])],
        ]
        moving = _relative_speed(own) >= SLOWEST
        errors = linear_step_error(self.net, parameters, self.activation, own)
        return {
            "mean_state": np.moveaxis(with_their_sum(own.states[:-1]), 0, 1),
            **self._of_speeds(nets),
            "linear_step_error": np.where(moving, errors, np.nan),
            **self._metrics(parameters, moving, random),
            **self._ends(parameters, own),
        }

    def _ends(self, parameters: Trainable, own: Transient) -> Found:
        ends = ends_of_samples(self.net, parameters, self.inputs, self.activation, own.last)
        return {"sample_period": ends.periods, "sample_eigenvalue": ends.eigenvalues}

    @cached_property
    def _partitions(self) -> list[Subsystems]:
        random = np.random.default_rng([self.seed, 1])
        return [self.subsystems.shuffled(random) for _ in range(RANDOM_PARTITIONS)]

    def _transient(self, parameters: Trainable, groups: Sequence[Subsystems]) -> Transient:
        averages = np.concatenate([one.averages for one in groups])
        return transient(self.net, parameters, self.inputs, self.activation, averages, self.steps)

    def _of_speeds(self, nets: Sequence[Sequence[Transient]]) -> Found:
        """Return speeds and correlations of the run, and of the draws of each control."""
        counts = self.subsystems.counts
        speed = [np.array([_seen(_relative_speed(one)) for one in draws]) for draws in nets]
        per_neuron = [np.array([_correlation(one) for one in draws]) for draws in nets]
        pooled = [[_pooled(one, None) for one in draws] for draws in nets]
        corrected = [[_pooled(one, counts) for one in draws] for draws in nets]
        return {
            "speed": speed[0][0],
            "speed_control": np.array([_mean(of) for of in speed[1:]]),
            "subsystem_correlation": per_neuron[0][0],
            "subsystem_correlation_control": np.array([_quantiles(of) for of in per_neuron[1:]]),
            "mean_correlation": np.array([_mean(_mean(of, axis=-1)) for of in per_neuron]),
            "pooled_correlation": np.array([_mean(np.array(of)) for of in pooled]),
            "corrected_correlation": np.array([_mean(np.array(of)) for of in corrected]),
        }

    # --- the metric ---

    def _metrics(
        self, parameters: Trainable, moving: np.ndarray, random: np.random.Generator
    ) -> Found:
        found = _no_metrics(len(self.fit_steps), len(self.fit_places), len(self.subsystems.names))
        speeds = speeds_of_samples(
            self.net, parameters, self.inputs, self.activation, self.fit_steps, self.fit_places
        )
        members = self.subsystems.members()
        for at, (step, of_step) in enumerate(zip(self.fit_steps, speeds, strict=True)):
            for neuron in range(len(self.fit_places) if moving[step] else 0):
                values = [of_step[some, neuron] for some in members]
                if all(of.std() > 0.0 for of in values):
                    self._fit(found, (at, neuron), values, random)
        return found

    def _fit(
        self, found: Found, place: tuple[int, int], values: Values, random: np.random.Generator
    ) -> None:
        """Put what is found of the speeds of samples at a step and neuron into its ``place``."""
        cone = self._put(found, "", place, values, random)
        for number in range(SURROGATES if cone else 0):
            self._put(found, "_gaussian", (*place, number), gaussian_like(values, random), random)
        gaps = found["metric_gap_gaussian"][place]
        if cone and is_fixed(cone.gap, float(found["metric_stability"][place]), gaps):
            found["metric"][place] = cone.form

    def _put(
        self,
        found: Found,
        whose: str,
        place: tuple[int, ...],
        values: Values,
        random: np.random.Generator,
    ) -> Cone | None:
        """Put the form of samples into its ``place`` and return it; ``whose``: ends the names."""
        cone = nearest_cone(drawn(values, self.draws, random))
        if cone is None:
            return None
        found[f"metric_residual{whose}"][place] = cone.residual
        found[f"metric_gap{whose}"][place] = cone.gap
        found[f"metric_signature{whose}"][place] = cone.signature
        if cone.determined:
            agreed = stability(cone, lambda: drawn_from_others(values, self.draws, random))
            found[f"metric_stability{whose}"][place] = agreed
        return cone


def _no_metrics(steps: int, neurons: int, subsystems: int) -> Found:
    shapes = {
        "metric_residual": (),
        "metric_residual_gaussian": (SURROGATES,),
        "metric_gap": (),
        "metric_gap_gaussian": (SURROGATES,),
        "metric_stability": (),
        "metric_stability_gaussian": (SURROGATES,),
        "metric": (subsystems, subsystems),
        "metric_signature": (2,),
        "metric_signature_gaussian": (SURROGATES, 2),
    }
    return {name: np.full((steps, neurons, *more), np.nan) for name, more in shapes.items()}


def _apart(together: Transient, count: int) -> list[Transient]:
    """Return the transients of partitions that were followed together."""
    states, squares = (np.split(of, count, axis=1) for of in together[:2])
    drives = np.split(together.drive, count)
    return [Transient(*of, together.last) for of in zip(states, squares, drives, strict=True)]


def _relative_speed(found: Transient) -> np.ndarray:
    """Return |v(t)|/|v(0)|, (T,); 0 of a net that never moves."""
    speed = np.linalg.norm(found.speeds, axis=(1, 2))
    return speed / speed[0] if speed[0] > 0.0 else speed


def _seen(speed: np.ndarray) -> np.ndarray:
    return np.where(speed >= SLOWEST, speed, np.nan)


def _moving_speeds(found: Transient) -> np.ndarray:
    """Return the speeds, NaN at steps and neurons where next to nothing moves."""
    speeds = found.speeds
    least = SLOWEST * np.linalg.norm(speeds[0]) / np.sqrt(speeds.shape[-1])
    still = (_relative_speed(found) < SLOWEST)[:, None] | (np.linalg.norm(speeds, axis=1) <= least)
    return np.where(still[:, None], np.nan, speeds)


def _correlation(found: Transient) -> np.ndarray:
    return subsystem_correlation(_moving_speeds(found))


def _pooled(found: Transient, counts: np.ndarray | None) -> np.ndarray:
    """Return r over all neurons, (T,), corrected if the ``counts`` of samples are given."""
    noise = 0.0 if counts is None else found.variances(counts) / counts[:, None]
    pooled = pooled_correlation(found.speeds, noise)
    return np.where(_relative_speed(found) >= SLOWEST, pooled, np.nan)


def _mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Return the mean of what is not missing, NaN of nothing."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Return quantiles over draws and neurons of (draws, T, n), (T, quantiles)."""
    rows = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
    present = [row[np.isfinite(row)] for row in rows]
    empty = np.full(len(QUANTILES), np.nan)
    return np.array([np.quantile(row, QUANTILES) if len(row) else empty for row in present])
