"""The bulk loss on a general graph."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from nnuniverse.losses.bulk.coordinates import Fan
from nnuniverse.losses.bulk.corners import Corners, corner_correction
from nnuniverse.losses.bulk.descent import EXACT, BulkMinimum, Effort, Place
from nnuniverse.losses.bulk.layered import NO_OBJECTIVE, minimise_each, slopes_and_bends
from nnuniverse.losses.bulk.newton import conjugate_gradients
from nnuniverse.losses.bulk.potential import LocalObjective, Potential
from nnuniverse.losses.bulk.training import MAX_ITERATIONS
from nnuniverse.networks.activation import Activation, Kink
from nnuniverse.networks.edges import Edges
from nnuniverse.networks.graph import Graph, GraphParameters
from nnuniverse.networks.graph_state import GraphState, graph_state
from nnuniverse.precision import in_float64

MAX_PRODUCTS = 200
LEAST_CURVATURE = 1e-6
"""When conjugate gradients end, in place of the limits for layered nets: here the second derivative
is about G, whose eigenvalues spread, and not the identity.  Chosen empirically on random graphs."""

_Vectors = list[jax.Array]


@in_float64
def graph_bulk_minimum(
    parameters: GraphParameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    local: LocalObjective = NO_OBJECTIVE,
) -> BulkMinimum:
    """Return the bulk loss of each sample on a graph.

    ``H = min 1/2 sum_i (x_i - f((w x)_i + b_i))^2 + V(x)``, i over the free neurons, over the
    states x of the hidden ones, with ``inputs``, shape (samples, n_1), clamped and the outputs at
    ``targets``, (samples, n_L); without targets the outputs are free too, and count as hidden.  The
    minimum's ``states`` are one array (samples, n), neurons ascending.  The descent starts from the
    fixed point of the graph and never rises; where the iteration does not settle, from its end,
    or from x = 0 if the range of the activation has no end.  From a fixed point H <= boundary
    loss + V(start) if no edge leaves an output; if one does, the targets disturb other neurons,
    and H may be larger.  The rest as for `bulk_minimum`, which it equals on
    the graph of a layered net.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,); ``local``: V, the local objective.

    Source: 2004.09280 (3.1), (3.3), (3.4) (A4).
    """
    net: GraphParameters = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), parameters)
    inputs = jnp.asarray(inputs, jnp.float64)
    state = graph_state(net, inputs, activation)
    return graph_bulk_minimum_from(state, net, activation, inputs, targets, local)


@in_float64
def graph_bulk_minimum_from(
    state: GraphState,
    parameters: GraphParameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    local: LocalObjective = NO_OBJECTIVE,
    effort: Effort = EXACT,
) -> BulkMinimum:
    """Return what `graph_bulk_minimum` does, from the ``state`` of each sample.

    ``parameters``: the weights of the edges, (edges,), and the biases of the free neurons,
    (n_free,); ``activation``: f with its derivative and range; ``inputs``: x_1 of the samples,
    (samples, n_1); ``targets``: of the outputs, (samples, n_L); None leaves them free; ``local``:
    V, the local objective; ``effort``: how far the descent goes.
    """
    net: GraphParameters = jax.tree.map(lambda a: jnp.asarray(a, jnp.float64), parameters)
    inputs = jnp.asarray(inputs, jnp.float64)
    targets = None if targets is None else jnp.asarray(targets, jnp.float64)
    start = _start(state, activation)
    return _minimise(start, net, activation, inputs, targets, local, effort)


def trained_graph_bulk_loss(
    parameters: GraphParameters,
    activation: Activation,
    inputs: Float[Array, "*samples n_1"],
    targets: Float[Array, "*samples n_L"] | None,
    local: LocalObjective,
    tolerance: float,
) -> Float[Array, "*samples"]:
    """Return the bulk loss of each sample on a graph, differentiable in the parameters.

    ``dH/dw_ij = -sum e_i f'_i x_j`` at the minimiser; the rest as for `trained_bulk_loss` and
    `graph_bulk_minimum`.

    ``activation``: f with its derivative and range; ``inputs``: x_1 of the samples, (samples, n_1);
    ``targets``: of the outputs, (samples, n_L); None leaves them free; ``local``: V, the local
    objective; ``tolerance``: the share of H in the forward pass that may be left above its minimum.
    """
    constant = jax.lax.stop_gradient
    fixed: GraphParameters = constant(parameters)
    start = _start(graph_state(fixed, inputs, activation), activation)
    effort = Effort(tolerance, MAX_ITERATIONS, len(inputs))
    minimum = _minimise(start, fixed, activation, inputs, targets, local, effort)
    (hidden,) = constant(minimum.states)
    wiring = _Wiring.of(parameters.graph, targets)
    arguments = wiring.hidden_edges.product(wiring.hidden_edges.operand(parameters.weights), hidden)
    arguments = arguments + _drive(parameters, inputs, targets)
    states = wiring.join(hidden, targets)
    errors = states - activation.function(arguments)
    potential = local.acting_on_hidden(parameters.graph, inputs, targets)
    loss = 0.5 * jnp.sum(errors**2, axis=-1) + potential.value([hidden])
    if minimum.multipliers is None:
        return loss
    multipliers = constant(minimum.multipliers)
    return loss + corner_correction(activation, states, arguments, multipliers, wiring.clamped)


def _start(state: GraphState, activation: Activation) -> jax.Array:
    """Return the states of the free neurons to begin with, (samples, n_free)."""
    if np.isfinite(activation.range).all():
        return state.states
    # An iteration that did not settle may have run away: then from where it began.
    return jnp.where((state.periods == 1)[:, None], state.states, 0.0)


def _minimise(
    start: jax.Array,
    parameters: GraphParameters,
    activation: Activation,
    inputs: jax.Array,
    targets: jax.Array | None,
    local: LocalObjective,
    effort: Effort,
) -> BulkMinimum:
    wiring = _Wiring.of(parameters.graph, targets)
    operand = wiring.hidden_edges.operand(parameters.weights)
    potential = local.acting_on_hidden(parameters.graph, inputs, targets)

    outgoing = _Outgoing.of(wiring, parameters.weights)

    def landscape(sample: _GraphSample) -> _Landscape:
        here = potential._replace(field=sample.field)
        return _Landscape(wiring, operand, outgoing, activation, here, sample)

    fixed = _GraphSample(_drive(parameters, inputs, targets), targets, potential.field)
    states = [start[:, wiring.hidden]]
    losses = jax.vmap(lambda sample, x: landscape(sample).at(x).loss)(fixed, states)
    return minimise_each(landscape, activation, fixed, states, losses, effort)


def _drive(parameters: GraphParameters, inputs: jax.Array, targets: jax.Array | None) -> jax.Array:
    """Return what clamped neurons and bias add to y, (samples, n_free)."""
    graph, weights = parameters.graph, parameters.weights
    drive = graph.incoming.product(graph.incoming.operand(weights), inputs) + parameters.bias
    if targets is None:
        return drive
    feedback = graph.edges_from(graph.outputs)
    return drive + feedback.product(feedback.operand(weights), targets)


class _Wiring(NamedTuple):
    """How hidden neurons lie among the free ones.

    ``hidden``: where they are; ``hidden_edges``: from them to the free neurons; ``rank``: where
    each free neuron is among the hidden ones followed by the clamped outputs.
    """

    hidden: np.ndarray
    hidden_edges: Edges
    rank: np.ndarray

    @classmethod
    def of(cls, graph: Graph, targets: jax.Array | None) -> _Wiring:
        """Return the wiring with the outputs clamped to ``targets`` or, without, free."""
        hidden = graph.free if targets is None else graph.hidden
        clamped = () if targets is None else graph.outputs
        rank = np.argsort(np.concatenate([hidden, clamped]))
        return cls(np.searchsorted(graph.free, hidden), graph.edges_from(hidden), rank)

    @property
    def clamped(self) -> np.ndarray:
        """Return which of the free neurons are clamped outputs."""
        return self.rank >= len(self.hidden)

    def join(self, hidden: jax.Array, targets: jax.Array | None) -> jax.Array:
        """Return the states of the free neurons."""
        parts = [hidden] if targets is None else [hidden, targets]
        return jnp.concatenate(parts, axis=-1)[..., self.rank]


class _Outgoing(NamedTuple):
    """The edges that leave each hidden neuron, filled up to the largest number d of any.

    ``receivers``: where they lead among the free neurons; ``loops``: which lead back; ``weights``:
    0 where there is none; (n, d) each.  ``squares``: |w|^2 of what each free neuron receives from
    hidden ones.
    """

    receivers: np.ndarray
    loops: np.ndarray
    weights: jax.Array
    squares: jax.Array

    @classmethod
    def of(cls, wiring: _Wiring, weights: jax.Array) -> _Outgoing:
        """Return the edges that leave the hidden neurons, of the graph's ``weights`` (E,)."""
        edges = wiring.hidden_edges
        order = np.argsort(edges.columns, kind="stable")
        numbers = np.bincount(edges.columns, minlength=edges.shape[1])
        firsts = np.cumsum(numbers) - numbers
        slots = np.arange(len(order)) - np.repeat(firsts, numbers)
        at = np.repeat(np.arange(len(numbers)), numbers), slots
        receivers = np.zeros((len(numbers), max(numbers, default=0)), int)
        receivers[at] = edges.rows[order]
        loops = np.zeros(receivers.shape, bool)
        loops[at] = wiring.hidden[at[0]] == edges.rows[order]
        table = jnp.zeros(receivers.shape, weights.dtype)
        table = table.at[at].set(weights[edges.index[order]], unique_indices=True)
        squares = jax.ops.segment_sum(weights[edges.index] ** 2, edges.rows, edges.shape[0])
        return cls(receivers, loops, table, squares)


