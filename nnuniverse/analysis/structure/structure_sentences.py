"""What follows from the structure of weights, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.analysis.structure.structure_tables import MOTIF_NAMES, has_motifs
from nnuniverse.counted import counted
from nnuniverse.physics.structure.structure import Structure

MANY = 6
"""Lengths that are listed one by one."""


def structure_sentences(structure: Structure, attributes: Mapping[str, object]) -> list[str]:
    """Return what is found of the last net of every replica, a sentence each.

    ``attributes``: those of ``structure.h5``.
    """
    return [
        _share(structure),
        _chains(structure, attributes),
        _cycles(structure),
        *(_motifs(structure) if has_motifs(structure) else ()),
        _dimension(structure),
    ]


def _share(structure: Structure) -> str:
    share = structure["permutation_share"][:, -1]
    low, _, high = structure["permutation_share_shuffled"][:, -1].T
    known = int(np.isfinite(share).sum())
    above, below = int((share > high).sum()), int((share < low).sum())
    return (
        f"Q lies above what 97.5 % of shuffled weights have in {above}, below what 97.5 % have in "
        f"{below} of {counted(known, 'replica')}; of weights in random places either happens in "
        "2.5 %."
    )


def _chains(structure: Structure, attributes: Mapping[str, object]) -> str:
    count = structure["chain_count"][:, -1]
    inputs, outputs = (np.atleast_1d(np.asarray(attributes[end])) for end in ("inputs", "outputs"))
    told = (
        f"Clean chains: {_listed(count)} of {len(inputs)} inputs, at a purity of "
        f"{float(str(attributes['purity'])):g}"
    )
    if not (count > 0.0).any():
        return f"{told}."
    told += f", of {_lengths(structure['chain_length'])} neurons"
    if len(inputs) != len(outputs):
        return f"{told}."
    own = _ends_at_own_place(structure["chain_neuron"], inputs, outputs)
    return f"{told}; {own} of {int(np.nansum(count))} lead to the output of the same place."


def _ends_at_own_place(neurons: np.ndarray, inputs: np.ndarray, outputs: np.ndarray) -> int:
    """Return how many chains lead from an input to the output of the same place among outputs.

    ``neurons``: of every chain, NaN beyond its end, (replica, chain, place).
    """
    own = dict(zip(inputs.tolist(), outputs.tolist(), strict=True))
    ways = (row[np.isfinite(row)] for row in neurons.reshape(-1, neurons.shape[-1]))
    return sum(own[int(way[0])] == int(way[-1]) for way in ways if len(way))


def _cycles(structure: Structure) -> str:
    kept = structure["kept_is_permutation"][:, -1]
    known = counted(int(np.isfinite(kept).sum()), "replica")
    told = f"The kept edges are a partial permutation in {int(np.nansum(kept))} of {known}"
    if "cycle_length" not in structure:
        return f"{told}; there are no cycles."
    lengths, weights = structure["cycle_length"], np.abs(structure["cycle_weight"])
    count = np.isfinite(lengths).sum(axis=1)
    return (
        f"{told}; cycles, of the nearest permutation where they are none: {_listed(count)}, of "
        f"{_lengths(lengths)} neurons, |product of the weights| {np.nanmin(weights):.3g} to "
        f"{np.nanmax(weights):.3g}."
    )


def _motifs(structure: Structure) -> list[str]:
    count = structure["motif_count"][:, -1]
    low, _, high = np.moveaxis(structure["motif_rewired"][:, -1], -1, 0)
    names = list(MOTIF_NAMES.values())
    more, fewer = (
        ", ".join(f"{name} in {n}" for name, n in zip(names, beyond.sum(axis=0), strict=True))
        for beyond in (count > high, count < low)
    )
    compared = int(np.isfinite(count).sum())
    return [
        f"More than rewired graphs have: {more}; fewer: {fewer}, of {len(count)} each.  Of "
        f"{compared} comparisons {0.05 * compared:.2g} lie outside by chance."
    ]


def _dimension(structure: Structure) -> str:
    dimension = structure["spectral_dimension"][:, -1]
    low, high = structure["spectral_dimension_range"][:, -1].T
    if np.isfinite(dimension).any():
        return f"Spectral dimension of the kept edges: {_listed(dimension, '.2f')}."
    if np.isfinite(low).any():
        return (
            "The kept edges have no spectral dimension: -2 dlog p/dlog t goes from "
            f"{np.nanmin(low):.2f} to {np.nanmax(high):.2f}."
        )
    return "The kept edges are too few, or too near to each other, to have a spectral dimension."


def _listed(values: np.ndarray, form: str = ".0f") -> str:
    """Return numbers of replicas, or their range where there are many."""
    known = values[np.isfinite(values)]
    if len(np.unique(known)) == 1:
        return format(float(known[0]), form)
    if len(known) > MANY:
        return f"{format(known.min(), form)} to {format(known.max(), form)}"
    return ", ".join(format(float(one), form) for one in known)


def _lengths(lengths: np.ndarray) -> str:
    known = lengths[np.isfinite(lengths)].astype(int)
    low, high = int(known.min()), int(known.max())
    return str(low) if low == high else f"{low} to {high}"
