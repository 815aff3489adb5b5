"""Subsystems: disjoint groups of samples, and random ones of the same sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from nnuniverse.errors import ConfigError


class Subsystems(NamedTuple):
    """D groups of samples: ``names`` of each, and the ``group`` 0 .. D - 1 of every sample.

    Source: the D non-interacting subsystems of 2008.01540 Sec. 7.
    """

    names: Sequence[str]
    group: np.ndarray

    @property
    def counts(self) -> Int[np.ndarray, " D"]:
        """The samples of each, (D,)."""
        return np.bincount(self.group, minlength=len(self.names))

    @property
    def averages(self) -> Float[np.ndarray, "D samples"]:
        """What makes of values (samples, ...) their means over each subsystem, (D, samples)."""
        member = self.group == np.arange(len(self.names))[:, None]
        return member / self.counts[:, None]

    def shuffled(self, random: np.random.Generator) -> Subsystems:
        """Return random groups of the same sizes."""
        return self._replace(group=random.permutation(self.group))

    def members(self) -> list[Int[np.ndarray, " _"]]:
        """Return the numbers of the samples of each subsystem."""
        return [np.flatnonzero(self.group == d) for d in range(len(self.names))]


def subsystems_of(
    names: Sequence[str], group: Int[np.ndarray, " samples"], option: str
) -> Subsystems:
    """Return the subsystems; raises ConfigError of fewer than two, or one with few samples.

    ``option``: that chose them, for the message.  Two samples are needed to know how much a mean
    scatters.

    ``names``: what they are called; ``group``: to which each sample belongs, (samples,).
    """
    if len(names) < 2:
        raise ConfigError(
            option, "make at least 2 subsystems", f"makes {len(names)}", "--groups random"
        )
    subsystems = Subsystems(names, group)
    for name, count in zip(names, subsystems.counts, strict=True):
        if count < 2:
            raise ConfigError(
                option,
                "give every subsystem at least 2 samples",
                f"gives subsystem {name} {count or 'none'}",
                "more samples, --samples train, or other groups",
            )
    return subsystems
