"""A segment: consecutive epochs in one call of the device, and the room for what they bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from nnuniverse.counted import counted
from nnuniverse.observables import Observable, Settings
from nnuniverse.training.early_stopping import NEVER
from nnuniverse.training.train_state import TrainState

EPOCHS_PER_SEGMENT = 4096
SNAPSHOTS_PER_SEGMENT = 32
"""Room on the device for the results of one call: epochs and snapshots at the most."""


class Segment(NamedTuple):
    """What a stretch of consecutive epochs produced, on the host.

    ``first`` and ``last``: its epochs, both included; ``first`` is 0 if the untrained net was
    measured.  ``of_epochs``: what is recorded of every epoch by name, (replica, trained epochs,
    ...), float64, first the loss that was lowered.  ``snapshots``: the epochs measured.
    ``observables``: by name, (replica, snapshot, ...).  ``diverged_epoch``: (replica,).  ``state``:
    at the end.  ``stopped_epoch``: (replica,), None where none may stop.
    """

    first: int
    last: int
    of_epochs: dict[str, np.ndarray]
    snapshots: np.ndarray
    observables: dict[str, np.ndarray]
    diverged_epoch: np.ndarray
    state: TrainState
    stopped_epoch: np.ndarray | None = None

    @property
    def missing_from(self) -> Int[np.ndarray, " replica"]:
        """The first epoch that a replica has no values of, `NEVER` if it has all, (replica,)."""
        if self.stopped_epoch is None:
            return self.diverged_epoch
        return np.where(self.stopped_epoch == NEVER, self.diverged_epoch, self.stopped_epoch + 1)

    @property
    def ended(self) -> bool:
        """Whether every replica has diverged or stopped."""
        return bool((self.missing_from != NEVER).all())

    @property
    def running_loss(self) -> Float[np.ndarray, "replica epoch"]:
        """The loss that was lowered, as it was met, (replica, trained epochs), float64."""
        return next(iter(self.of_epochs.values()))

    def __repr__(self) -> str:
        replicas = counted(len(self.diverged_epoch), "replica")
        return (
            f"Segment of epochs {self.first} to {self.last}, {replicas}, "
            f"snapshots at {', '.join(map(str, self.snapshots.tolist())) or 'none'}"
        )


def without_end(segment: Segment) -> Segment:
    """Return a ``segment`` in which every replica has ended up to where the last of them stopped.

    Unless they have diverged, all of them: then as it is.
    """
    if segment.stopped_epoch is None or (segment.stopped_epoch == NEVER).all():
        return segment
    last = int(np.maximum(segment.stopped_epoch, segment.diverged_epoch).max())
    epochs, measured = last - max(segment.first, 1) + 1, segment.snapshots <= last
    return segment._replace(
        last=last,
        of_epochs={name: v[:, :epochs] for name, v in segment.of_epochs.items()},
        snapshots=segment.snapshots[measured],
        observables={name: v[:, measured] for name, v in segment.observables.items()},
    )


def joined(segments: Sequence[Segment]) -> Segment:
    """Return consecutive ``segments`` as one."""
    return Segment(
        first=segments[0].first,
        last=segments[-1].last,
        of_epochs=_along_time([segment.of_epochs for segment in segments]),
        snapshots=np.concatenate([segment.snapshots for segment in segments]),
        observables=_along_time([segment.observables for segment in segments]),
        diverged_epoch=segments[-1].diverged_epoch,
        state=segments[-1].state,
        stopped_epoch=segments[-1].stopped_epoch,
    )


def _along_time(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Return arrays by name, (replica, time, ...), put one after another."""
    return {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}


# --- the limits of a segment -------------------------------------------------------------------


def end_of_room(first: int, last: int, snapshots: Int[np.ndarray, " snapshot"]) -> int:
    """Return the last epoch of ``first`` .. ``last`` that one call of the device has room for.

    ``snapshots``: the epochs to measure at, ascending.
    """
    end = min(last, first + EPOCHS_PER_SEGMENT - 1)
    upcoming = snapshots[snapshots >= first]
    if len(upcoming) > SNAPSHOTS_PER_SEGMENT:
        end = min(end, int(upcoming[SNAPSHOTS_PER_SEGMENT]) - 1)
    return end


def filled_up(
    snapshots: Int[np.ndarray, " snapshot"],
) -> Int[np.ndarray, " filled"]:
    """Return the ``snapshots`` of a segment and, up to `SNAPSHOTS_PER_SEGMENT`, `NEVER`; int32."""
    filled = np.full(SNAPSHOTS_PER_SEGMENT, NEVER, np.int32)
    filled[: len(snapshots)] = snapshots
    return filled


# --- room on the device ------------------------------------------------------------------------


class Buffers(NamedTuple):
    """Room on the device for the results of a segment: row by row, replicas along the second axis.

    ``measured``: how many snapshots are filled in.
    """

    of_epochs: dict[str, jax.Array]
    observables: dict[str, jax.Array]
    measured: jax.Array

    @classmethod
    def empty(
        cls,
        of_epochs: Mapping[str, tuple[int, ...]],
        observables: Sequence[Observable],
        settings: Settings,
        replicas: int,
    ) -> Buffers:
        """Return room for the ``observables`` of ``replicas``, and what is recorded ``of_epochs``.

        The latter: the shape that an epoch of one replica has, by name.

        ``settings``: the architecture, f, and how the net is measured.
        """
        return cls(
            {
                name: jnp.zeros((EPOCHS_PER_SEGMENT, replicas, *shape), jnp.float64)
                for name, shape in of_epochs.items()
            },
            {
                observable.name: jnp.zeros(
                    (SNAPSHOTS_PER_SEGMENT, replicas, *observable.shape(settings)),
                    observable.dtype,
                )
                for observable in observables
            },
            jnp.int32(0),
        )

    def with_epoch(
        self, row: Int[Array, ""], values: dict[str, Shaped[Array, "replica ..."]]
    ) -> Buffers:
        """Store what is recorded of an epoch.

        ``row``: which, from 0; ``values``: by name, of all replicas.
        """
        return self._replace(
            of_epochs={
                name: buffer.at[row].set(values[name]) for name, buffer in self.of_epochs.items()
            }
        )

    def with_snapshot(self, values: dict[str, Shaped[Array, "replica ..."]]) -> Buffers:
        """Store a snapshot after those already there.

        ``values``: by name, of all replicas.
        """
        return self._replace(
            observables={
                name: buffer.at[self.measured].set(values[name])
                for name, buffer in self.observables.items()
            },
            measured=self.measured + 1,
        )


def on_host(
    buffers: dict[str, Shaped[Array, "_ _ ..."]], rows: int, replicas: int
) -> dict[str, Shaped[np.ndarray, "{replicas} {rows} ..."]]:
    """Return the first ``rows`` and ``replicas`` of ``buffers``, by name, replicas first.

    Copies: views would keep the whole buffers alive for as long as the run keeps its results.
    """
    return {
        name: np.swapaxes(np.asarray(buffer)[:rows, :replicas], 0, 1).copy()
        for name, buffer in buffers.items()
    }
