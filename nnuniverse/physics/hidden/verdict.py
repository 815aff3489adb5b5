"""Whether the null constraint holds, judged against controls by how much replicas differ."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.hidden.hidden_variables import CONTROLS, HiddenVariables

FEWEST_REPLICAS = 3
"""Two values give an interval of 12.7 standard errors, which says nothing."""

LATE = 0.1
"""Of the first speed: then the transient is late."""

NULL_WITHIN = 0.1
"""What |r| may be at the most for the constraint to hold."""

Holds = Literal["holds", "nearer", "no nearer", "undecided"]


class ConstraintVerdict(NamedTuple):
    """What is said of the constraint at a ``step``, of corrected correlations over all neurons.

    ``correlation``: of the run; ``above``: how far that of each control is above it, by the
    control's name; ``holds``: "nearer" is nearer to null than every control, but not null.
    """

    step: int
    correlation: Estimate
    above: dict[str, Estimate]
    holds: Holds

    @property
    def document(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "step": self.step,
            "holds": self.holds,
            "corrected_correlation": self.correlation,
            "controls_above": self.above,
        }

    @property
    def nearest(self) -> str:
        """The control whose interval reaches lowest, "" if none has one."""
        known = {name: of for name, of in self.above.items() if np.isfinite(of.low)}
        return min(known, key=lambda name: float(known[name].low), default="")


def judge_constraint(found: HiddenVariables) -> ConstraintVerdict:
    """Return whether (7.6) holds in the late transient, and better than in the controls.

    At `late_step`, of the corrected correlation r over all neurons: "holds" if the 95 % interval of
    its mean over the replicas, Student's t, lies within `NULL_WITHIN` of 0, and that of the
    difference of |r| to each control, replica by replica, lies above 0; "nearer" if the latter
    alone; "no nearer" if the interval of a difference reaches 0; "undecided" with fewer than
    `FEWEST_REPLICAS` replicas.  Since all controls have to be beaten, each at 2.5 %, so is the
    whole.

    ``found``: what was found of the run.

    Source: 2008.01540 (7.6).
    """
    step = late_step(found)
    values = found["corrected_correlation"][:, :, step]
    own = values[:, 0]
    correlation = mean_over_replicas(own)
    above = {
        name: mean_over_replicas(np.abs(values[:, at]) - np.abs(own))
        for at, name in enumerate(CONTROLS, start=1)
    }
    return ConstraintVerdict(step, correlation, above, _holds(own, correlation, above))


def late_step(found: HiddenVariables) -> int:
    """Return the first step with a mean speed of at most `LATE`, or the last that moves.

    ``found``: what was found of the run.
    """
    speed = mean_over_replicas(found["speed"]).value
    late = np.flatnonzero(speed <= LATE)
    moving = np.flatnonzero(np.isfinite(speed))
    return int(late[0] if len(late) else moving[-1] if len(moving) else 0)


def _holds(own: np.ndarray, correlation: Estimate, above: dict[str, Estimate]) -> Holds:
    known = [of for of in above.values() if np.isfinite(of.low)]
    if np.isfinite(own).sum() < FEWEST_REPLICAS or not known:
        return "undecided"
    if any(of.low <= 0.0 for of in known):
        return "no nearer"
    is_null = max(abs(float(correlation.low)), abs(float(correlation.high))) <= NULL_WITHIN
    return "holds" if is_null else "nearer"
