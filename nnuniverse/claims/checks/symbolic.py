"""How far apart two sympy expressions are: exactly nothing, or what numbers show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.claims.residuals import Residual

if TYPE_CHECKING:
    import sympy as sp

POINTS, DIGITS = 3, 30

ZERO = 1e-20
"""Sides below it are both zero, of which 30 digits leave rounding."""


def difference(left: sp.Expr, right: sp.Expr) -> Residual:
    """Return ``|left - right| / (|left| + |right|)``: 0 where they are one expression, at most 1.

    They are one if ``left - right`` expands to zero; ``simplify`` is slower and misses identities.
    Else it is the largest at three random points, symbols from 1/4 to 7/4, with 30 digits.  Of an
    undefined function every derivative counts as a symbol of its own.
    """
    import sympy as sp

    sides = [sp.sympify(side).doit() for side in (left, right)]
    if sp.expand(sides[0] - sides[1]) == 0:
        return Residual(0.0)
    sides = [_with_symbols_for_functions(side) for side in sides]
    symbols = sorted(sides[0].free_symbols | sides[1].free_symbols, key=str)
    values = np.random.default_rng(0).integers(250, 1750, (POINTS, len(symbols)))
    points = [
        {symbol: sp.Rational(int(value), 1000) for symbol, value in zip(symbols, row, strict=True)}
        for row in values
    ]
    return Residual(max(_relative(sides, point) for point in points))


def _relative(sides: list[sp.Expr], point: dict[sp.Symbol, sp.Rational]) -> float:
    one, other = (side.evalf(DIGITS, subs=point) for side in sides)
    scale = abs(one) + abs(other)
    return float(abs(one - other) / scale) if scale > ZERO else 0.0


def _with_symbols_for_functions(expression: sp.Expr) -> sp.Expr:
    """Return it with symbols in place of undefined functions and of their derivatives."""
    import sympy as sp
    from sympy.core.function import AppliedUndef

    unknown = expression.atoms(sp.Derivative, AppliedUndef)
    return expression.xreplace({one: sp.Symbol(str(one), positive=True) for one in unknown})
