"""Whether the drift lies along grad F, judged by how much it differs between seeds."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.mechanics.alignment.measured import ALIGNMENT, Alignment

FEWEST_SEEDS = 3
"""Two values give an interval of 12.7 standard errors, which says nothing."""

Lies = Literal["along", "against", "neither", "undecided"]


class SeedsVerdict(NamedTuple):
    """How the drift lies to +grad F; ``reason``: why that is undecided, else ""."""

    cosine: Estimate
    lies: Lies
    reason: str = ""


def judge_alignment(alignment: Alignment, epoch: int, beta: int) -> SeedsVerdict:
    """Return how the mean step lies to +grad F over the seeds, at one epoch and beta, by number.

    ``along`` or ``against`` if the 95 % interval of the mean cosine over the seeds, Student's t,
    lies above or below 0; ``neither`` if it contains 0.  Both gradients lie mostly in a few
    directions that the data make, so that single seeds differ from 0 by many times what a random
    direction would: only the spread over seeds tells how large a cosine chance gives.

    Undecided are fewer than `FEWEST_SEEDS` seeds; a learning rate above the edge of stability,
    ``eta h > edge`` on average over the seeds, where the net is pinned to its stiffest direction
    and the cosine is that of the instability; and what the algorithm itself forbids.  A net that
    was pinned saturates there, so that eta h falls below the edge again: ``along`` and ``against``
    need that it was below at all epochs measured before, too.  The untrained net, which no rate has
    moved, counts as below.

    ``alignment``: what `nnu align` measured.
    """
    cosines = alignment[ALIGNMENT.name][:, epoch, beta]
    estimate = mean_over_replicas(cosines)
    above = _steepness_above_the_edge(alignment)
    reason = alignment.objection or above[epoch]
    if np.isfinite(cosines).sum() < FEWEST_SEEDS:
        reason = reason or f"fewer than {FEWEST_SEEDS} seeds"
    if reason:
        return SeedsVerdict(estimate, "undecided", reason)
    if estimate.low <= 0.0 <= estimate.high:
        return SeedsVerdict(estimate, "neither")
    if before := next(filter(None, above[:epoch]), ""):
        return SeedsVerdict(estimate, "undecided", before)
    return SeedsVerdict(estimate, "along" if estimate.low > 0.0 else "against")


def _steepness_above_the_edge(alignment: Alignment) -> list[str]:
    """Return, by epoch, how far above the edge of stability the rate is, "" if it is not."""
    mean = mean_over_replicas(alignment["steepness"]).value
    return [
        f"eta h = {steepness:.3g} at epoch {epoch} is above the edge of stability, "
        f"{alignment.edge:g}"
        if epoch > 0 and steepness > alignment.edge
        else ""
        for epoch, steepness in zip(alignment.epochs, mean, strict=True)
    ]
