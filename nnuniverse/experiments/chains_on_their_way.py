"""Chains of masks that are not done: kept in the run folder, for the same command to go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.experiments.reopen import Tell
from nnuniverse.physics.grand_canonical.mask_ensemble import Sampled
from nnuniverse.physics.grand_canonical.proposals import Step
from nnuniverse.runs.unfinished import Unfinished

SECONDS = 0.2
"""Between two times that chains are kept: what a kill may lose, or one mu if that takes longer."""


class Chains(NamedTuple):
    """Chains after so many mu.

    ``done``: how many; ``found``: N and E at these, zeros at the others; ``at``: where chains are.
    """

    done: int
    found: Sampled
    at: Step


class ChainsOnTheirWay:
    """Chains kept in a ``file``, or nowhere if there is none; ``tell`` hears if they cannot be."""

    def __init__(self, file: Unfinished | None, tell: Tell) -> None:
        self._file, self._tell = file, tell
        self._saved = time.monotonic()

    def load(self) -> Chains | None:
        """Return the chains that are kept, None if there are none."""
        arrays = self._file.load() if self._file else None
        if arrays is None:
            return None
        at: dict[str, Any] = {name: arrays.get(name) for name in Step._fields}
        done = int(arrays["done"])
        self._tell(f"going on after {done} mu, which were kept")
        return Chains(done, Sampled(arrays["neurons"], arrays["energies"]), Step(**at))

    def save(self, chains: Chains) -> None:
        """Keep ``chains``; where that cannot be, say so once and keep none from then on."""
        if self._file is None:
            return
        at = {name: of for name, of in chains.at._asdict().items() if of is not None}
        try:
            self._file.save({"done": np.asarray(chains.done), **chains.found._asdict(), **at})
        except RunError as error:
            self._tell(f"not kept: {error}")
            self._file = None
        self._saved = time.monotonic()

    def save_now_and_then(self, chains: Chains, collected: Callable[[Step], Step]) -> None:
        """Keep ``chains``, ``collected`` from the devices, if the last time was long ago."""
        if self._file and time.monotonic() - self._saved >= SECONDS:
            self.save(chains._replace(at=collected(chains.at)))

    def words(self, done: int, of: int) -> str:
        """Return what a person reads who has stopped after so many mu.

        ``done``: values of mu that are done; ``of``: of so many.
        """
        if self._file is None:
            return "stopped; nothing was stored. The same command begins anew."
        return f"stopped after {done} of {of} mu, which are kept. The same command goes on."

    def end(self) -> None:
        """Keep none any longer: what they were for is stored."""
        if self._file:
            self._file.remove()
