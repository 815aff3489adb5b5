"""The structures of a net as far as its edges count, and what is left of them in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, Num

from nnuniverse.physics.structure.chains import PURITY, clean_chains
from nnuniverse.physics.structure.kept_edges import strongest_edges
from nnuniverse.physics.structure.motifs import motif_edges
from nnuniverse.physics.structure.perturbed import STRUCTURES
from nnuniverse.physics.structure.survival import (
    Instances,
    independent_survival,
    strength_classes,
    survival,
)

Chains = frozenset[tuple[int, ...]]
"""Neurons of each, from its input to its output."""


def edges_that_count(
    matrix: Num[np.ndarray, "N N"], present: Bool[np.ndarray, "N N"], keep: int | None
) -> Bool[np.ndarray, "N N"]:
    """Return which edges j -> i count, bool (N, N): those ``present``, or the strongest of them.

    ``matrix``: whose entries say how strong an edge is, (N, N); ``present``: bool (N, N);
    ``keep``: how many, None for all.
    """
    if keep is None or present.sum() <= keep:
        return present
    return strongest_edges(matrix, present, keep)


def crossed_chains(along: Sequence[Int[np.ndarray, " _"]]) -> list[Int[np.ndarray, " _"]]:
    """Return as many edges as chains have, each of another chain and of another place along it.

    What becomes of chains as a whole does not concern these, so that their edges live and die
    alone: a control.  ``along``: the edges of every chain from its input on; chains of other
    lengths are not mixed, and of fewer chains than edges of each there is none.
    """
    crossed = []
    for length in sorted({len(edges) for edges in along}):
        alike = [edges for edges in along if len(edges) == length]
        for first in range(len(alike) if len(alike) >= length else 0):
            others = (alike[(first + place) % len(alike)] for place in range(length))
            crossed.append(np.array([edges[place] for place, edges in enumerate(others)]))
    return crossed


def chains_of(
    matrix: Num[np.ndarray, "N N"],
    kept: Bool[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    outputs: Int[np.ndarray, " outputs"],
    purity: float = PURITY,
) -> Chains:
    """Return the clean chains among the edges that are ``kept``; arguments as `clean_chains`'.

    ``matrix``: w or A = f'w, (N, N), rows receive; ``inputs``: numbers of the input neurons;
    ``outputs``: numbers of the output neurons; ``purity``: the least share of its row and column
    that an edge has.
    """
    found = clean_chains(np.where(kept, matrix, 0.0), inputs, outputs, purity)
    return frozenset(tuple(chain.tolist()) for chain in found)


@dataclass(frozen=True)
class KeptStructures:
    """A net as it was: the edges that counted, and the instances of each structure in them.

    ``rows``, ``columns``: where the edges j -> i end and start, (edges,) each; ``instances``: by
    the names of `STRUCTURES`; ``crossed``: the control of chains, see `crossed_chains`; ``alike``:
    classes of like strength; ``alike_in_layers``: the same of one layer; ``layers``: in which layer
    they end; ``chains``: clean ones.
    """

    rows: np.ndarray
    columns: np.ndarray
    instances: Mapping[str, Instances]
    crossed: Instances
    alike: np.ndarray
    alike_in_layers: np.ndarray
    layers: np.ndarray
    chains: Chains

    @classmethod
    def of(
        cls,
        matrix: Num[np.ndarray, "N N"],
        kept: Bool[np.ndarray, "N N"],
        chains: Chains,
        layer: Int[np.ndarray, " N"] | None,
    ) -> KeptStructures:
        """Return those of a net.

        ``matrix``: w or A, (N, N), whose entries are the strength of edges; ``kept``: which count,
        bool (N, N); ``chains``: the clean ones among them; ``layer``: of every neuron, (N,), None
        where there are no layers: all edges then are of one.
        """
        rows, columns = np.nonzero(kept)
        number = np.full(kept.shape, -1)
        number[rows, columns] = np.arange(len(rows))
        motifs = motif_edges(rows, columns)
        along = [number[np.array(chain[1:]), np.array(chain[:-1])] for chain in sorted(chains)]
        strength = np.abs(matrix[rows, columns])
        layers = np.zeros(len(rows), np.int64) if layer is None else layer[rows]
        return cls(
            rows,
            columns,
            {
                "edge": Instances.of(np.arange(len(rows))[:, None]),
                "chain": Instances.of(along),
                "loop2": Instances.of(motifs.loop2),
                "loop3": Instances.of(motifs.loop3),
                "ffl": Instances.of(motifs.ffl),
            },
            Instances.of(crossed_chains(along)),
            strength_classes(strength),
            strength_classes(strength, layers),
            layers,
            chains,
        )

    @property
    def counts(self) -> Int[np.ndarray, " structure"]:
        """How many instances there are of each of `STRUCTURES`."""
        return np.array([len(self.instances[name]) for name in STRUCTURES])

    def left_in(
        self, kept: Bool[np.ndarray, "N N"], chains: Chains, draws: int, random: np.random.Generator
    ) -> dict[str, Num[np.ndarray, " ..."]]:
        """Return what is left in another net of the same neurons, by the names of `Perturbed`.

        ``kept``, ``chains``: which edges count there, bool (N, N), and its clean chains; ``draws``:
        of permutations, with ``random``, for what would be left if edges died alone: those of a
        class of like strength are exchanged, for chains of a class within a layer.

        Source: 2008.01540 Sec. 11.
        """
        alive = kept[self.rows, self.columns]
        nulls = [
            independent_survival(self.instances[name], alive, classes, draws, random)
            for name, classes in ((name, self._classes(name)) for name in STRUCTURES)
        ]
        in_layers = independent_survival(self.instances["chain"], alive, self.layers, draws, random)
        crossed = independent_survival(self.crossed, alive, self.alike_in_layers, draws, random)
        means, deviations, p_values = map(np.array, zip(*nulls, strict=True))
        return {
            "survival": np.array([survival(self.instances[name], alive) for name in STRUCTURES]),
            "survival_independent": means,
            "survival_independent_sd": deviations,
            "survival_p_value": p_values,
            "chain_survival_in_layers": np.array(in_layers.mean),
            "crossed_survival": np.array(survival(self.crossed, alive)),
            "crossed_survival_independent": np.array(crossed.mean),
            "chains_after": np.array(len(chains)),
            "same_chains": np.array(len(chains & self.chains)),
            "edges_after": kept.sum(),
        }

    def _classes(self, name: str) -> np.ndarray:
        return self.alike_in_layers if name == "chain" else self.alike
