"""States relaxed by optax, the whole loop compiled, until H is within the goal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Problem = Mapping[str, np.ndarray]
"""``first``: f(y_2); ``weights_l``, ``bias_l``: the layers above, from 0; ``targets``."""


def adam(rate: float, decay: float) -> Any:
    """Return Adam whose rate falls by ``decay`` every step."""
    import optax

    return optax.adam(optax.exponential_decay(rate, 1, decay))


def lbfgs() -> Any:
    """Return L-BFGS with its zoom line search, on all samples as one problem."""
    import optax

    return optax.lbfgs()


def relaxation(
    problem: Problem, optimiser: Any, limits: tuple[float, float], goal: float, most: int
) -> Callable[[], tuple[int, float]]:
    """Return what relaxes from the forward pass and returns steps taken and H, in float64.

    H is looked at every step, which costs nothing: it comes with the gradient.  ``limits``: the
    range in which states stay.
    """
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    first, targets = jnp.asarray(problem["first"]), jnp.asarray(problem["targets"])
    count = sum(name.startswith("weights_") for name in problem)
    layers = [(problem[f"weights_{l}"], problem[f"bias_{l}"]) for l in range(count)]

    def above(state: jax.Array, l: int) -> jax.Array:
        return jnp.tanh(state @ layers[l][0].T + layers[l][1])

    def energy(states: list[jax.Array]) -> jax.Array:
        fixed_points = [first, *(above(state, l) for l, state in enumerate(states))]
        pairs = zip([*states, targets], fixed_points, strict=True)
        return 0.5 * sum(jnp.sum((x - f) ** 2) for x, f in pairs)

    start = [first]
    for l in range(count - 1):
        start.append(above(start[-1], l))
    searching = isinstance(optimiser, optax.GradientTransformationExtraArgs)

    def step(carry: tuple) -> tuple:
        states, memory, _, steps = carry
        loss, gradient = jax.value_and_grad(energy)(states)
        extra = {"value": loss, "grad": gradient, "value_fn": energy} if searching else {}
        updates, memory = optimiser.update(gradient, memory, states, **extra)
        moved = optax.apply_updates(states, updates)
        return [jnp.clip(x, *limits) for x in moved], memory, loss, steps + 1

    @jax.jit
    def relax(states: list[jax.Array]) -> tuple:
        begin = (states, optimiser.init(states), jnp.inf, 0)
        carry = jax.lax.while_loop(lambda c: (c[2] > goal) & (c[3] < most), step, begin)
        return carry[3], carry[2]

    def once() -> tuple[int, float]:
        steps, loss = relax(start)
        return int(steps), float(loss)

    return once
