"""What a run's nets learn on: its losses and steps as functions of the numbers that learning moves.

These are the K weights and biases that take part in training, as one vector q in float64.  Weights
from inputs that are zero in every sample, which nothing moves, are held where they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.networks.active_masks import ActiveMask
from nnuniverse.networks.propagation import Trainable, layers_only
from nnuniverse.physics.mechanics.alignment.free_energy_slopes import (
    FreeEnergySlopes,
    free_energy_slopes,
)
from nnuniverse.physics.mechanics.alignment.second_derivatives import (
    free_energy_hessian,
    gram_matrix,
)
from nnuniverse.physics.mechanics.coordinates.curvature import HessianProduct
from nnuniverse.physics.mechanics.coordinates.sample_sums import SampleFunction
from nnuniverse.physics.mechanics.virial import EigenvalueSlopes, eigenvalue_slopes
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.thermodynamics import Ensemble
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training import Objective, Program, boundary_objective, bulk_objective
from nnuniverse.training.objective import RUNNING_BULK_LOSS
from nnuniverse.training.self_adjusting import steps_of

BULK_DIFFERENCE = 1e-3
"""Distance in q over which gradients of the bulk loss are compared for its curvature: its states
respond, which derivatives by autodiff leave out.  Halved or doubled, it changes the curvatures of a
trained 784-20-10 that relax in 20 to 300 steps by at most 0.2 %."""

BULK_TOLERANCE = 1e-8
"""Of the bulk loss: how far above its minimum, relative.  Its gradient errs by about the root."""

ORDER_SEED = 0
"""Of the order in which an epoch's mini-batches are drawn."""


class NetPlace(NamedTuple):
    """Where a net stands: ``moving``: q, (K,); ``held``: weights that training leaves alone."""

    moving: jax.Array
    held: jax.Array


Slope = Callable[[NetPlace], np.ndarray]
"""The gradient by q of some loss, (K,)."""


