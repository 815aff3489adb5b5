"""Which structures of a net survive, and how many would if edges lived and died alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Num

CLASSES = 5
"""Classes of like strength: quintiles."""

LEAST = 3
"""Edges of a class, at least: those of a class alone cannot be exchanged."""


@dataclass(frozen=True)
class Instances:
    """The instances of a structure in a net, each of which is made of some of its edges.

    ``edges``: the numbers of the edges of one instance after the other; ``starts``: where each
    begins, (instances,).
    """

    edges: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, instances: Iterable[Sequence[int] | Int[np.ndarray, " _"]]) -> Instances:
        """Return those that are made of the edges given, at least one each.

        ``instances``: the edges of each, by number.
        """
        each = [np.asarray(edges, np.int64) for edges in instances]
        ends = np.cumsum([0, *map(len, each)], dtype=np.int64)
        return cls(np.concatenate([np.zeros(0, np.int64), *each]), ends[: len(each)])

    def __len__(self) -> int:
        return len(self.starts)

    def whole(self, alive: Bool[np.ndarray, " edges"]) -> Bool[np.ndarray, " instances"]:
        """Return which instances have all their edges ``alive``, bool (instances,).

        ``alive``: of every edge of the net, bool (edges,).
        """
        if not len(self):
            return np.zeros(0, bool)
        return np.logical_and.reduceat(alive[self.edges], self.starts)


def survival(instances: Instances, alive: Bool[np.ndarray, " edges"]) -> float:
    """Return the share of the ``instances`` that survive whole, NaN if there are none.

    An instance does if all its edges are ``alive``, bool (edges,).

    Source: 2008.01540 Sec. 11.

    >>> survival(Instances.of([[0, 1], [2]]), np.array([True, False, True]))
    0.5
    """
    return float(instances.whole(alive).mean()) if len(instances) else np.nan


class Independent(NamedTuple):
    """What `survival` is if edges live and die alone: see `independent_survival`.

    ``mean``, ``sd``: of the share over permutations; ``p_value``: how often a permutation has at
    least the share that was found, (1 + times)/(1 + permutations).
    """

    mean: float
    sd: float
    p_value: float


NOTHING = Independent(np.nan, np.nan, np.nan)
"""Of a structure without instances."""


def independent_survival(
    instances: Instances,
    alive: Bool[np.ndarray, " edges"],
    classes: Int[np.ndarray, " edges"],
    draws: int,
    random: np.random.Generator,
) -> Independent:
    """Return what the survival of ``instances`` would be if edges of a class died independently.

    Which edges are ``alive``, bool (edges,), is permuted within every class, so that as many of
    each survive as did: under the hypothesis that edges of a class are alike and independent, all
    permutations are equally likely, and P(p <= x) <= x of the p-value for every x.  ``classes``:
    the class of every edge, (edges,); ``draws``: of permutations, with ``random``.
    """
    if not len(instances):
        return NOTHING
    found = survival(instances, alive)
    by_class = np.argsort(classes, kind="stable")
    shares = np.empty(draws)
    for draw in range(draws):
        permuted = np.empty_like(alive)
        permuted[by_class] = alive[np.lexsort((random.random(len(alive)), classes))]
        shares[draw] = survival(instances, permuted)
    reached = int((shares >= found - 1e-12).sum())
    return Independent(float(shares.mean()), float(shares.std()), (1 + reached) / (1 + draws))


def strength_classes(
    strength: Num[np.ndarray, " edges"],
    groups: Int[np.ndarray, " edges"] | None = None,
    classes: int = CLASSES,
) -> Int[np.ndarray, " edges"]:
    """Return a class for every edge: so many of like strength in every group, (edges,) of int.

    Within a group the edges are in the order of their ``strength``, |w|, (edges,), and parted into
    ``classes`` of equal numbers up to one, fewer where they would have less than `LEAST` each;
    classes of different groups differ.  ``groups``: the group of every edge, (edges,), such as its
    layer; None: one of all.
    """
    of = np.zeros(len(strength), np.int64) if groups is None else np.unique(groups, False, True)[1]
    found = np.empty(len(strength), np.int64)
    for group in np.unique(of):
        members = np.flatnonzero(of == group)
        order = members[np.argsort(strength[members], kind="stable")]
        parts = min(classes, max(1, len(order) // LEAST))
        found[order] = group * classes + np.arange(len(order)) * parts // len(order)
    return found
