"""Named metrics by sympy, and their curvature by another route, in thirty digits.

The elements are differentiated symbolically; from their numbers ``R^a_bcd = Gamma^a_bd,c -
Gamma^a_bc,d + Gamma^a_ce Gamma^e_bd - Gamma^a_de Gamma^e_bc`` with the index up, where the package
has all of them down and derivatives by autodiff.
"""

from __future__ import annotations

from typing import NamedTuple

import mpmath
import numpy as np
import sympy as sp

DIGITS = 30
t, x, y, z = sp.symbols("t x y z", real=True)


class Symbolic(NamedTuple):
    """What is known at a point, as floats: R_abcd, R_ab, R, R_abcd R^abcd, C_abcd, Gamma^a_bc."""

    riemann: np.ndarray
    ricci: np.ndarray
    scalar: float
    kretschmann: float
    weyl: np.ndarray
    christoffel: np.ndarray


def _kerr(mass: int, spin: sp.Expr) -> sp.Matrix:
    """Return ``-Delta/Sigma (dt - a s^2 dphi)^2 + s^2/Sigma ((r^2 + a^2) dphi - a dt)^2 + ...``."""
    sigma, delta = x**2 + (spin * sp.cos(y)) ** 2, x**2 - 2 * mass * x + spin**2
    one = sp.Matrix([1, 0, 0, -spin * sp.sin(y) ** 2])
    other = sp.Matrix([-spin, 0, 0, x**2 + spin**2])
    rest = sp.diag(0, sigma / delta, sigma, 0)
    return rest - delta / sigma * one * one.T + sp.sin(y) ** 2 / sigma * other * other.T


METRICS: dict[str, tuple[tuple[sp.Symbol, ...], sp.Matrix]] = {
    "sphere": ((x, y), sp.diag(1, sp.sin(x) ** 2)),
    "minkowski": ((t, x, y, z), sp.diag(-1, 1, x**2, (x * sp.sin(y)) ** 2)),
    "de_sitter": ((t, x, y, z), sp.diag(-1, *[sp.exp(2 * t)] * 3)),
    "anti_de_sitter": ((t, x, y, z), sp.diag(-1, 1, 1, 1) / z**2),
    "frw": (
        (t, x, y, z),
        t ** sp.Rational(4, 3) * sp.diag(-(t ** sp.Rational(-4, 3)), 1, x**2, (x * sp.sin(y)) ** 2),
    ),
    "schwarzschild": (
        (t, x, y, z),
        sp.diag(-(1 - 2 / x), 1 / (1 - 2 / x), x**2, (x * sp.sin(y)) ** 2),
    ),
    "kerr": ((t, x, y, z), _kerr(1, sp.Rational(3, 5))),
    "kasner": (
        (t, x, y, z),
        sp.diag(-1, *[t ** (2 * sp.Rational(p, 3)) for p in (-1, 2, 2)]),
    ),
}
"""By the name that the package has them under, with its defaults."""


def symbolic_curvature(name: str, point: np.ndarray) -> Symbolic:
    """Return the curvature of a named metric at a ``point``, (D,)."""
    names, metric = METRICS[name]
    with mpmath.workdps(DIGITS):
        where = dict(zip(names, map(sp.Float, point.tolist(), [DIGITS] * len(point)), strict=True))
        g = _numbers(metric, where)
        first = np.stack([_numbers(metric.diff(a), where) for a in names])
        second = np.stack(
            [np.stack([_numbers(metric.diff(a, b), where) for b in names]) for a in names]
        )
        return _curvature(g, first, second)


def _numbers(matrix: sp.Matrix, where: dict[sp.Symbol, sp.Float]) -> np.ndarray:
    rows = matrix.subs(where).evalf(DIGITS).tolist()
    return np.array([[mpmath.mpf(str(one)) for one in row] for row in rows], object)


def _lowered(slopes: np.ndarray) -> np.ndarray:
    """Return Gamma_abc, (..., a, b, c), of g_ab,m, (..., m, a, b)."""
    first = np.einsum("...mab->...abm", slopes)
    return (first + np.einsum("...abm->...amb", first) - slopes) / 2


def _curvature(g: np.ndarray, first: np.ndarray, second: np.ndarray) -> Symbolic:
    size = len(g)
    inverse = np.array(mpmath.inverse(mpmath.matrix(g.tolist())).tolist(), object)
    gamma = np.tensordot(inverse, _lowered(first), 1)
    # Gamma^a_bd,c = g^ae (Gamma_ebd,c - g_ef,c Gamma^f_bd); (c, a, b, d).
    slopes = _lowered(second) - np.tensordot(first, gamma, 1)
    change = np.einsum("acbd->cabd", np.tensordot(inverse, slopes, (1, 1)))
    half = np.einsum("cabd->abcd", change) + np.einsum("acbd->abcd", np.tensordot(gamma, gamma, 1))
    up = half - half.swapaxes(2, 3)
    riemann = np.tensordot(g, up, 1)
    ricci = sum(up[a, :, a, :] for a in range(size))
    scalar = (inverse * ricci).sum()
    raised = riemann
    for _ in range(4):
        raised = np.tensordot(raised, inverse, (0, 0))
    weyl = _weyl(g, riemann, ricci, scalar)
    numbers = (riemann, ricci, np.array(scalar), np.array((riemann * raised).sum()), weyl, gamma)
    found = [one.astype(float) for one in numbers]
    return Symbolic(found[0], found[1], float(found[2]), float(found[3]), found[4], found[5])


def _weyl(g: np.ndarray, riemann: np.ndarray, ricci: np.ndarray, scalar: object) -> np.ndarray:
    """Return C_abcd, by the Schouten tensor ``P_ab = (R_ab - R g_ab/(2 (D - 1)))/(D - 2)``."""
    size = len(g)
    if size == 2:
        return np.zeros_like(riemann)
    schouten = (ricci - scalar * g / (2 * (size - 1))) / (size - 2)
    both = np.multiply.outer(g, schouten) + np.multiply.outer(schouten, g)
    pairs = np.einsum("acbd->abcd", both)
    return riemann - (pairs - pairs.swapaxes(2, 3))