@dataclass(frozen=True)
class LossLandscape:
    """The functions of q that belong to the ``program`` of a run.

    ``mask``: the neurons that are active where curvatures of the loss are asked for, None: all.
    """

    program: Program
    mask: ActiveMask | None = None

    @in_float64
    def place(self, parameters: Trainable) -> NetPlace:
        """Return where a net stands, given all its weights and biases.

        ``parameters``: weights and biases of the net.
        """
        exact = jax.tree.map(lambda array: np.array(array, np.float64), parameters)
        moving, held = self.program.inputs.split(exact)
        q: Any = np.concatenate([leaf.ravel() for leaf in jax.tree.leaves(moving)])
        return NetPlace(*as_float64((q, held)))

    @cached_property
    def losses(self) -> SampleFunction:
        """What the run lowers, of each sample: one object, for which products are compiled once."""
        objective = self.program.objective

        def losses(moving: jax.Array, inputs: jax.Array, targets: jax.Array) -> jax.Array:
            net = self._active(self.restore(moving))
            return objective.losses(net, inputs, targets)[objective.lowered]

        return losses

    @property
    def variables(self) -> int:
        """K."""
        return sum(leaf.size for leaf in jax.tree.leaves(self._shapes))

    @cached_property
    def blocks(self) -> list[int]:
        """Where in q a new array of weights or biases begins, without the first."""
        return np.cumsum([leaf.size for leaf in jax.tree.leaves(self._shapes)])[:-1].tolist()

    @cached_property
    def loss_slope(self) -> Slope:
        """The gradient of what the run lowers, over all training samples."""
        return self._slope_of(self.program.objective)

    @cached_property
    def boundary_slope(self) -> Slope:
        """The gradient of the boundary loss, over all training samples."""
        return self._slope_of(boundary_objective(self.program.settings))

    @cached_property
    def bulk_slope(self) -> Slope:
        """The gradient of the bulk loss, over all training samples."""
        return self._slope_of(bulk_objective(self.program.settings, BULK_TOLERANCE))

    @in_float64
    def free_energy_slopes(self, place: NetPlace, ensemble: Ensemble) -> FreeEnergySlopes:
        """Return dF/dq at every beta of the ensemble, in its two parts, (beta, K) each.

        ``place``: q of the net, and the weights that stay.
        """
        betas = jnp.asarray(ensemble.beta)
        parts = self._computed(self._free_energy_slopes, place, self._inputs, betas)
        return FreeEnergySlopes(*jnp.asarray(parts))

    @property
    def difference(self) -> float | None:
        """Distance over which gradients are compared for curvatures, None: by autodiff."""
        is_bulk = self.program.objective.lowered == RUNNING_BULK_LOSS.name
        return BULK_DIFFERENCE if is_bulk else None

    @cached_property
    def inputs(self) -> np.ndarray:
        """The active inputs of all training samples, (samples, active)."""
        return np.asarray(self.program.train.inputs)[:, self.program.inputs.active]

    @property
    def targets(self) -> np.ndarray:
        """Those of all training samples, (samples, n_L)."""
        return np.asarray(self.program.train.targets)

    def hessian(self, place: NetPlace) -> HessianProduct:
        """Return the product with the Hessian of what the run lowers, over all training samples.

        ``place``: q of the net, and the weights that stay.
        """
        at = np.asarray(place.moving)
        return HessianProduct(self.losses, at, self.inputs, self.targets, self.difference)

    @in_float64
    def free_energy_hessian(self, place: NetPlace, ensemble: Ensemble) -> np.ndarray:
        """Return d^2F/dq^2 at every beta of the ensemble, (beta, K, K).

        ``place``: q of the net, and the weights that stay.
        """
        betas = jnp.asarray(ensemble.beta)
        return self._computed(self._free_energy_hessian, place, self._inputs, betas)

    @in_float64
    def eigenvalue_slopes(self, place: NetPlace) -> EigenvalueSlopes:
        """Return the eigenvalues of G, (N,), and their gradients by q, (N, K).

        ``place``: q of the net, and the weights that stay.
        """
        with single_threaded_blas():
            return self._eigenvalue_slopes(place, self._inputs)

    def mean_step_of_batches(self, place: NetPlace) -> np.ndarray:
        """Return the mean of the steps that the run's algorithm takes from q, (K,).

        By every whole mini-batch of an epoch in random order, each from the same q and with an
        optimiser that has no past, in the precision of training.

        ``place``: q of the net, and the weights that stay.
        """
        samples, batch = len(self.program.train.labels), self.program.batch
        order = np.random.default_rng(ORDER_SEED).permutation(samples)
        batches = order[: samples // batch * batch].reshape(-1, batch)
        with jax.enable_x64(self.program.settings.precision == "float64"):
            precision = self.program.settings.precision
            inputs, targets = self._active_inputs, self.program.train.targets
            moving = jnp.asarray(np.asarray(place.moving), precision)
            return self._computed(self._mean_step, moving, inputs, targets, jnp.asarray(batches))

    # --- compiled ------------------------------------------------------------------------------

    def _computed(self, function: Callable[..., jax.Array], *arguments: object) -> np.ndarray:
        with single_threaded_blas():
            return np.asarray(function(*arguments))

    def _slope_of(self, objective: Objective) -> Slope:
        compiled = jax.jit(jax.grad(partial(self._mean, objective)))

        @in_float64
        def slope(place: NetPlace) -> np.ndarray:
            return self._computed(compiled, place.moving, *self._samples)

        return slope

    @cached_property
    def _free_energy_slopes(self) -> Callable[..., jax.Array]:
        def slopes(place: NetPlace, inputs: jax.Array, betas: jax.Array) -> jax.Array:
            whole, settings = self.whole(place.held), self.program.settings
            parts = free_energy_slopes(settings, whole, place.moving, inputs, Ensemble(betas))
            return jnp.stack(parts)

        return jax.jit(slopes)

    @cached_property
    def _free_energy_hessian(self) -> Callable[..., jax.Array]:
        def hessian(place: NetPlace, inputs: jax.Array, betas: jax.Array) -> jax.Array:
            whole, settings = self.whole(place.held), self.program.settings
            return free_energy_hessian(settings, whole, place.moving, inputs, Ensemble(betas))

        return jax.jit(hessian)

    @cached_property
    def _eigenvalue_slopes(self) -> Callable[..., EigenvalueSlopes]:
        def slopes(place: NetPlace, inputs: jax.Array) -> EigenvalueSlopes:
            whole = self.whole(place.held)

            def gram(moving: jax.Array) -> jax.Array:
                return gram_matrix(self.program.settings, whole(moving), inputs)

            return eigenvalue_slopes(gram, place.moving)

        return jax.jit(slopes)

    @cached_property
    def _mean_step(self) -> Callable[..., jax.Array]:
        optimiser = self.program.optimiser(self.program.rate)
        mean = partial(self._mean, self.program.objective)
        slope = jax.grad(mean)

        def mean_step(
            moving: jax.Array, inputs: jax.Array, targets: jax.Array, batches: jax.Array
        ) -> jax.Array:
            def step(batch: jax.Array) -> jax.Array:
                gradient = slope(moving, inputs[batch], targets[batch])
                value = partial(mean, moving, inputs[batch], targets[batch])
                return steps_of(optimiser, gradient, optimiser.init(moving), moving, value)[0]

            return jax.lax.map(step, batches).mean(axis=0)

        return jax.jit(mean_step)

    # --- what is compiled ----------------------------------------------------------------------

    def _mean(
        self, objective: Objective, moving: jax.Array, inputs: jax.Array, targets: jax.Array
    ) -> jax.Array:
        return objective.losses(self.restore(moving), inputs, targets)[objective.lowered].mean()

    def restore(self, moving: jax.Array) -> Trainable:
        """Return the parameters that take part in training, of which q is made.

        ``moving``: q, (K,).
        """
        leaves, structure = jax.tree.flatten(self._shapes)
        parts = jnp.split(moving, self.blocks)
        shaped = [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
        restored: Trainable = jax.tree.unflatten(structure, shaped)
        return restored

    def _active(self, parameters: Trainable) -> Trainable:
        """Return the net without its dormant neurons, whose weights are zero but have a product."""
        turnover = self.program.turnover
        if self.mask is None or turnover is None:
            return parameters
        return turnover.masked(layers_only(parameters), self.mask)

    def whole(self, held: jax.Array) -> Callable[[jax.Array], Trainable]:
        """Return what makes the whole net of q.

        ``held``: the weights that stay.
        """
        return lambda moving: self.program.inputs.join(self.restore(moving), held)

    @cached_property
    def _shapes(self) -> Trainable:
        """The arrays of which q is made, as shapes."""
        state = self.program.state_shape()
        shapes: Trainable = jax.eval_shape(
            lambda arrays: jax.tree.map(lambda array: array[0], arrays), state.parameters
        )
        return shapes

    @property
    def _inputs(self) -> jax.Array:
        return self.program.train.inputs

    @property
    def _active_inputs(self) -> jax.Array:
        return jnp.asarray(self.inputs)

    @cached_property
    @in_float64
    def _samples(self) -> tuple[jax.Array, jax.Array]:
        inputs: Any = self.inputs
        return as_float64((inputs, self.program.train.targets))
