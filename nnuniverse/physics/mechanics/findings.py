"""What was found of an ensemble: measured numbers, verdicts, and the curves that fit best."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.ensemble import Ensemble
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model


@dataclass(frozen=True)
class RecordMoments:
    """Moments of q over the replicas at each record, all (record, coordinate).

    ``mean``; ``variance``; ``excess_kurtosis``: 0 of a Gaussian.
    """

    mean: Estimate
    variance: Estimate
    excess_kurtosis: Estimate


@dataclass(frozen=True)
class Transitions:
    """What the steps between records, and the single steps after them, tell of the motion.

    ``rate``: k, the share of the distance to the centre that a step takes away, (coordinate,);
    ``diffusion``: D, half the covariance that a step adds, (coordinate, coordinate);
    ``exponent``: d log variance / d log step over windows of steps, 1 of free diffusion,
    (window, coordinate); ``windows``: their first and last steps, (window, 2).
    """

    rate: Estimate
    diffusion: Estimate
    exponent: Estimate
    windows: np.ndarray


@dataclass(frozen=True)
class EntropyProduction:
    """The entropy of p(t, q) over the records, and what changes it, per step; all (record,).

    ``entropy``: S = -<log p>, nats; ``fisher``: D Tr(Sigma^-1) > 0, by diffusion; ``learning``:
    -Tr k < 0, by the drift; ``total``: their sum, 2012.05082 (2.5); ``direct``: the difference of
    the entropies of neighbouring records over the steps between them, NaN at the last.
    """

    entropy: Estimate
    fisher: Estimate
    learning: Estimate
    total: Estimate
    direct: Estimate


@dataclass(frozen=True)
class FittedCurves:
    """Mean and variance of q as each model describes them best, at ``steps``, (time,).

    ``mean``, ``variance``: by model, (coordinate, time); NaN where it was not fitted.
    """

    steps: np.ndarray
    mean: Mapping[Model, np.ndarray]
    variance: Mapping[Model, np.ndarray]


@dataclass(frozen=True)
class Findings:
    """All that was found of an ``ensemble``; one of the ``judgements`` per coordinate."""

    ensemble: Ensemble
    judgements: tuple[Judgement, ...]
    moments: RecordMoments
    transitions: Transitions
    entropy: EntropyProduction
    curves: FittedCurves
