"""What is told of the structure of weights, as tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.physics.structure.motifs import MOTIFS
from nnuniverse.physics.structure.structure import NAMES, Structure
from nnuniverse.text_table import TextTable

MOST_EPOCHS = 12
"""Rows of a table over epochs."""

HEADINGS = {
    "Q": "permutation_share",
    "shuffled": "permutation_share_shuffled",
    "rows": "row_participation",
    "columns": "column_participation",
    "spread": "singular_spread",
    "rank": "stable_rank",
    "chains": "chain_count",
    "kept": "kept_edges",
    "loss": "kept_loss",
}
"""Under which headings the tables have variables."""

MOTIF_NAMES = {"loop2": "loops of 2", "loop3": "loops of 3", "ffl": "feed-forward"}


def structure_tables(structure: Structure, attributes: Mapping[str, object]) -> list[TextTable]:
    """Return the tables over replicas, over epochs where there are several, and over motifs.

    ``attributes``: those of ``structure.h5``.
    """
    tables = [_over_replicas(structure, attributes)]
    if len(structure.epochs) > 1:
        tables.append(_over_epochs(structure))
    if has_motifs(structure):
        tables.append(_motifs(structure))
    return tables


def has_motifs(structure: Structure) -> bool:
    """Return whether any net, or any rewired one, has a motif: layers have none.

    ``structure``: what `nnu structure` found.
    """
    counted = structure["motif_count"], structure["motif_rewired"]
    return any(bool((values > 0.0).any()) for values in counted)


def _over_replicas(structure: Structure, attributes: Mapping[str, object]) -> TextTable:
    ends = ", outputs being the inputs" if attributes["closed"] else ""
    caption = (
        f"{attributes['network']}: A = {attributes['matrix_of']}{ends}, epoch "
        f"{int(structure.epochs[-1])}; shuffled: where Q of the same entries in random places is "
        f"in 95 % of {attributes['draws']} draws; rows, columns: median participation; kept: "
        f"{attributes['keep']}"
    )
    rows = [
        [str(replica), *_cells(structure, replica, len(structure.epochs) - 1)]
        for replica in range(structure.replicas)
    ]
    legend = {heading: NAMES[name].legend for heading, name in HEADINGS.items()}
    return TextTable(["replica", *HEADINGS], rows, caption, legend)


def _over_epochs(structure: Structure) -> TextTable:
    count = len(structure.epochs)
    chosen = np.unique(np.linspace(0, count - 1, min(count, MOST_EPOCHS)).round().astype(int))
    rows = [[str(int(structure.epochs[at])), *_cells(structure, None, at)] for at in chosen]
    return TextTable(["epoch", *HEADINGS], rows, "means over replicas")


def _cells(structure: Structure, replica: int | None, at: int) -> list[str]:
    """Return the cells of one net; of ``replica`` None the means over all."""

    def number(name: str) -> float:
        values = structure[name][:, at] if replica is None else structure[name][replica, at]
        while values.ndim > (replica is None):  # neurons
            values = _median(values)
        return float(_mean(np.atleast_1d(values)))

    shuffled = structure["permutation_share_shuffled"][:, at]
    low, _, high = (_mean(shuffled) if replica is None else shuffled[replica]).tolist()
    return [
        _text(number("permutation_share"), ".3f"),
        f"{_text(low, '.3f')}-{_text(high, '.3f')}",
        _text(number("row_participation"), ".1f"),
        _text(number("column_participation"), ".1f"),
        _text(number("singular_spread"), ".2f"),
        _text(number("stable_rank"), ".1f"),
        _text(number("chain_count"), ".3g"),
        _text(number("kept_edges"), ".0f"),
        _text(number("kept_loss"), ".3g"),
    ]


def _motifs(structure: Structure) -> TextTable:
    rows = []
    for replica in range(structure.replicas):
        cells = [str(replica)]
        for kind in range(len(MOTIFS)):
            low, _, high = structure["motif_rewired"][replica, -1, kind]
            cells.append(_text(structure["motif_count"][replica, -1, kind], ".0f"))
            cells.append(f"{_text(low, '.0f')}-{_text(high, '.0f')}")
        rows.append(cells)
    headings = [cell for name in MOTIF_NAMES.values() for cell in (name, "rewired")]
    what = "motifs of the kept edges; rewired: 95 % of graphs with the same degrees"
    return TextTable(["replica", *headings], rows, what)


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is there, NaN of nothing."""
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=0)
    count = there.sum(axis=0)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)


def _median(values: np.ndarray) -> np.ndarray:
    """Return the median over the last axis of what is there, NaN of nothing."""
    flat = (row[np.isfinite(row)] for row in values.reshape(-1, values.shape[-1]))
    medians = [np.median(row) if len(row) else np.nan for row in flat]
    return np.array(medians).reshape(values.shape[:-1])


def _text(value: float, form: str) -> str:
    return format(float(value), form) if np.isfinite(value) else "-"
