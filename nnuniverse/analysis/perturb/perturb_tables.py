"""What is told of structures after perturbations, as tables and in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nnuniverse.analysis.perturb.over_nets import over_nets
from nnuniverse.counted import counted
from nnuniverse.intervals import Estimate, mean_over_replicas, with_interval
from nnuniverse.physics.structure.perturbed import DATA, DELETE, KINDS, NOISE, Perturbed
from nnuniverse.physics.structure.stability import STABLE, exceeds, stable_strength
from nnuniverse.supports import Support
from nnuniverse.text_table import TextTable

OF_KIND = {
    NOISE: "noise on all weights, in units of the rms of those that are not zero",
    DELETE: "share of the connected hidden neurons that lose their edges",
    DATA: "share of the inputs that exchange their data, targets in place",
}

LOOPS = {"loop2": "loops of 2", "loop3": "loops of 3", "ffl": "feed-forward"}


def perturb_tables(found: Perturbed, attributes: Mapping[str, object]) -> list[TextTable]:
    """Return a table per kind of perturbation, and one of loops where there are any.

    ``attributes``: those of ``perturb.h5``.

    ``found``: what was found of the run.
    """
    tables = []
    for kind in KINDS:
        places = found.of_kind(kind)
        if len(places):
            tables.append(_table(found, attributes, kind, places))
            if np.nansum(found["instances"][:, 2:]):
                tables.append(_loops(found, kind, places))
    return tables


def perturb_sentences(found: Perturbed) -> list[str]:
    """Return what follows, a sentence each.

    ``found``: what was found of the run.
    """
    told = []
    if not found["instances"][:, 1].any():
        told.append("There are no clean chains that could survive.")
    for kind in KINDS:
        places = found.of_kind(kind)
        if len(places):
            told += [_stable(found, kind, places), _against_alone(found, kind, places)]
    diverged = int((found["retraining_diverged"] >= 0).sum())
    if diverged:
        told.append(
            f"{counted(diverged, 'retrained net')} diverged and count for nothing: their share of "
            "what survives is not known."
        )
    return [text for text in told if text]


def _table(
    found: Perturbed, attributes: Mapping[str, object], kind: str, places: np.ndarray
) -> TextTable:
    nets, _, repeats = found["chains_after"].shape
    lost = (found["retraining_diverged"] >= 0).sum(axis=(0, 2))

    def column(name: str, structure: str = "", support: Support = "share") -> list[str]:
        values = over_nets(found, name, structure)[:, places]
        return _written(mean_over_replicas(values, support))

    columns = {
        kind: [f"{strength:g}" for strength in found.strengths(places)],
        "edges": column("survival", "edge"),
        "chains": column("survival", "chain"),
        "alone": column("survival_independent", "chain"),
        "layers": column("chain_survival_in_layers"),
        "after": column("chains_after", support="real"),
        "same": column("same_chains", support="real"),
    }
    if lost.any():
        columns["diverged"] = [f"{lost[at]}/{nets * repeats}" for at in places]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    counted_as = "replicas" if nets > 1 else "repeats"
    return TextTable(
        list(columns),
        rows,
        f"{attributes['network']}, {counted(nets, 'replica')}, {counted(repeats, 'repeat')}, "
        f"{attributes['epochs']} epochs of retraining; {OF_KIND[kind]}; share of the edges, and of "
        "the clean chains, all of whose edges are kept again; alone: if edges of like strength, "
        "and layers: if all of a layer, had died independently; chains after, and those that are "
        f"the same; ± is the 95 % interval over {counted_as}",
    )


def _loops(found: Perturbed, kind: str, places: np.ndarray) -> TextTable:
    columns = {kind: [f"{strength:g}" for strength in found.strengths(places)]}
    for structure, title in LOOPS.items():
        for name, heading in (("survival", title), ("survival_independent", "alone")):
            values = over_nets(found, name, structure)[:, places]
            key = heading if heading == title else f"{heading} {structure}"
            columns[key] = _written(mean_over_replicas(values, "share"))
    headings = ["alone" if key.startswith("alone") else key for key in columns]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return TextTable(
        headings,
        rows,
        "share of the loops of two and three neurons and of the feed-forward loops all of whose "
        "edges are kept again; alone: if edges of like strength had died independently",
    )


def _stable(found: Perturbed, kind: str, places: np.ndarray) -> str:
    """Say up to which strength chains are stable."""
    survival = over_nets(found, "survival", "chain")[:, places]
    if not np.isfinite(survival).any():
        return ""
    strengths = found.strengths(places)
    limits = stable_strength(strengths, survival)
    if np.isinf(limits).all():
        return f"At least {STABLE:g} of the chains survive whole at every {kind}."
    if np.isinf(limits).any():
        some = f"{np.isinf(limits).sum()} of {len(limits)}"
        return (
            f"In {some} nets at least {STABLE:g} of the chains survive whole at every {kind}; in "
            f"the others this ends at {kind} {limits.min():.3g} or beyond."
        )
    text = with_interval(mean_over_replicas(limits, "positive"))
    return f"Survival of whole chains falls below {STABLE:g} at {kind} {text}."


def _against_alone(found: Perturbed, kind: str, places: np.ndarray) -> str:
    """Say where chains survive more often than edges alone would.

    Of noise alone: deleted neurons and exchanged inputs are those of chains as a whole.
    """
    if kind != NOISE:
        return ""
    whole = over_nets(found, "survival", "chain")[:, places]
    if not np.isfinite(whole).any():
        return ""
    excess = whole - over_nets(found, "survival_independent", "chain")[:, places]
    more = exceeds(excess)
    if not more.any():
        return (
            f"At no {kind} do whole chains survive more often than independent edges of like "
            "strength would, at 5 % over all strengths together."
        )
    strengths, mean = found.strengths(places)[more], np.nanmean(excess[:, more], axis=0)
    where = ", ".join(f"{at:g} ({by:+.2f})" for at, by in zip(strengths, mean, strict=True))
    return (
        f"Whole chains survive more often than independent edges of like strength would at {kind} "
        f"{where}, at 5 % over all strengths together."
    )


def _written(estimate: Estimate) -> list[str]:
    """Return means with the larger half of their intervals, which is left out where it is 0."""
    texts = []
    for value, low, high in zip(*estimate, strict=True):
        half = max(high - value, value - low) if math.isfinite(low) else 0.0
        text = f"{value:.2f}" if math.isfinite(value) else "-"
        texts.append(f"{text} ± {half:.2g}" if half >= 0.005 else text)
    return texts
