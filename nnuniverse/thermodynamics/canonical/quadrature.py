"""The ensemble of a few neurons, exactly: Gauss-Legendre quadrature over all their states."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import Activation
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import FLAT, Window
from nnuniverse.thermodynamics.canonical.canonical_state import CanonicalState
from nnuniverse.thermodynamics.canonical.kink_cuts import Cuts, kink_cuts
from nnuniverse.thermodynamics.canonical.system import System, dense_weights, loss
from nnuniverse.thermodynamics.canonical.unbounded import Range

MOST_NEURONS = 4

MOST_POINTS = 2**26
"""Bounds the time: half a minute."""

FIRST_NODES = 16
MOST_NODES = {1: 512, 2: 512, 3: 512, MOST_NEURONS: 64}
"""Per neuron and piece, by the number of neurons."""

SETTLED = 1e-10
"""A change of log Z, and of U relative to 1 + |U|, at which taking more nodes ends."""

GROWTH = 1.5
"""Of the nodes: a change that less of them makes would not tell how far off the numbers are, and
twice as many are eight times as many points of three neurons."""

AT_ONCE = 2**14
"""States whose loss is computed at once: chosen empirically."""

COARSEST = 2
"""Nodes per piece with which the pieces are counted that no cut has left empty."""

NARROWEST = 1e-200
"""Pieces of (0, 1) that are left out: where states have no end, they lie beyond all weight."""

SCALINGS = 6
"""Times that the reach of the states is found anew, from that of the nodes before."""

Nodes = tuple[Float[np.ndarray, "_ _"], Float[np.ndarray, " _"]]
"""States, (points, neurons), and their weights, (points,)."""

Rule = tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]
"""Nodes and weights of a quadrature on [-1, 1]."""


@in_float64
def integrate_states(
    system: System, activation: Activation, betas: Sequence[float], window: Window = FLAT
) -> list[CanonicalState]:
    """Return the canonical ensemble at every beta by quadrature over all states.

    ``Z = int d^n x exp(-beta H)``, 2004.09280 (5.1), (5.7).  The range of every neuron is cut where
    the integrand is not smooth, see `kink_cuts`.  The nodes per neuron and piece grow by `GROWTH`
    until nothing changes by more than `SETTLED`, or up to `MOST_NODES` or `MOST_POINTS`; the errors
    are the last change, and may be larger than `SETTLED` then: see `has_settled`.  Unbounded ranges
    are mapped to bounded ones.  A ``window`` multiplies the integrand: `integrate_windowed`.
    Raises ConfigError for more than `MOST_NEURONS` free neurons.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``betas``: inverse temperatures, > 0, ascending.
    """
    if system.neurons > MOST_NEURONS:
        raise ConfigError(
            "the net",
            f"have at most {MOST_NEURONS} free neurons for quadrature",
            f"has {system.neurons}",
            "--method hmc",
        )
    cuts = kink_cuts(system, activation)
    if math.isfinite(activation.range[0]) and math.isinf(activation.range[1]):
        # Where states have no end, nodes lie as far out as the temperature spreads them.
        scaled = [(beta, _scaled(system, activation, beta, cuts, window)) for beta in betas]
        return [
            state
            for beta, axes in scaled
            for state in _refined(system, activation, [beta], axes, window)
        ]
    axes = _axes(cuts, activation, np.ones(system.neurons))
    return _refined(system, activation, betas, axes, window)


def integrate_windowed(
    system: System, activation: Activation, betas: Sequence[float], window: Window
) -> list[CanonicalState]:
    """Return the ensemble with a smooth ``window`` in place of the range, at every beta, exactly.

    ``Z = int d^n x h^n exp(-beta H(x) - s x^T x/2)`` over all real states, with the stiffness s and
    height h of the window: 2004.09280 (5.8), of which (5.9) is the Gaussian form.  U = <H> without
    the window.  Missing where the integral has no end: ``s + beta (1 - m) <= 0`` with states that f
    bounds.  Errors as for `integrate_states`, which raises the same.

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``betas``: inverse temperatures, > 0, ascending.
    """
    unbounded = replace(activation, range=(-math.inf, math.inf))
    bounded = all(map(math.isfinite, activation.range))
    finite = [
        beta for beta in betas if not bounded or window.stiffness + beta * (1.0 - system.mass) > 0.0
    ]
    found = {s.beta: s for s in integrate_states(system, unbounded, finite, window)}
    nowhere = np.full(system.neurons, math.nan)
    missing = CanonicalState(math.nan, math.nan, math.nan, math.nan, nowhere)
    return [found.get(beta, replace(missing, beta=beta)) for beta in betas]


def _refined(
    system: System,
    activation: Activation,
    betas: Sequence[float],
    axes: Sequence[BoundAxis],
    window: Window,
) -> list[CanonicalState]:
    """Return the ensembles with more and more nodes per piece, until they have settled."""
    coarse = sum(len(weights) for _, weights in _nodes(axes, COARSEST))
    panels = coarse / COARSEST**system.neurons
    fitting = math.floor((MOST_POINTS / panels) ** (1.0 / system.neurons))
    first, *finer = _grids(min(MOST_NODES[system.neurons], fitting))
    current = _summed(system, activation, betas, axes, first, window)
    for nodes in finer:
        previous, current = current, _summed(system, activation, betas, axes, nodes, window)
        states = [_with_errors(*pair) for pair in zip(current, previous, strict=True)]
        if all(map(has_settled, states)):
            break
    return states


def _grids(most: int) -> list[int]:
    """Return nodes per piece, growing by `GROWTH` from about `FIRST_NODES` to ``most``."""
    steps = max(1, math.floor(math.log(most / FIRST_NODES, GROWTH)))
    return [round(most / GROWTH**step) for step in range(steps, -1, -1)]


def has_settled(state: CanonicalState) -> bool:
    """Return whether an integrated state is as accurate as `SETTLED` asks."""
    return state.log_partition_error <= SETTLED and state.mean_loss_error <= SETTLED * (
        1.0 + abs(state.mean_loss)
    )


def _with_errors(fine: _Sums, coarse: _Sums) -> CanonicalState:
    """Return the ensemble on the finer of two grids, and how much it differs from the other."""
    state, before = fine.state(), coarse.state()
    return replace(
        state,
        mean_loss_error=abs(state.mean_loss - before.mean_loss),
        log_partition_error=abs(state.log_partition - before.log_partition),
        entropy_error=abs(state.entropy - before.entropy),
    )


def _summed(
    system: System,
    activation: Activation,
    betas: Sequence[float],
    axes: Sequence[BoundAxis],
    nodes: int,
    window: Window,
) -> list[_Sums]:
    """Return the sums over a grid with so many ``nodes`` in every piece."""
    sums = [_Sums(beta, system.neurons) for beta in betas]
    neurons = np.argsort([axis.cuts.neuron for axis in axes])
    between = dense_weights(system)
    for states, weights in _in_batches(_nodes(axes, nodes)):
        states = states[:, neurons]
        losses = np.asarray(_losses(system, between, activation, states))
        log_weights = np.log(weights, out=np.full_like(weights, -np.inf), where=weights > 0.0)
        log_weights += system.neurons * window.log_height
        if window.stiffness:
            log_weights -= 0.5 * window.stiffness * np.einsum("pn,pn->p", states, states)
        for total in sums:
            total.add(states, losses, log_weights)
    return sums


class _Sums:
    """Sums over the states, scaled by the largest weight met, of ``exp(-beta H)`` at one beta."""

    def __init__(self, beta: float, neurons: int) -> None:
        self.beta = beta
        self.zero = 0.0
        self.top = -math.inf
        self.moments = np.zeros(3)
        """Of H less ``zero``, its value at the largest weight, near which they are exact."""
        self.states = np.zeros((2, neurons))
        """Of the states and their squares."""

    def add(self, states: np.ndarray, losses: np.ndarray, log_weights: np.ndarray) -> None:
        """Add the states of a batch."""
        exponent = log_weights - self.beta * losses
        heaviest = int(exponent.argmax())
        if exponent[heaviest] > self.top:
            self._rescale(float(exponent[heaviest]), float(losses[heaviest]))
        weights = np.exp(exponent - self.top)
        self.moments += (losses - self.zero)[None, :] ** np.arange(3)[:, None] @ weights
        self.states += np.stack([weights @ states, weights @ states**2])

    def _rescale(self, top: float, zero: float) -> None:
        """Count the sums so far in units of a larger weight, and H from another ``zero``."""
        scale, shift = math.exp(self.top - top), self.zero - zero
        shifted = np.array([[1.0, 0.0, 0.0], [shift, 1.0, 0.0], [shift**2, 2.0 * shift, 1.0]])
        self.moments = scale * (shifted @ self.moments)
        self.states *= scale
        self.top, self.zero = top, zero

    def state(self) -> CanonicalState:
        """Return what follows from the sums."""
        z, first, second = self.moments
        mean = float(first / z)
        return CanonicalState(
            self.beta,
            self.zero + mean,
            math.nan,
            float(second / z) - mean**2,
            self.states[0] / z,
            self.top + math.log(z),
            mean_square=float(self.states[1].sum() / z),
        )

    def reach(self) -> np.ndarray:
        """Return three standard deviations beyond the mean of every neuron, (n,)."""
        mean, square = self.states / self.moments[0]
        return mean + 3.0 * np.sqrt(np.maximum(square - mean**2, 0.0))


# --- nodes -------------------------------------------------------------------------------------


class BoundAxis(NamedTuple):
    """The range of a neuron, where it is cut, and the ``scale`` of nodes on a half-infinite one."""

    cuts: Cuts
    bounds: Range
    scale: float

    def to_state(
        self, v: Float[np.ndarray, "*points"]
    ) -> tuple[Float[np.ndarray, "*points"], Float[np.ndarray, "*points"]]:
        """Return the states x of points v in (0, 1), and |dx/dv|; infinite states are at v = 0."""
        low, high = self.bounds
        if math.isfinite(high - low):
            return low + (high - low) * v, np.full_like(v, high - low)
        if math.isfinite(low):
            return low - self.scale * np.log(v), self.scale / v
        u = 2.0 * v - 1.0
        return u / (1.0 - u**2), 2.0 * (1.0 + u**2) / (1.0 - u**2) ** 2

    def to_line(self, x: Float[np.ndarray, "*states"]) -> Float[np.ndarray, "*states"]:
        """Undo `to_state`; states beyond the range count as its ends.

        ``x``: states, of any shape.
        """
        low, high = self.bounds
        x = np.clip(x, low, high)
        if math.isfinite(high - low):
            line: np.ndarray = (x - low) / (high - low)
        elif math.isfinite(low):
            line = np.exp(-(x - low) / self.scale)
        else:
            line = 0.5 + x / (1.0 + np.sqrt(1.0 + 4.0 * x**2))
        return line


def _axes(cuts: Sequence[Cuts], activation: Activation, scales: np.ndarray) -> list[BoundAxis]:
    return [BoundAxis(cut, activation.range, float(scales[cut.neuron])) for cut in cuts]


def _scaled(
    system: System, activation: Activation, beta: float, cuts: Sequence[Cuts], window: Window
) -> list[BoundAxis]:
    """Return axes whose scale is the reach of the ensemble at ``beta``, found on coarse grids."""
    axes = _axes(cuts, activation, np.ones(system.neurons))
    for _ in range(SCALINGS):
        (found,) = _summed(system, activation, [beta], axes, FIRST_NODES // 2, window)
        axes = _axes(cuts, activation, found.reach())
    return axes


def _nodes(axes: Sequence[BoundAxis], count: int) -> Iterator[Nodes]:
    """Yield nodes over all states, ``count`` in every piece of every axis."""
    rule = np.polynomial.legendre.leggauss(count)
    return _with_inner((np.zeros((1, 0)), np.ones(1)), axes, rule)


def _with_inner(outer: Nodes, axes: Sequence[BoundAxis], rule: Rule) -> Iterator[Nodes]:
    """Yield the nodes with the states of ``outer`` neurons and of those of ``axes``."""
    states, weights = outer
    if not axes:
        yield outer
        return
    first, *inner = axes
    most = max(1, AT_ONCE // ((len(first.cuts.offsets) + 1) * len(rule[0])))
    for start in range(0, len(states), most):
        some = states[start : start + most], weights[start : start + most]
        yield from _with_inner(_with_next(some, first, rule), inner, rule)


def _with_next(outer: Nodes, axis: BoundAxis, rule: Rule) -> Nodes:
    """Return the nodes with one neuron more, whose range is cut for each state of the ``outer``."""
    states, weights = outer
    places = axis.to_line(axis.cuts.offsets + states @ axis.cuts.slopes.T)
    ends = np.sort(np.pad(places, ((0, 0), (1, 1)), constant_values=(0.0, 1.0)), axis=1)
    state, piece = np.nonzero(np.diff(ends, axis=1) > NARROWEST)
    low, high = ends[state, piece], ends[state, piece + 1]
    points = low[:, None] + (high - low)[:, None] * (1.0 + rule[0]) / 2.0
    x, stretch = axis.to_state(points)
    inner = (weights[state] * (high - low) / 2.0)[:, None] * rule[1] * stretch
    repeated = np.repeat(states[state], len(rule[0]), axis=0)
    return np.column_stack([repeated, x.ravel()]), inner.ravel()


def _in_batches(chunks: Iterator[Nodes]) -> Iterator[Nodes]:
    """Yield the same nodes, `AT_ONCE` at a time; the last states are repeated with no weight."""
    held, count = [], 0
    for chunk in chunks:
        held.append(chunk)
        count += len(chunk[1])
        if count >= AT_ONCE:
            states, weights = map(np.concatenate, zip(*held, strict=True))
            whole = count - count % AT_ONCE
            for start in range(0, whole, AT_ONCE):
                yield states[start : start + AT_ONCE], weights[start : start + AT_ONCE]
            held, count = [(states[whole:], weights[whole:])], count - whole
    if count:
        states, weights = map(np.concatenate, zip(*held, strict=True))
        missing = AT_ONCE - count
        yield np.pad(states, ((0, missing), (0, 0)), mode="edge"), np.pad(weights, (0, missing))


@partial(jax.jit, static_argnames="activation")
def _losses(
    system: System, weights: jax.Array, activation: Activation, states: jax.Array
) -> jax.Array:
    """Return `loss` of many states, (points, n), of a system with these dense ``weights``."""
    of_one = partial(loss, system, activation)
    return jax.vmap(of_one)(states, system.drive + states @ weights.T)
