"""Which device trains which replicas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.stages import Wrapped
from jaxtyping import Array, Int

AXIS = "replica"
"""Name of the only axis of the mesh."""

EVERYWHERE = PartitionSpec()
"""The same on every device."""

REPLICAS = PartitionSpec(AXIS)
"""Shared out along the first axis."""

ROWS_OF_REPLICAS = PartitionSpec(None, AXIS)
"""Shared out along the second axis."""

T = TypeVar("T")
Replica = TypeVar("Replica")


@dataclass(frozen=True)
class ReplicaSharding:
    """Replicas in equal shares over devices, in order.

    ``replicas``: how many there are; ``devices``: those used, no more than shorten the longest
    share.  Where the shares do not come out even, the last ones are filled up with copies of the
    last replica, which are trained and dropped: they cost no time, since the other devices take as
    long, and a prime number of replicas would otherwise have one device to itself.
    """

    replicas: int
    devices: tuple[jax.Device, ...]

    @classmethod
    def over(cls, replicas: int, available: Sequence[jax.Device]) -> ReplicaSharding:
        """Share ``replicas`` out over those of the ``available`` devices that it takes."""
        share = -(-replicas // len(available))
        return cls(replicas, tuple(available[: -(-replicas // share)]))

    @property
    def share(self) -> int:
        """Replicas per device."""
        return -(-self.replicas // len(self.devices))

    @property
    def copies(self) -> int:
        """Copies of the last replica that fill the shares up."""
        return self.share * len(self.devices) - self.replicas

    def jit(
        self,
        function: Callable[..., T],
        inputs: object,
        outputs: object,
        options: Mapping[str, str | bool | int],
    ) -> Wrapped:
        """Return `jax.jit` of ``function`` with every device applying it to its share.

        ``inputs``, ``outputs``: how each argument and result is shared out, a `PartitionSpec` or a
        tree of them; ``options``: of XLA's compiler.  On one device ``function`` stays as it is.
        """
        placed = jax.tree.map(partial(NamedSharding, self._mesh), inputs)
        if len(self.devices) > 1:
            # Devices exchange nothing, so there is nothing for JAX to check about replication.
            function = jax.shard_map(
                function, mesh=self._mesh, in_specs=inputs, out_specs=outputs, check_vma=False
            )
        return jax.jit(function, in_shardings=placed, compiler_options=dict(options))

    def each(
        self,
        function: Callable[[Replica], T],
        replicas: Replica,
        share: Int[Array, ""] | None = None,
        *,
        batched: bool,
        looped: bool = False,
    ) -> T:
        """Apply ``function`` to every replica of a device, of which there are ``share``.

        All at once where ``batched``, else in turn.  Then a device with one of several replicas has
        a loop as well, with a length that the compiler does not know: without a loop it would put
        together, and so round, other things than where one device has them all.  ``looped``: so
        does the only replica of the only device.
        """
        if batched:
            return jax.vmap(function)(replicas)
        if share is not None and self.share == 1 and (looped or len(self.devices) > 1):
            return _one_in_a_loop(function, replicas, share)
        return jax.lax.map(function, replicas)

    def everywhere(self, tree: Any) -> Any:
        """Return ``tree`` with every array on all devices: Any, as NumPy's become JAX's."""
        return jax.device_put(tree, NamedSharding(self._mesh, EVERYWHERE))

    def spread(self, tree: T) -> T:
        """Return ``tree``, whose arrays have a leading replica axis, filled up and shared out."""
        if self.copies:
            tree = jax.tree.map(self._filled, tree)
        return jax.device_put(tree, NamedSharding(self._mesh, REPLICAS))

    def collected(self, tree: T) -> T:
        """Undo `spread`.

        ``tree``: arrays with a leading replica axis.
        """
        if not self.copies:
            return tree
        return jax.tree.map(lambda array: np.asarray(array)[: self.replicas], tree)

    def filled_shape(self, tree: T) -> T:
        """Return the shapes and types that `spread` makes of those of ``tree``."""
        return _shape_of(self.replicas + self.copies, tree)

    def collected_shape(self, tree: T) -> T:
        """Return the shapes and types that `collected` makes of those of ``tree``."""
        return _shape_of(self.replicas, tree)

    def _filled(self, array: jax.typing.ArrayLike) -> np.ndarray:
        host = np.asarray(array)
        return np.concatenate([host, np.repeat(host[-1:], self.copies, axis=0)])

    @cached_property
    def _mesh(self) -> Mesh:
        return Mesh(np.array(self.devices), (AXIS,))


def _shape_of(replicas: int, tree: T) -> T:
    """Return the shapes and types of ``tree`` with so many replicas."""
    return jax.tree.map(
        lambda leaf: jax.ShapeDtypeStruct((replicas, *leaf.shape[1:]), leaf.dtype), tree
    )


def _one_in_a_loop(function: Callable[[Replica], T], replicas: Replica, share: jax.Array) -> T:
    """Return what `jax.lax.map` does of one replica, whose number is ``share``.

    The compiler is given two, for it leaves out an axis of length one.
    """
    function = jax.jit(function, inline=True)  # traced once for both uses
    two = jax.tree.map(lambda array: jnp.concatenate([array, array]), replicas)

    def turn(number: jax.Array, results: T) -> T:
        replica = jax.tree.map(lambda array: array[number], two)
        return jax.tree.map(
            lambda array, result: array.at[number].set(result), results, function(replica)
        )

    shapes = jax.eval_shape(partial(jax.lax.map, function), two)
    nothing = jax.tree.map(lambda shape: jnp.zeros(shape.shape, shape.dtype), shapes)
    results = jax.lax.fori_loop(0, share, turn, nothing)
    return jax.tree.map(lambda array: array[:1], results)
