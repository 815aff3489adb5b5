"""The verdict on an ensemble in plain sentences."""

from __future__ import annotations

from collections import Counter

from nnuniverse.analysis.mechanics.mechanics_file import MechanicsRecord
from nnuniverse.analysis.mechanics.mechanics_names import AT, called, diffusion_called
from nnuniverse.analysis.mechanics.pooled_ratio import PooledRatio, pooled_ratio
from nnuniverse.counted import counted
from nnuniverse.intervals import with_interval

ASSUMED = (
    "The potential does not depend on time; the mean and its velocity, the spread and its velocity "
    "are free at the start.",
    "Every coordinate is judged by itself.",
    "Only the densities p(t, q) at the records are compared: trajectories whose quadratic "
    "variation is positive exclude a deterministic flow and Bohm's trajectories already, but not "
    "Nelson's.",
    "Coordinates of one ensemble share its replicas: errors over coordinates are indicative.",
)
"""What the verdict rests on."""


def verdict_sentences(record: MechanicsRecord) -> list[str]:
    """Return how many coordinates follow what, a over all of them, and why some are undecided."""
    return [_tally(record), *map(_pooled, pooled_ratios(record)), *undecided_reasons(record)]


def pooled_ratios(record: MechanicsRecord) -> list[PooledRatio]:
    """Return a over the coordinates for every D that it is taken with.

    Of the coordinates for which there are several D, the pooled numbers are of the same ones.
    """
    if "signed_hbar2_ratio" not in record:
        return []
    found = [
        pooled_ratio(kind, record.estimate("signed_hbar2_ratio", k))
        for k, kind in enumerate(record.words("diffusion_of"))
    ]
    return [one for one in found if one is not None]


def undecided_reasons(record: MechanicsRecord) -> list[str]:
    """Return a sentence for every coordinate of which nothing is named."""
    words = (record.words(name) for name in ("coordinate", "winner", "reason"))
    return [
        f"{label} is undecided: {reason}."
        for label, winner, reason in zip(*words, strict=True)
        if winner == "undecided"
    ]


def _tally(record: MechanicsRecord) -> str:
    winners = record.words("winner")
    named = [f"{count} {called(name)}" for name, count in Counter(winners).most_common()]
    return f"Of {counted(len(winners), 'coordinate')}: {', '.join(named)}."


def _pooled(pooled: PooledRatio) -> str:
    distances = ", ".join(
        f"{chi2:.3g} about {at:+d} ({called(AT[at])})"
        if at
        else f"{chi2:.3g} about 0 ({called(AT[at])})"
        for at, chi2 in pooled.chi2.items()
    )
    return (
        f"a = {with_interval(pooled.estimate)} over {counted(pooled.coordinates, 'coordinate')} "
        f"with {diffusion_called(pooled.kind)}; chi2 {distances}."
    )
