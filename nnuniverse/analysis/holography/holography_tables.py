"""What is told of a net seen from its boundary, as a table and in sentences."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.stored import StoredValues
from nnuniverse.counted import counted
from nnuniverse.text_table import TextTable


def holography_table(found: StoredValues) -> TextTable:
    """Return by eps how the map was found, and how well distances come out of it."""
    true = found["distance"]
    ways = str(found.attributes["computed_by"]).split(", ")
    rows = [
        [
            f"{eps:g}",
            ways[at],
            *_right(found["distance_printed"][at], true),
            *_right(found["distance_slope"][at], true),
            _least(found["cancellation"][at]),
        ]
        for at, eps in enumerate(found["eps"])
    ]
    about = found.attributes
    matrix = "A = f'w" if about["matrix"] == "slopes" else "w"
    return TextTable(
        ["eps", "map by", "log", "off by", "slope", "off by", "least left"],
        rows,
        f"{about['network']}, {counted(true.shape[0], 'boundary neuron')}, {matrix}: share of "
        "distances right after rounding, largest error",
    )


def holography_sentences(found: StoredValues) -> list[str]:
    """Return what holds of the net and of its boundary net.

    ``found``: what was found of the net.
    """
    about, true = found.attributes, found["distance"]
    known = np.isfinite(true)
    told = [f"rho of the matrix is {float(str(about['spectral_radius'])):.4g}."]
    if known.any():
        counts = found["path_count"][known]
        least, most = int(true[known].min()), int(true[known].max())
        joined = f"Paths join {known.sum():,} of {true.size:,} pairs"
        told.append(f"{joined}, {least} to {most} neurons between.")
        told.append(f"Shortest paths: up to {counts.max():,.6g} per pair.")
        first = found["distance_first"][known] == true[known]
        told.append(f"First coefficients of |w| give the distance of {_share(first)}.")
    if "boundary_weights" in found:
        weights = counted(int(np.count_nonzero(found["boundary_weights"])), "weight")
        told.append(f"The boundary net has {weights}, and does what the linear net does.")
    else:
        told.append("There is no boundary net: 1 - w of the bulk is singular, or too large.")
    if "state_entropy" in found:
        forth, back = found["state_entropy"]
        count, whole = len(true), float(str(about["boundary_entropy"]))
        told.append(f"Entropy of the map {whole:.6g} = {count} ({forth:.6g} {back:+.6g}).")
    return told


def _right(estimate: np.ndarray, true: np.ndarray) -> tuple[str, str]:
    """Return the share of pairs with a path that come out right, and the largest error."""
    known = np.isfinite(true)
    if not known.any() or not np.isfinite(estimate).any():
        return "", ""
    errors = np.abs(estimate - true)[known]
    right = errors < 0.5  # a map that cancels to nothing is missing, and wrong
    finite = errors[np.isfinite(errors)]
    return _share(right), f"{finite.max():.2g}" if len(finite) else ""


def _share(right: np.ndarray) -> str:
    return "all" if right.all() else f"{right.mean():.3f}"


def _least(cancellation: np.ndarray) -> str:
    return f"{np.nanmin(cancellation):.3g}" if np.isfinite(cancellation).any() else ""
