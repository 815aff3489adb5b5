"""What a residual says, and what it does not."""

from __future__ import annotations

import math

import pytest

from nnuniverse.claims.residuals import Residual, weakest, worst


@pytest.mark.parametrize(
    ("residual", "holds"),
    [
        (Residual(0.0), True),
        (Residual(1e-9), True),
        (Residual(2e-9), None),
        (Residual(0.99e-7), None),
        (Residual(1.01e-7), False),
        (Residual(1e-3, bound=1e-3), True),
        (Residual(5e-2, bound=1e-3), None),
        (Residual(0.1, bound=1e-3), False),
        (Residual(0.4, standard_error=0.1), True),
        (Residual(0.5, standard_error=0.1), None),
        (Residual(0.8, standard_error=0.1), False),
        (Residual(math.nan), None),
        (Residual(math.nan, standard_error=0.1), None),
        (Residual(math.inf), False),
    ],
)
def test_when_an_equation_holds(residual: Residual, holds: bool | None) -> None:
    assert residual.holds(1e-9) is holds


def test_worst_and_weakest_compare_computed_with_sampled() -> None:
    small, sampled, large = Residual(1e-8), Residual(0.1, standard_error=0.1), Residual(1e-3)
    assert worst([small, sampled, large]) is large
    assert weakest([small, sampled, large]) is sampled
    assert worst([small, sampled], tolerance=1e-7) is sampled


def test_as_text() -> None:
    assert str(Residual(0.4142)) == "0.41"
    assert str(Residual(9.7, standard_error=0.1)) == "97 s.e."
