"""What is told of a run's nets on their boundary alone, as a table and in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.counted import counted
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.holography.found_duals import (
    DRAWN,
    SHUFFLED,
    STARTS,
    TANGENT,
    FoundDuals,
)
from nnuniverse.text_table import TextTable

MOST_WRITTEN = 100.0
"""Losses that are written with three digits behind the point."""

CALLED = {SHUFFLED: "a shuffled map", DRAWN: "weights drawn anew"}


def dual_table(found: FoundDuals, attributes: Mapping[str, object]) -> TextTable:
    """Return losses by what a boundary net begins with; ``attributes``: those of ``dual.h5``.

    ``found``: what was found of the run.
    """
    rows = [["deep", "", _mean(found.deep("train")), _mean(found.deep("test")), "", ""]]
    for place, start in enumerate(STARTS):
        mapped = found.mapped(start, "train")
        is_map = start not in CALLED
        rows.append(
            [
                start,
                _mean(mapped),
                _mean(found.trained(start, "train")),
                _mean(found.trained(start, "test")),
                f"{np.nanmean(found['map_error'][:, place]):.2g}" if is_map else "",
                _kept(found.kept(mapped, "train")) if is_map else "",
            ]
        )
    constant = found["constant_loss"][0]
    return TextTable(
        ["start", "loss", "trained", "test", "off by", "kept"],
        rows,
        f"{attributes['network']}, {attributes['activation']}, "
        f"{counted(len(found.seeds), 'replica')}; boundary nets of "
        f"{attributes['dual_network']}: loss as mapped, after {attributes['epochs']} epochs, and "
        "on test samples then; outputs off by, over their rms; kept: of what the deep net has "
        f"learned below {constant:.3f}, the loss of constants; ± is the 95 % interval over "
        "replicas",
    )


def dual_sentences(found: FoundDuals) -> list[str]:
    """Return what follows, a sentence each; differences are those of the same replicas.

    ``found``: what was found of the run.
    """
    told = [_of_map(found)]
    for split, samples in (("train", "training"), ("test", "test")):
        told.append(_against_deep(found, split, samples))
    if np.nanmean(found.trained(TANGENT, "train")) > found["constant_loss"][0]:
        told.append("Trained, they are worse than constant outputs: a lower rate may suit them.")
    told += [_against(found, other) for other in CALLED]
    saved = found.epochs_saved
    if np.isfinite(saved).any():
        told.append(
            f"Nets drawn anew have the loss of the map after {np.nanmin(saved):g} to "
            f"{np.nanmax(saved):g} epochs."
        )
    lost = int(np.isnan(found["dual_loss"][..., 0, -1]).sum())
    if lost:
        told.append(f"{counted(lost, 'boundary net')} diverged: of no account.")
    return told


def _of_map(found: FoundDuals) -> str:
    kept = found.kept(found.mapped(TANGENT, "train"), "train")
    off = float(np.nanmean(found["map_error"][:, STARTS.index(TANGENT)]))
    if off < 1e-6:
        return "The map is exact: its nets do what the deep ones do."
    return (
        f"The map's outputs are off by {off:.2g} of their rms; it keeps {_kept(kept)} of what the "
        "deep nets have learned."
    )


def _against_deep(found: FoundDuals, split: str, samples: str) -> str:
    difference = mean_over_replicas(found.trained(TANGENT, split) - found.deep(split))
    loss = f"On {samples} samples the mapped nets, trained, have a loss"
    return f"{loss} {_signed(difference)} from the deep nets': {_verdict(difference)}."


def _verdict(difference: Estimate) -> str:
    if difference.low > 0.0:
        return "ability to learn is lost"
    return "more is learned" if difference.high < 0.0 else "no difference is told"


def _against(found: FoundDuals, other: str) -> str:
    """Say what the map was worth after training, beside a control."""
    difference = mean_over_replicas(found.trained(TANGENT, "train") - found.trained(other, "train"))
    constant, deep = found["constant_loss"][0], float(np.nanmean(found.deep("train")))
    share = float(difference.value) / (constant - deep)
    differs = difference.low > 0.0 or difference.high < 0.0
    worth = f"{-share:+.1%} of what the deep nets have learned" if differs else "no different"
    return f"From nets that began with {CALLED[other]}, {_signed(difference)}: {worth}."


def _kept(shares: np.ndarray) -> str:
    known = shares[np.isfinite(shares)]
    return f"{known.mean():.2f}" if len(known) else "-"


def _mean(values: np.ndarray) -> str:
    """Return a mean with its half-width, three digits behind the point."""
    value, low, high = mean_over_replicas(values)
    if not np.isfinite(value):
        return "-"
    text = f"{value:.3f}" if value < MOST_WRITTEN else f"{value:.3g}"
    return f"{text} ± {(high - low) / 2:.2g}" if np.isfinite(low) else text


def _signed(difference: Estimate) -> str:
    value, low, high = difference
    text = f"{value:+.2g}"
    return f"{text} ± {(high - low) / 2:.1g}" if np.isfinite(low) else text
