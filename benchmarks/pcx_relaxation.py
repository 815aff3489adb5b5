"""States relaxed by pcx: a script for its own environment, which has none of ours.

``python pcx_relaxation.py PROBLEM SETTINGS``: the npz file and the JSON of `benchmarks.bulk`.  It
says ``ready`` once compiled; for every line it reads it relaxes once and prints JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pcx.functional as pxf
import pcx.nn as pxnn
import pcx.predictive_coding as pxc
import pcx.utils as pxu

STATES = pxu.M(pxc.VodeParam | pxc.VodeParam.Cache).to((None, 0))
FREE_STATES = pxu.M_hasnot(pxc.VodeParam, frozen=True)


class Net(pxc.EnergyModule):
    """The hidden and output neurons as vodes of squared error, the outputs clamped.

    ``first``: f(y_2), the fixed point of the first hidden layer, which does not change.
    """

    def __init__(self, layers: list[tuple[np.ndarray, np.ndarray]]) -> None:
        super().__init__()
        self.layers = []
        for weights, bias in layers:
            linear = pxnn.Linear(*reversed(weights.shape))
            linear.nn.weight.set(jnp.asarray(weights))
            linear.nn.bias.set(jnp.asarray(bias))
            self.layers.append(linear)
        self.vodes = [pxc.Vode() for _ in range(len(layers) + 1)]
        self.vodes[-1].h.frozen = True

    def __call__(self, first: jax.Array, target: jax.Array | None = None) -> None:
        """Set the fixed points of one sample, and its ``target`` where given."""
        state = self.vodes[0](first)
        for layer, vode in zip(self.layers, self.vodes[1:], strict=True):
            state = vode(jnp.tanh(layer(state)))
        if target is not None:
            self.vodes[-1].set("h", target)


@pxf.vmap(STATES, in_axes=(0, 0), out_axes=None)
def initialise(first: jax.Array, target: jax.Array, *, net: Net) -> None:
    """Start from the forward pass, the outputs clamped."""
    net(first, target)


@pxf.vmap(STATES, in_axes=(0,), out_axes=None, axis_name="samples")
def energy(first: jax.Array, *, net: Net) -> jax.Array:
    """Return H, the sum over samples."""
    net(first)
    return jax.lax.psum(net.energy(), "samples")


def within(low: float, high: float) -> optax.GradientTransformation:
    """Cut updates where the states would leave the range."""
    return optax.stateless(
        lambda updates, states: jax.tree.map(
            lambda u, x: jnp.clip(x + u, low, high) - x, updates, states
        )
    )


def build(problem: dict[str, np.ndarray], settings: dict) -> Callable[[], dict[str, float]]:
    """Return what relaxes from the forward pass until H is ``goal``, and says how far it came."""
    dtype = np.dtype(settings["dtype"])
    cast = {name: array.astype(dtype) for name, array in problem.items()}
    count = sum(name.startswith("weights_") for name in cast)
    net = Net([(cast[f"weights_{l}"], cast[f"bias_{l}"]) for l in range(count)])
    first, target = jnp.asarray(cast["first"]), jnp.asarray(cast["targets"])
    goal, most, every = settings["goal"], settings["most"], settings["every"]

    with pxu.step(net, (pxc.STATUS.INIT, None), clear_params=pxc.VodeParam.Cache):
        initialise(first, target, net=net)
    chain = optax.chain(
        optax.sgd(settings["rate"], momentum=settings["momentum"], nesterov=True),
        within(*settings["range"]),
    )
    optimiser = pxu.Optim(lambda: chain, FREE_STATES(net))
    start = [vode.h.get() for vode in net.vodes], optimiser.state.get()

    def improve(net: Net, optimiser: pxu.Optim) -> jax.Array:
        with pxu.step(net, clear_params=pxc.VodeParam.Cache):
            differentiate = pxf.value_and_grad(FREE_STATES.to([False, True]))
            loss, gradient = differentiate(energy)(first, net=net)
        optimiser.step(net, gradient["net"])
        return loss

    def some(steps: jax.Array, loss: jax.Array, *, net: Net, optimiser: pxu.Optim) -> tuple:
        for _ in range(every):
            loss = improve(net, optimiser)
        return steps + every, loss

    def unfinished(steps: jax.Array, loss: jax.Array, **_: object) -> jax.Array:
        return (loss > goal) & (steps < most)

    @pxf.jit()
    def relax(*, net: Net, optimiser: pxu.Optim) -> tuple:
        loop = pxf.while_loop(some, unfinished)
        return loop(jnp.int32(0), jnp.asarray(np.inf, dtype), net=net, optimiser=optimiser)

    def once() -> dict[str, float]:
        states, optimiser_state = start
        for vode, state in zip(net.vodes, states, strict=True):
            vode.h.set(state)
        optimiser.state.set(optimiser_state)
        steps, loss = relax(net=net, optimiser=optimiser)
        return {"steps": int(steps), "loss": float(loss)}

    return once


def main() -> None:
    """Relax once to compile, then once per line read."""
    settings = json.loads(sys.argv[2])
    jax.config.update("jax_enable_x64", settings["dtype"] == "float64")
    with np.load(sys.argv[1]) as problem:
        once = build(dict(problem), settings)
    once()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(json.dumps(once()), flush=True)


if __name__ == "__main__":
    main()
