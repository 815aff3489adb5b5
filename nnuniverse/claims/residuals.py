"""What a check of a statement finds: how far two sides of an equation are apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isnan

HOLDS, FAILS = 4.0, 8.0
"""A sampled residual holds up to the one, and fails from the other on, in standard errors: normal
errors exceed 4 once in 16,000 checks, and what is 8 away is no accident in any."""

CLEARLY = 100.0
"""A computed residual fails from this many times the tolerance on, so that another library of
linear algebra flips no verdict."""


@dataclass(frozen=True)
class Residual:
    """|left - right| of an equation, over a scale that the check states.

    ``standard_error``: of a sampled one, else 0; ``bound``: on the error of the numerical method,
    where one is known.
    """

    value: float
    standard_error: float = 0.0
    bound: float = 0.0

    def holds(self, tolerance: float) -> bool | None:
        """Return whether the equation holds; None where that is undecided, and for NaN.

        ``tolerance``: the largest that counts as none.
        """
        if isnan(self.value):
            return None
        if self.standard_error > 0.0:
            return _between(self.value / self.standard_error, HOLDS, FAILS)
        limit = max(tolerance, self.bound)
        return _between(self.value, limit, CLEARLY * limit)

    def size(self, tolerance: float) -> float:
        """Return it in units of what it may be: above 1 it does not hold.

        ``tolerance``: the largest that counts as none.
        """
        limit = HOLDS * self.standard_error or max(tolerance, self.bound)
        return self.value / limit

    def __str__(self) -> str:
        if self.standard_error > 0.0:
            return f"{self.value / self.standard_error:.2g} s.e."
        return f"{self.value:.2g}"


@dataclass(frozen=True)
class Outcome:
    """The residuals of a statement.

    ``printed``: of the printed form, where it claims to hold; ``control``: of a neighbouring wrong
    form, which a check with any power rejects; ``corrected``: of the right form, by the package's
    own function wherever there is one, None where the printed form is right; ``value``: the numbers
    behind them, for people.
    """

    printed: Residual
    control: Residual
    corrected: Residual | None = None
    value: str = ""


def worst(residuals: Iterable[Residual], tolerance: float = 1e-9) -> Residual:
    """Return the residual that is farthest from holding: of all that have to hold.

    ``residuals``: of one statement; ``tolerance``: the largest that counts as none.
    """
    return max(residuals, key=lambda one: one.size(tolerance))


def weakest(residuals: Iterable[Residual], tolerance: float = 1e-9) -> Residual:
    """Return the residual nearest to holding: of all controls, each of which has to fail.

    ``residuals``: of one statement; ``tolerance``: the largest that counts as none.
    """
    return min(residuals, key=lambda one: one.size(tolerance))


def _between(value: float, holds: float, fails: float) -> bool | None:
    if value <= holds:
        return True
    return False if value >= fails else None
