"""The state of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Int, Integer, PRNGKeyArray, Shaped

from nnuniverse.errors import RunError
from nnuniverse.nets import net_of
from nnuniverse.networks.active_inputs import TrainedInputs
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.training.early_stopping import NEVER, Waiting
from nnuniverse.training.neurons import Neurons


class TrainState(NamedTuple):
    """Everything that the next epoch depends on; every array has a leading replica axis.

    ``parameters`` without the silent inputs, whose weights are ``silent_weights``;
    ``optimiser``: the state of optax; ``shuffle_key``: raw key data, from which epoch e takes its
    own by folding in e, so that no generator state needs to be carried; ``diverged_epoch``: the
    first epoch after which weights or loss were not finite, or `NEVER`; ``waiting``: where
    replicas may stop early; ``neurons``: where they come and go, else all are active;
    ``batch_place``: which of its sizes the mini-batches of the last epoch had, where a rule
    chooses it.
    """

    parameters: Trainable
    silent_weights: jax.Array
    optimiser: optax.OptState
    shuffle_key: jax.Array
    diverged_epoch: jax.Array
    waiting: Waiting | None = None
    neurons: Neurons | None = None
    batch_place: jax.Array | None = None

    @property
    def running(self) -> Bool[Array, "*replica"]:
        """Whether a replica has neither diverged nor stopped."""
        running = self.diverged_epoch == NEVER
        return running if self.waiting is None else running & (self.waiting.stopped_epoch == NEVER)


def replica_keys(seed: int | Integer[Array, ""]) -> tuple[PRNGKeyArray, PRNGKeyArray]:
    """Return the keys of a replica: of its initial weights, and of the order of the samples.

    ``seed``: of the replica.
    """
    # Named, since the default generator is a global setting of JAX's.
    weights_key, shuffle_key = jax.random.split(jax.random.key(seed, impl="threefry2x32"))
    return weights_key, shuffle_key


def drawn_parameters(
    seed: Integer[Array, ""],
    architecture: Architecture,
    initialiser: str,
    gain: float,
    *numbers: int,
) -> Trainable:
    """Return the initial weights and biases of one replica; they depend on ``seed`` alone.

    And on ``numbers``, which are folded into its key: of weights that are drawn besides.

    ``architecture``: the neurons and what connects them; ``initialiser``: one of `INITIALISERS`;
    ``gain``: what the weights of the initialiser are multiplied by.
    """
    key = replica_keys(seed)[0]
    for number in numbers:
        key = jax.random.fold_in(key, number)
    return net_of(architecture).initialise(key, initialiser, gain)


def initial_state(
    seed: Integer[Array, ""],
    parameters: Trainable,
    inputs: TrainedInputs[Trainable],
    optimiser: optax.GradientTransformation,
    may_stop: bool = False,
    neurons: Neurons | None = None,
    has_batching: bool = False,
) -> TrainState:
    """Return the state of one replica, that of ``seed``, before its first epoch.

    ``may_stop``: whether it may stop early; ``neurons``: where they come and go;
    ``has_batching``: whether a rule chooses the size of mini-batches.

    ``parameters``: weights and biases of the net; ``inputs``: which inputs take part in training;
    ``optimiser``: the optax transformation of the run.
    """
    _, shuffle_key = replica_keys(seed)
    narrow, silent_weights = inputs.split(parameters)
    return TrainState(
        parameters=narrow,
        silent_weights=silent_weights,
        optimiser=optimiser.init(narrow),
        shuffle_key=jax.random.key_data(shuffle_key),
        diverged_epoch=jnp.int32(NEVER),
        waiting=Waiting.begin() if may_stop else None,
        neurons=neurons,
        batch_place=jnp.int32(0) if has_batching else None,
    )


def keep_finite(
    before: TrainState, after: TrainState, losses: Sequence[Float[Array, ""]], epoch: Int[Array, ""]
) -> TrainState:
    """Return ``after``, or ``before`` if the replica has diverged, noting the epoch when it did.

    One that has stopped stays as it was, too.  Diverged means that one of the ``losses`` or a
    weight is not finite.
    """
    finite = jnp.bool_(True)
    for array in [*losses, *jax.tree.leaves(after.parameters)]:
        finite &= jnp.isfinite(array).all()
    running = before.running
    kept: TrainState = jax.tree.map(
        lambda new, old: jnp.where(running & finite, new, old), after, before
    )
    first_failure = jnp.where(running & ~finite, epoch, before.diverged_epoch)
    return kept._replace(diverged_epoch=first_failure)


State = TypeVar("State")
"""Of training, or of an ensemble: a tree of arrays."""


def state_arrays(state: object) -> dict[str, Shaped[np.ndarray, " ..."]]:
    """Return every array of ``state`` on the host, by its path in it."""
    leaves = jax.tree_util.tree_flatten_with_path(state)[0]
    return {jax.tree_util.keystr(path): np.asarray(leaf) for path, leaf in leaves}


def restore_state(like: State, arrays: Mapping[str, Shaped[np.ndarray, " ..."]]) -> State:
    """Undo `state_arrays` for a state of the same structure, shapes and types as ``like``.

    Raises RunError if ``arrays`` does not have them.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(like)
    restored = []
    for path, leaf in leaves:
        name = jax.tree_util.keystr(path)
        array = arrays.get(name)
        if array is None or array.shape != leaf.shape or array.dtype != leaf.dtype:
            found = "is missing" if array is None else f"is {array.dtype}{array.shape}"
            raise RunError(
                f"{name} of the checkpoint", f"be {leaf.dtype}{leaf.shape}", found, "a new run"
            )
        restored.append(array)
    state: State = jax.tree_util.tree_unflatten(structure, restored)
    return state
