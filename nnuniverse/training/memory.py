"""How many replicas fit into the memory of a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import psutil

from nnuniverse.training.program import Program

SHARE = 0.75
"""Of the memory that is there, how much a plan fills.

Chosen on a CPU, where a program took up to 1.3 times what the compiler says: libraries have
workspaces of their own.
"""

COMPILED_REPLICAS = (2, 4)
"""Two sizes to compile for: a single replica is compiled differently, without a loop or axis."""


class MemoryPlan(NamedTuple):
    """The bytes that a program needs on a device: ``fixed`` + ``per_replica`` times its replicas.

    ``fixed`` holds the samples, which every device has, and the work on one replica where they
    take turns; ``per_replica`` its state twice, before and after a segment, room for its results,
    and the work on it where replicas are batched.
    """

    fixed: int
    per_replica: int

    def needed(self, replicas: int) -> int:
        """Return the bytes for so many replicas on one device."""
        return self.fixed + self.per_replica * replicas

    def replicas_that_fit(self, memory: int) -> int:
        """Return the most replicas on one device that fill `SHARE` of ``memory`` bytes; maybe 0."""
        return max(0, int(SHARE * memory) - self.fixed) // self.per_replica


def plan_memory(program: Program) -> MemoryPlan:
    """Find what ``program`` needs, however many replicas it has, without running it.

    Reads sizes off the program compiled for `COMPILED_REPLICAS` on the first of its devices, which
    takes as long as compiling it twice.
    """
    few, more = COMPILED_REPLICAS
    one_device = replace(program, devices=program.devices[:1])
    smaller, larger = (
        _bytes(replace(one_device, seeds=range(replicas)).compiled) for replicas in (few, more)
    )
    per_replica = -(-(larger - smaller) // (more - few))
    return MemoryPlan(smaller - few * per_replica, per_replica)


def _bytes(compiled: jax.stages.Compiled) -> int:
    sizes: Any = compiled.memory_analysis()  # of a class of the compiler's
    return (
        sizes.argument_size_in_bytes
        + sizes.output_size_in_bytes
        + sizes.temp_size_in_bytes
        + sizes.generated_code_size_in_bytes
        - sizes.alias_size_in_bytes
    )


def available_memory(devices: Sequence[jax.Device]) -> int:
    """Return the bytes that each of ``devices`` has left, the least of them.

    On an accelerator, what JAX may take less what it has taken; on a CPU, an equal part of the
    machine's available memory (limits on a container are not seen).
    """
    statistics = [device.memory_stats() for device in devices]
    if all(statistics):
        return min(found["bytes_limit"] - found["bytes_in_use"] for found in statistics)
    return int(psutil.virtual_memory().available) // len(devices)
