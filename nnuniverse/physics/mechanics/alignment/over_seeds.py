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
    and the cosine is that of the instability, but for the untrained net, which no rate has moved;
    and what the algorithm itself forbids.
    """
    cosines = alignment[ALIGNMENT.name][:, epoch, beta]
    steepness = alignment["steepness"][:, epoch]
    estimate = mean_over_replicas(cosines)
    seeds = int(np.isfinite(cosines).sum())
    edge = alignment.edge if alignment.epochs[epoch] > 0 else np.nan
    if reason := alignment.objection or _objection(seeds, steepness, edge):
        return SeedsVerdict(estimate, "undecided", reason)
    if estimate.low > 0.0:
        return SeedsVerdict(estimate, "along")
    return SeedsVerdict(estimate, "against" if estimate.high < 0.0 else "neither")


def _objection(seeds: int, steepness: np.ndarray, edge: float) -> str:
    """Return why these seeds allow no verdict, else ""."""
    if seeds < FEWEST_SEEDS:
        return f"fewer than {FEWEST_SEEDS} seeds"
    known = steepness[np.isfinite(steepness)]
    if known.size and known.mean() > edge:
        return f"eta h = {known.mean():.3g} is above the edge of stability, {edge:g}"
    return ""
