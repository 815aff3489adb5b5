"""The structure of one net, all of it, from its matrix and the edges that are kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Num, Shaped

from nnuniverse.physics.structure.block import WeightBlock, block_of, closed, closed_block
from nnuniverse.physics.structure.chains import PURITY, clean_chains
from nnuniverse.physics.structure.cycles import cycle_weight, cycles_of, following_of
from nnuniverse.physics.structure.kept_edges import is_partial_permutation
from nnuniverse.physics.structure.motifs import motif_counts
from nnuniverse.physics.structure.null_quantiles import null_quantiles
from nnuniverse.physics.structure.participation import participation
from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares
from nnuniverse.physics.structure.rewiring import rewired_motifs
from nnuniverse.physics.structure.singular_values import singular_values
from nnuniverse.physics.structure.spectral_dimension import (
    return_probability,
    settled_probability,
    spectral_dimension,
    walk_steps,
)


@dataclass(frozen=True)
class Wiring:
    """Where the nets of a run have edges and boundary, and what is asked of them.

    ``allowed``: bool (N, N); ``inputs``, ``outputs``: neurons; ``layer``: (N,) or None; ``closed``:
    whether outputs are the inputs, in order; ``purity``: of chains; ``draws``: of each null.
    """

    allowed: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray
    layer: np.ndarray | None
    closed: bool = False
    purity: float = PURITY
    draws: int = 200

    def block(self, matrix: Num[np.ndarray, "N N"]) -> WeightBlock:
        """Return what of a net's matrix is compared with a permutation."""
        if self.closed:
            return closed_block(matrix, self.allowed, self.inputs, self.outputs, self.layer)
        return block_of(matrix, self.allowed, self.inputs, self.layer)

    def joined(self, array: Shaped[np.ndarray, "N N"]) -> Shaped[np.ndarray, "n n"]:
        """Return numbers of edges, (N, N), closed if the net is.

        ``array``: numbers of edges, (N, N).
        """
        return closed(array, self.inputs, self.outputs) if self.closed else array


def measure_structure(
    wiring: Wiring,
    matrix: Num[np.ndarray, "N N"],
    kept: Bool[np.ndarray, "N N"],
    random: np.random.Generator,
) -> dict[str, Num[np.ndarray, " ..."]]:
    """Return what the variables over replica and snapshot are of one net, without its loss.

    ``matrix``: A or w, (N, N); ``kept``: edges, bool (N, N).

    ``wiring``: what connects the neurons of the net; ``random``: where its numbers are drawn from.
    """
    block = wiring.block(matrix)
    best = nearest_permutation(block.matrix)
    shuffled = shuffled_shares(block.matrix, block.allowed, wiring.draws, random, block.groups)
    singular = singular_values(block.matrix)
    chains = clean_chains(matrix, wiring.inputs, wiring.outputs, wiring.purity)
    return {
        "permutation_share": np.array(best.share),
        "permutation_share_shuffled": null_quantiles(shuffled),
        "row_participation": participation(block.matrix),
        "column_participation": participation(block.matrix.T),
        "singular_spread": np.array(singular.spread),
        "stable_rank": np.array(singular.stable_rank),
        "kept_edges": np.array(float(kept.sum())),
        "kept_is_permutation": np.array(float(is_partial_permutation(wiring.joined(kept)))),
        "chain_count": np.array(float(len(chains))),
        **_of_graph(wiring.joined(kept), wiring.joined(wiring.allowed), wiring.draws, random),
    }


def _of_graph(
    kept: np.ndarray, allowed: np.ndarray, draws: int, random: np.random.Generator
) -> dict[str, np.ndarray]:
    steps = walk_steps()
    probability = return_probability(kept, steps, random)
    dimension = spectral_dimension(steps, probability, settled_probability(kept))
    return {
        "motif_count": np.array(motif_counts(kept), float),
        "motif_rewired": null_quantiles(rewired_motifs(kept, allowed, draws, random)),
        "return_probability": probability,
        "spectral_dimension": np.array(dimension.dimension),
        "spectral_dimension_range": np.array([dimension.low, dimension.high]),
    }


def list_structure(
    wiring: Wiring, matrix: Num[np.ndarray, "N N"], kept: Bool[np.ndarray, "N N"]
) -> dict[str, Num[np.ndarray, " ..."]]:
    """Return the cycles and chains of one net.

    Cycles are those of the kept edges where these are a partial permutation, else those of the
    permutation nearest to the block: of layers whose ends are open there are none.

    ``wiring``: what connects the neurons of the net; ``matrix``: w or A = f'w, (N, N), rows
    receive.
    """
    cycles, joined = _cycles(wiring, matrix, kept), wiring.joined(matrix)
    chains = clean_chains(matrix, wiring.inputs, wiring.outputs, wiring.purity)
    longest = max(map(len, chains), default=0)
    places = np.full((len(chains), longest), np.nan)
    for chain, row in zip(chains, places, strict=True):
        row[: len(chain)] = chain
    return {
        "cycle_length": np.array([float(len(cycle)) for cycle in cycles]),
        "cycle_weight": np.array([cycle_weight(joined, cycle) for cycle in cycles]),
        "chain_length": np.array([float(len(chain)) for chain in chains]),
        "chain_neuron": places,
    }


def _cycles(wiring: Wiring, matrix: np.ndarray, kept: np.ndarray) -> list[np.ndarray]:
    """Return cycles of neurons, numbered as `Wiring.joined` leaves them."""
    joined = wiring.joined(kept)
    if is_partial_permutation(joined):
        rows, columns = np.nonzero(joined)
        return cycles_of(following_of(rows, columns, len(joined)))
    block = wiring.block(matrix)
    best = nearest_permutation(block.matrix)
    rows, columns = block.rows[best.rows], block.columns[best.columns]
    if wiring.closed:  # of the neurons that are left
        rows, columns = best.rows, best.columns
    return cycles_of(following_of(rows, columns, len(joined)))


def picture_of(
    wiring: Wiring, matrix: Num[np.ndarray, "N N"], kept: Bool[np.ndarray, "N N"], most: int
) -> dict[str, Num[np.ndarray, " ..."]]:
    """Return what a picture of one net is drawn of: its block, its kept edges, as far as few.

    ``most``: entries of the block, and edges, beyond which they are left out: of edges the weaker.

    ``wiring``: what connects the neurons of the net; ``matrix``: w or A = f'w, (N, N), rows
    receive.
    """
    block = wiring.block(matrix)
    best = nearest_permutation(block.matrix)
    assigned = np.full(len(block.rows), -1.0)
    assigned[best.rows] = block.columns[best.columns]
    rows, columns = np.nonzero(kept)
    weights = matrix[rows, columns]
    strong = np.sort(np.argsort(-np.abs(weights), kind="stable")[:most])
    picture = {
        "assigned_sender": assigned,
        "kept_sender": columns[strong].astype(float),
        "kept_receiver": rows[strong].astype(float),
        "kept_weight": weights[strong],
    }
    return {"matrix": block.matrix, **picture} if block.matrix.size <= most else picture
