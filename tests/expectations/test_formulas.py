"""Formulas of named numbers: the same parser, another arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError
from nnuniverse.expectations.expressions import FORMULA_FUNCTIONS
from nnuniverse.expectations.formulas import value_of
from nnuniverse.expectations.parser import parse_formula


def value(text: str, **values: float) -> float:
    formula = parse_formula(text, tuple(values))
    return float(value_of(formula, values, lambda name: getattr(np, name)))


def test_values() -> None:
    assert value("-(1 - 2 * M / r)", M=1.0, r=10.0) == pytest.approx(-0.8)
    assert value("2 ** 3 ** 2 - -1") == 513.0
    assert value("sin(x)**2 + cos(x)**2", x=0.7) == pytest.approx(1.0)
    assert value("-x**2", x=3.0) == -9.0


@given(st.sampled_from(FORMULA_FUNCTIONS), st.floats(0.1, 1.5))
def test_every_function_is_numpys(name: str, x: float) -> None:
    assert value(f"{name}(x)", x=x) == getattr(np, name)(x)
    assert value(f"{name} x", x=x) == pytest.approx(getattr(math, name)(x) if name != "abs" else x)


@pytest.mark.parametrize("text", ["y", "x.final", "x[a=1]", "slope(x, x)", "x <", "x x", ""])
def test_what_is_no_formula_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^the formula "):
        parse_formula(text, ("x",))
