"""How many seeds of a point become replicas of one run."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from nnuniverse.config import RunConfig
from nnuniverse.errors import NNUniverseError

OF_NO_SHAPE = {"name", "seed", "replicas", "checkpoint"}
"""Keys of a config on which it does not depend how many replicas fit."""


class ReplicasThatFit:
    """Counts the replicas of a config that the memory of the local devices holds at once.

    Each kind of net is compiled once, in a process of its own, since whoever starts JAX on an
    accelerator keeps a part of its memory.  Where even one does not fit it is tried all the same,
    so that the run itself says what it lacks.
    """

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def __call__(self, config: RunConfig) -> int:
        """Return the number for ``config``, whatever its own seeds and replicas."""
        shape = config.model_dump_json(exclude=OF_NO_SHAPE)
        if shape not in self._known:
            self._known[shape] = self._count(config)
        return self._known[shape]

    def _count(self, config: RunConfig) -> int:
        context = multiprocessing.get_context("forkserver")
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            try:
                return pool.submit(count_replicas, config).result()
            except NNUniverseError:
                return 1


def count_replicas(config: RunConfig) -> int:
    """Return the number for ``config``, in this process."""
    from nnuniverse.experiments.costs import replicas_that_fit

    return replicas_that_fit(config)