class _GraphSample(NamedTuple):
    """What is fixed for one sample: what does not depend on hidden states in y, x_L, V's field."""

    drive: jax.Array
    target: jax.Array | None
    field: jax.Array | None


class _Landscape(NamedTuple):
    """H of one sample of a graph; ``operand``: the weights as `Edges` multiplies with them."""

    wiring: _Wiring
    operand: jax.Array
    outgoing: _Outgoing
    activation: Activation
    potential: Potential
    sample: _GraphSample

    @property
    def range(self) -> tuple[float, float]:
        """The closed range of the activation."""
        return self.activation.range

    def at(self, states: _Vectors) -> Place:
        """Return the point at ``states``, before any step."""
        (hidden,) = states
        arguments = self.send(hidden) + self.sample.drive
        joined = self.wiring.join(hidden, self.sample.target)
        errors = joined - self.activation.function(arguments)
        return Place.unmoved(states, [arguments], [errors], self.potential)

    def expand(self, at: Place, slopes: jax.Array | None = None) -> _Expanded:
        """Return H around a point, to second order; ``slopes``: others than f'."""
        (found,), (bends,) = slopes_and_bends(self.activation, at.arguments)
        found = found if slopes is None else slopes
        return _Expanded(self, at.errors[0], found, bends, self.potential.gradient(at.states))

    def fans(self, at: Place) -> list[Fan]:
        """Return what a change of one hidden state does."""
        receivers, loops, weights, _ = self.outgoing
        # A looped neuron's own term is that of a receiver.
        looped = (loops & (weights != 0.0)).any(axis=1)
        own = jnp.where(looped, 0.0, at.errors[0][self.wiring.hidden])
        return [
            Fan(
                own + self.potential.gradient(at.states)[0],
                jnp.where(looped, 0.0, 1.0) + self.potential.curvatures(at.states)[0],
                weights,
                at.arguments[0],
                self.wiring.join(at.states[0], self.sample.target),
                receivers,
                loops,
            )
        ]

    def corners(self, kink: Kink) -> Corners:
        """Return the clamped outputs with a corner."""
        nothing = jnp.zeros(len(self.wiring.hidden), self.operand.dtype)
        targets = self.wiring.join(nothing, self.sample.target)
        return Corners.of(
            self.activation, kink, targets, self.wiring.clamped, self.outgoing.squares
        )

    def senders(self, forces: jax.Array) -> list[jax.Array]:
        """Return ``w^T`` times the forces on the arguments of the free neurons."""
        hidden = jnp.zeros(len(self.wiring.hidden), forces.dtype)
        (received,) = jax.linear_transpose(self.send, hidden)(forces)
        return [jnp.asarray(received)]

    def send(self, hidden: jax.Array) -> jax.Array:
        """Return ``w x`` of the hidden states x, (n_free,)."""
        return self.wiring.hidden_edges.product(self.operand, hidden[None])[0]


