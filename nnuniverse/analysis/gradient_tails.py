"""Whether gradients of mini-batches have tails that follow a power law."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from jaxtyping import Float

from nnuniverse.analysis.power_laws import fit_tail, power_law_test
from nnuniverse.errors import RunError
from nnuniverse.runs.record import RunRecord

MOVING = 0.9
"""Least share of mini-batches that move a weight, for its gradients to be looked at."""

SAMPLES = 3
"""Samples of each net that are tested: most of them decide."""

RECORDED = {
    "weights": "gradients_across_weights",
    "batches": "gradients_across_batches",
    "noise": "gradients_across_batches",
}
"""What a run has to have recorded for gradients over weights or batches, or their noise."""


def gradient_power_laws(record: RunRecord, over: str) -> Float[np.ndarray, " replica"]:
    """Return 1 where a power law is plausible for the gradients of a net, 0 where not, (replica,).

    At the last snapshot, by `power_law_test` of the absolute values of `SAMPLES` samples: of single
    mini-batches over the ``weights``; or of single weights that move over ``batches``; or of the
    ``noise`` there, less the mean over batches.  NaN where a net has diverged, or too few weights
    move.  Raises RunError if the gradients were not recorded, or `powerlaw` is not installed.

    ``record``: the run, as read back from its folder.
    """
    if find_spec("powerlaw") is None:
        remedy = "pip install 'nnuniverse[powerlaw]'"
        raise RunError("the rivals of a power law", "be fitted by powerlaw", "is missing", remedy)

    def plausible(sample: np.ndarray, random: np.random.Generator) -> bool:
        found = power_law_test(sample, random)
        return found is not None and found.plausible

    found = []
    for replica, samples in enumerate(gradient_samples(record, over)):
        random = np.random.default_rng(replica)
        told = [plausible(sample, random) for sample in samples]
        found.append(float(2 * sum(told) > SAMPLES) if len(told) == SAMPLES else np.nan)
    return np.array(found)


def gradient_tail_exponents(record: RunRecord, over: str) -> Float[np.ndarray, " replica"]:
    """Return alpha of the power law x^-alpha fitted to the gradients of each net, (replica,).

    The median over the samples that `gradient_power_laws` tests, whether it is plausible or not.

    ``record``: the run, as read back from its folder.
    """
    each = [
        [fit_tail(np.sort(sample[sample > 0.0])).exponent for sample in samples]
        for samples in gradient_samples(record, over)
    ]
    return np.array([np.median(one) if len(one) == SAMPLES else np.nan for one in each])


def gradient_samples(record: RunRecord, over: str) -> list[list[Float[np.ndarray, " _"]]]:
    """Return up to `SAMPLES` samples of |gradient| of each net; see `gradient_power_laws`.

    ``record``: the run, as read back from its folder; ``over``: one of `RECORDED`.
    """
    if over not in RECORDED:
        known = ", ".join(RECORDED)
        raise RunError("gradients", f"be over {known}", f"are over {over!r:.60}", "weights")
    samples = []
    for rows in record[RECORDED[over]][:, -1]:
        chosen = rows[np.isfinite(rows).all(axis=1)]
        if over != "weights":
            chosen = chosen[(chosen != 0.0).mean(axis=1) >= MOVING]
        if over == "noise":
            chosen = chosen - chosen.mean(axis=1, keepdims=True)
        samples.append(list(np.abs(chosen[:SAMPLES])))
    return samples
