"""What is known about the canonical ensemble at one beta."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Mixing(NamedTuple):
    """Whether chains have come to agree: over the loss and every neuron's state.

    ``r_hat``: the largest rank-normalised split R-hat; ``ess``: the smallest effective sample
    size; ``divergent``: transitions that broke off; ``mixed``: R-hat and ESS are good enough.
    """

    r_hat: float
    ess: float
    divergent: int
    mixed: bool


@dataclass(frozen=True)
class CanonicalState:
    """``p(x) = exp(-beta H(x)) / Z`` at one beta; missing numbers are NaN.

    ``mean_loss``: U = <H>; ``variance``: of H, -dU/dbeta; ``mean_state``: <x> of the free
    neurons, (n,); ``log_partition``: log Z.  Errors are standard errors of what is sampled and
    the last change of what is integrated on a grid; ``discretisation_error``: of log Z from
    steps in beta, at most.  ``mixing``: of the chains here; ``path``: of those that disagree most
    among all that log Z was integrated over; None where nothing was sampled.  ``mean_square``:
    <x^T x>, of what is integrated on a grid.
    """

    beta: float
    mean_loss: float
    mean_loss_error: float
    variance: float
    mean_state: np.ndarray
    log_partition: float = math.nan
    log_partition_error: float = math.nan
    discretisation_error: float = 0.0
    entropy_error: float = math.nan
    mixing: Mixing | None = None
    path: Mixing | None = None
    mean_square: float = math.nan

    @property
    def free_energy(self) -> float:
        """``F = -log Z / beta``, 2004.09280 (6.4)."""
        return -self.log_partition / self.beta

    @property
    def free_energy_error(self) -> float:
        """The error of F, both parts."""
        return math.hypot(self.log_partition_error, self.discretisation_error) / self.beta

    @property
    def entropy(self) -> float:
        """``S = -<log p> = log Z + beta U``, in nats, 2004.09280 (4.5), (7.1) (A17)."""
        return self.log_partition + self.beta * self.mean_loss

    @property
    def whole_entropy_error(self) -> float:
        """The error of S, both parts."""
        return math.hypot(self.entropy_error, self.discretisation_error)

    @property
    def mixed(self) -> bool:
        """Whether no chains that it rests on have failed to mix."""
        return all(mixing is None or mixing.mixed for mixing in (self.mixing, self.path))
