"""Estimates with what each replica has to do with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnuniverse.intervals import Estimate, students_t


@dataclass(frozen=True)
class InfluencedEstimate:
    """An estimate from independent replicas, to first order a mean over them.

    ``value``: x; ``influence``: psi_r, by how much replica r alone pulls it, M times what it
    changes, with mean 0, (replica,): the error of x is that of the mean of psi (the sandwich).
    Estimates from the same replicas keep their correlation through it.
    """

    value: float
    influence: np.ndarray

    @property
    def error(self) -> float:
        """Standard error of x: (sum psi^2 / (M (M - 1)))^(1/2)."""
        count = len(self.influence)
        return float(np.sqrt(np.sum(self.influence**2) / (count * (count - 1.0))))

    @property
    def interval(self) -> Estimate:
        """Value and Student's interval with as many degrees of freedom as replicas but one."""
        half = students_t(len(self.influence) - 1.0) * self.error
        low, high = self.value - half, self.value + half
        return Estimate(np.asarray(self.value), np.asarray(low), np.asarray(high))


def over_squares(signed: InfluencedEstimate, diffusion: InfluencedEstimate) -> InfluencedEstimate:
    """Return a = A / (4 D^2) with the errors of both, which are correlated."""
    square = 4.0 * diffusion.value**2
    ratio = signed.value / square
    pulled = signed.influence / square - 2.0 * ratio / diffusion.value * diffusion.influence
    return InfluencedEstimate(ratio, pulled)


def above_fokker_planck(
    signed: InfluencedEstimate, diffusion: InfluencedEstimate
) -> InfluencedEstimate:
    """Return A + 4 D^2, which is 0 for Fokker-Planck's equation."""
    value = signed.value + 4.0 * diffusion.value**2
    pulled = signed.influence + 8.0 * diffusion.value * diffusion.influence
    return InfluencedEstimate(value, pulled)
