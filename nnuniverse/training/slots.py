"""What an optimiser keeps of every weight: the parts of its state that are nets themselves."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax

from nnuniverse.networks.propagation import Parameters


def map_slots(
    change: Callable[..., Parameters], like: Parameters, *states: optax.OptState
) -> optax.OptState:
    """Return the first of ``states`` with ``change`` of every part that is shaped as a net.

    ``change``: of that part of each of the ``states``, which have one structure; ``like``: the net
    that the optimiser takes steps of.  What is not shaped as that, such as a count of steps, stays.
    """
    shape = _shape(like)

    def is_slot(part: object) -> bool:
        return _shape(part) == shape

    def changed(part: object, *others: object) -> object:
        return change(part, *others) if is_slot(part) else part

    return jax.tree.map(changed, *states, is_leaf=is_slot)


def _shape(tree: object) -> tuple[object, list[tuple[int, ...]]]:
    """Return the structure of ``tree``, and the shapes of its arrays."""
    leaves, structure = jax.tree.flatten(tree)
    return structure, [jnp.shape(leaf) for leaf in leaves]
