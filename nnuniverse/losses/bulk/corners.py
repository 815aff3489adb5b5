"""Corners of H: kinks at which it may be least, made smooth without moving its minimum."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from nnuniverse.losses.bulk.descent import Place
from nnuniverse.networks.activation import Activation, Kink

STIFFNESS = 1000.0
"""How stiff a corner is made, in units of 1 / |w|^2 of the weights of its neuron.  Chosen
empirically of 10, 100, 1,000 and 10,000: of 300 digits with targets -1 and 1, nets 784-30-15-10,
the least with which all converged."""


class Corners(NamedTuple):
    """Clamped neurons whose term ``E(y) = 1/2 (t - f(y))^2`` has a convex corner at the kink of f.

    relu has one at y = 0 for t < 0.  H may be least there, where no derivative vanishes and no
    Newton step ends.  So E gives way to ``min_z E(z) + m (y - z) + r/2 (y - z)^2``, which is
    smooth, never above E, and leaves the minimum where it is for the right m.

    ``multipliers``: m; ``stiffness``: r; ``targets``: t; ``convex``: which neurons have such a
    corner, ``concave``: which have one the other way; (n,) each, of the last of the arguments of a
    `Place`.

    Source: doi 10.1287/moor.1.2.97 (the method of multipliers).
    """

    multipliers: jax.Array
    stiffness: jax.Array
    targets: jax.Array
    convex: jax.Array
    concave: jax.Array
    activation: Activation
    kink: Kink

    @classmethod
    def of(
        cls,
        activation: Activation,
        kink: Kink,
        targets: Float[Array, " n"],
        clamped: bool | Bool[np.ndarray, " n"],
        squares: Float[Array, " n"],
    ) -> Corners:
        """Return the corners of the ``clamped`` neurons; ``squares``: |w|^2 of their weights.

        ``activation``: f with its derivative and range; ``kink``: where f is kinked, and by how
        much its slope changes; ``targets``: of the clamped neurons, (n,).
        """
        turn = jnp.where(clamped, turns(activation, kink, targets), 0.0)
        stiffness = STIFFNESS / jnp.where(squares > 0.0, squares, 1.0)
        nothing = jnp.zeros_like(targets)
        return cls(nothing, stiffness, targets, turn > 0.0, turn < 0.0, activation, kink)

    def held_by(self, multipliers: Float[Array, " n"] | None) -> Corners:
        """Return the corners with these multipliers, if any."""
        return self if multipliers is None else self._replace(multipliers=multipliers)

    def touching(self, at: Place) -> Corners:
        """Return the corners with the multipliers dE/dy, for which the terms at ``at`` are E."""
        force = derivative(self.activation, self.targets, at.arguments[-1])
        return self._replace(multipliers=jnp.where(self.convex, force, 0.0))

    def updated(self, at: Place) -> Corners:
        """Return the corners with the multipliers that the minimum ``at`` calls for."""
        force = self._smooth(at.arguments[-1])[1]
        return self._replace(multipliers=jnp.where(self.convex, force, 0.0))

    def soften(self, at: Place) -> Place:
        """Return ``at`` with H as it is without corners.

        A neuron with a corner then has the error of a linear one of the `slopes` and the same
        derivative by y; where the slope vanishes, so does the derivative.
        """
        value, force, curvature = self._smooth(at.arguments[-1])
        curved = curvature > 0.0
        linear = jnp.where(curved, -force / jnp.sqrt(jnp.where(curved, curvature, 1.0)), 0.0)
        error = at.errors[-1]
        gain = jnp.where(self.convex, value - 0.5 * error**2, 0.0)
        errors = [*at.errors[:-1], jnp.where(self.convex, linear, error)]
        return at._replace(errors=errors, loss=at.loss + jnp.sum(gain))

    def slopes(self, at: Place) -> Float[Array, " n"]:
        """Return f', or with a corner the root of the second derivative by y.

        ``at``: where the descent of the sample is.
        """
        y = at.arguments[-1]
        return jnp.where(self.convex, jnp.sqrt(self._smooth(y)[2]), self.activation.slope(y))

    def lack(self, at: Place) -> Float[Array, " n"]:
        """Return what the argument y of the worst silent neuron lacks to be on target, else 0.

        Silent are those with f' = 0 whose target is on the line beyond the kink, as relu's for
        y < 0 < t: H does not feel them.

        ``at``: where the descent of the sample is.
        """
        y = at.arguments[-1]
        function, slope, kink = self.activation.function, self.activation.slope, self.kink
        silent = self.concave & (slope(y) == 0.0)
        errors = jnp.where(silent, jnp.abs(self.targets - function(y)), 0.0)
        worst = (errors > 0.0) & (errors == jnp.max(errors, initial=0.0))
        worst &= jnp.cumsum(worst) == 1  # the first of equals
        beyond = jnp.where(y > kink.at, kink.below, kink.above)
        lift = self.targets - function(jnp.asarray(kink.at, y.dtype))
        goal = kink.at + lift / jnp.where(beyond == 0.0, 1.0, beyond)
        return jnp.where(worst, goal - y, 0.0)

    def _smooth(self, y: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Return the terms of convex corners and their first and second derivatives."""
        kink, rigid = self.kink, self.stiffness
        error = self.targets - self.activation.function(jnp.asarray(kink.at, y.dtype))
        goal = y + self.multipliers / rigid - kink.at
        # Where z is, from the kink, if it is on that side; else z is at the kink.
        below = jnp.minimum((kink.below * error + rigid * goal) / (kink.below**2 + rigid), 0.0)
        above = jnp.maximum((kink.above * error + rigid * goal) / (kink.above**2 + rigid), 0.0)
        slope = jnp.where(below < 0.0, kink.below, kink.above)
        z = below + above
        gap = y - kink.at - z
        value = 0.5 * (error - slope * z) ** 2 + gap * (self.multipliers + 0.5 * rigid * gap)
        share = jnp.where(z == 0.0, 1.0, slope**2 / (slope**2 + rigid))
        return value, self.multipliers + rigid * gap, rigid * share


