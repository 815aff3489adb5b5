"""The density p(t, q) and the free energy F(t, q) of two parameters, symbolically."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sympy as sp


class Fields(NamedTuple):
    """What a functional of trainable variables depends on, in two dimensions.

    ``time`` and ``place``: t and (q_1, q_2); ``density``: p; ``free_energy``: F; ``potential``:
    V(q).  Two dimensions show what one hides: which index is summed.
    """

    time: sp.Symbol
    place: tuple[sp.Symbol, ...]
    density: sp.Expr
    free_energy: sp.Expr
    potential: sp.Expr

    def variation(self, functional: sp.Expr, field: sp.Expr) -> sp.Expr:
        """Return ``delta S/delta field`` of ``S = int dt d^2q functional``, by Euler's operator.

        Of a total derivative, and only of one, all variations vanish.
        """
        import sympy as sp
        from sympy.calculus.euler import euler_equations

        equations = euler_equations(functional, [field], [self.time, *self.place])
        return equations[0].lhs if equations else sp.Integer(0)  # sympy leaves 0 = 0 out

    def gradient(self, function: sp.Expr) -> list[sp.Expr]:
        """Return ``d function/d q_k``."""
        return [function.diff(q) for q in self.place]

    def divergence(self, vector: list[sp.Expr]) -> sp.Expr:
        """Return ``sum_k d vector_k/d q_k``.

        ``vector``: of K components.
        """
        return sum(one.diff(q) for one, q in zip(vector, self.place, strict=True))

    def laplacian(self, function: sp.Expr) -> sp.Expr:
        """Return ``sum_k d^2 function/d q_k^2``."""
        return self.divergence(self.gradient(function))


def two_parameters() -> Fields:
    """Return undefined functions p, F of (t, q_1, q_2) and V of (q_1, q_2)."""
    import sympy as sp

    t, x, y = sp.symbols("t q_1 q_2")
    p = sp.Function("p", positive=True)(t, x, y)
    return Fields(t, (x, y), p, sp.Function("F")(t, x, y), sp.Function("V")(x, y))


def product(one: list[sp.Expr], other: list[sp.Expr]) -> sp.Expr:
    """Return ``sum_k one_k other_k``.

    ``one``: of K components; ``other``: of K components.
    """
    return sum(a * b for a, b in zip(one, other, strict=True))
