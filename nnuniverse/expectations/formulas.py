"""The value of a formula of numbers that have names, in the arithmetic of whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nnuniverse.expectations.expressions import (
    Applied,
    Binary,
    Expression,
    Negative,
    Number,
    Quantity,
)


def value_of(
    formula: Expression,
    values: Mapping[str, Any],
    functions: Callable[[str], Callable[[Any], Any]],
) -> Any:
    """Return the value of a ``formula``; ``values``: of its names; ``functions``: by theirs.

    ``functions`` are those of NumPy, JAX or sympy, whose numbers the ``values`` are.
    """
    match formula:
        case Number(value):
            return value
        case Quantity(name):
            return values[name]
        case Negative(operand):
            return -value_of(operand, values, functions)
        case Applied(function, operand):
            return functions(function)(value_of(operand, values, functions))
        case Binary(operator, left, right):
            a, b = (value_of(side, values, functions) for side in (left, right))
            return _operate(operator, a, b)
    raise TypeError(formula)  # which no formula is parsed to


def _operate(operator: str, a: Any, b: Any) -> Any:
    match operator:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
        case "/":
            return a / b
    return a**b