class _Expanded(NamedTuple):
    """H around hidden states: e = x - f(y), f'(y), f''(y), (n_free,), and V's gradient."""

    landscape: _Landscape
    errors: jax.Array
    slopes: jax.Array
    bends: jax.Array
    pull: _Vectors

    def gradient(self) -> _Vectors:
        """Return the gradient of H by the hidden states, ``(I - A)^T e + dV/dx``."""
        own = self.errors[self.landscape.wiring.hidden]
        return [own - self._receive(self.slopes * self.errors) + self.pull[0]]

    def step(self, held: _Vectors, moves: _Vectors) -> _Vectors:
        """Return moves d of the hidden states that lower H, expanded to second order.

        ``1/2 |e + (I - A) d|^2 - 1/2 sum_i e_i f''_i (w d)_i^2 + V(x + d)`` over d, A = f'w, with
        d = ``moves`` where ``held``.
        """

        def free(d: jax.Array) -> jax.Array:
            return jnp.where(held[0], 0.0, d)

        base = jnp.where(held[0], moves[0], 0.0)
        right = -free(self.gradient()[0] + self._curve(base))
        (found,) = conjugate_gradients(
            lambda d: [free(self._curve(d[0]))], [right], MAX_PRODUCTS, LEAST_CURVATURE
        )
        return [base + found]

    def _curve(self, d: jax.Array) -> jax.Array:
        """Return the second derivative of H times d, ``(I - A)^T (I - A) - w^T e f'' w + V''``."""
        sample, wiring = self.landscape.sample, self.landscape.wiring
        still = None if sample.target is None else jnp.zeros_like(sample.target)
        drift = self.landscape.send(d)
        change = wiring.join(d, still) - self.slopes * drift
        forces = self.slopes * change + self.errors * self.bends * drift
        potential = self.landscape.potential.product([d])[0]
        return change[wiring.hidden] - self._receive(forces) + potential

    def _receive(self, forces: jax.Array) -> jax.Array:
        """Return ``w^T`` times the forces (n_free,) on the arguments."""
        return self.landscape.senders(forces)[0]
