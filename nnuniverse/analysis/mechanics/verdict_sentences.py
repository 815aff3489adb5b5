"""The verdict on an ensemble in plain sentences."""

from __future__ import annotations

from collections import Counter

from nnuniverse.analysis.mechanics.mechanics_file import MechanicsRecord
from nnuniverse.analysis.mechanics.mechanics_names import called, diffusion_called
from nnuniverse.counted import counted
from nnuniverse.intervals import with_interval
from nnuniverse.physics.mechanics.verdict.pooled import VALUES, PooledRatio

ASSUMED = (
    "The potential does not depend on time; the mean and its velocity, the spread and its velocity "
    "are free at the start.",
    "Every coordinate is judged by itself.",
    "Only the densities p(t, q) at the records are compared: trajectories whose quadratic "
    "variation is positive exclude a deterministic flow and Bohm's trajectories already, but not "
    "Nelson's.",
)
"""What the verdict rests on."""


def verdict_sentences(record: MechanicsRecord) -> list[str]:
    """Return how many coordinates follow what, a over all of them, and why some are undecided.

    ``record``: what `nnu mechanics` found, as read back.
    """
    return [
        _tally(record),
        *_pooled(record),
        *undecided_reasons(record),
        *_anisotropy(record),
    ]


def undecided_reasons(record: MechanicsRecord) -> list[str]:
    """Return a sentence for every coordinate of which nothing is named.

    ``record``: what `nnu mechanics` found, as read back.
    """
    words = (record.words(name) for name in ("coordinate", "winner", "reason"))
    return [
        f"{label} is undecided: {reason}."
        for label, winner, reason in zip(*words, strict=True)
        if winner == "undecided"
    ]


def _anisotropy(record: MechanicsRecord) -> list[str]:
    """Return whether the papers' one D serves all coordinates; nothing of a single one."""
    if "anisotropy" not in record:
        return []
    chance = float(str(record.attributes["anisotropy_by_chance"]))
    p_value = float(str(record.attributes["anisotropy_p_value"]))
    return [
        f"D is {'not the same' if p_value < 0.05 else 'the same, as far as can be told,'} in all "
        f"directions: its largest eigenvalue over its smallest is "
        f"{with_interval(record.estimate('anisotropy'))}, by chance {chance:.3g} (p = "
        f"{p_value:.2g})."
    ]


def _tally(record: MechanicsRecord) -> str:
    winners = record.words("winner")
    named = [f"{count} {called(name)}" for name, count in Counter(winners).most_common()]
    return f"Of {counted(len(winners), 'coordinate')}: {', '.join(named)}."


def _pooled(record: MechanicsRecord) -> list[str]:
    """Return a over the coordinates for every D that it is taken with."""
    if "pooled_ratio" not in record:
        return []
    return [
        pooled_sentence(
            kind,
            PooledRatio(
                record.estimate("pooled_ratio", number),
                dict(zip(record.words("about"), record["pooled_chi2"][number], strict=True)),
                int(record["pooled_coordinates"][number]),
            ),
        )
        for number, kind in enumerate(record.words("pooled_with"))
    ]


def pooled_sentence(kind: str, pooled: PooledRatio) -> str:
    """Return a over coordinates, and how far they are from each mechanics; ``kind``: of its D.

    ``pooled``: a over coordinates, with its interval.
    """
    distances = ", ".join(
        f"{chi2:.3g} about {_signed(VALUES[name])} ({called(name)})"
        for name, chi2 in pooled.chi_squared.items()
    )
    return (
        f"a = {with_interval(pooled.mean)} over {counted(pooled.freedom, 'coordinate')} with "
        f"{diffusion_called(kind)}; chi2 {distances}."
    )


def _signed(value: float) -> str:
    return f"{value:+g}" if value else "0"