def derivative(
    activation: Activation,
    targets: Float[Array, "*samples n"],
    arguments: Float[Array, "*samples n"],
) -> Float[Array, "*samples n"]:
    """Return that of ``1/2 (t - f(y))^2`` by y.

    ``activation``: f with its derivative and range; ``targets``: t, (..., n); ``arguments``: y,
    (..., n).
    """
    return -activation.slope(arguments) * (targets - activation.function(arguments))


def turns(
    activation: Activation, kink: Kink, targets: Float[Array, "*samples n"]
) -> Float[Array, "*samples n"]:
    """Return by how much the slope of ``1/2 (t - f(y))^2`` grows at the kink.

    ``activation``: f with its derivative and range; ``targets``: t, (..., n).
    """
    value = activation.function(jnp.asarray(kink.at, targets.dtype))
    return (value - targets) * (kink.above - kink.below)


def corner_correction(
    activation: Activation,
    targets: Float[Array, "samples n"],
    arguments: Float[Array, "samples n"],
    multipliers: Float[Array, "samples n"],
    clamped: bool | Bool[np.ndarray, " n"] = True,
) -> Float[Array, " samples"] | Float[Array, ""]:
    """Return what ``1/2 |t - f(y)|^2`` of each sample lacks to have the derivative of H by y.

    In a convex corner the term has none, but H at its minimum over the states has one, the
    ``multipliers`` m.  The value is 0.  ``targets``: t; ``arguments``: y, (samples, n) each.

    ``activation``: f with its derivative and range; ``clamped``: which neurons are clamped, bool,
    (n,).
    """
    if activation.kink is None:
        return jnp.zeros((), arguments.dtype)
    constant = jax.lax.stop_gradient
    force = derivative(activation, targets, arguments)
    convex = clamped & (turns(activation, activation.kink, targets) > 0.0)
    lacking = constant(jnp.where(convex, multipliers - force, 0.0))
    return jnp.sum(lacking * (arguments - constant(arguments)), axis=-1)
