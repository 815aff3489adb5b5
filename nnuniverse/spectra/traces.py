"""Traces of functions of G: exact from all eigenvalues, or estimated with error bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from jaxtyping import Float

from nnuniverse.spectra.iterative import Gram

DEPTH = 60
"""Lanczos steps per probe, nodes of its quadrature; its cost: see `TraceEstimate.truncation`."""

PROBES = 32
BATCH = 8
"""Probes at the most, and between looks at the errors."""

EXHAUSTED = 1e-12
"""Length of a new Lanczos direction, relative to a form z^T G z, that is rounding."""

RELATIVE_ERROR = 0.01
"""Error, relative to the value, at which no more probes are drawn."""

Function = Callable[[Float[np.ndarray, " points"]], Float[np.ndarray, " points"]]


class TraceEstimate(NamedTuple):
    """A trace ``Tr f(G)``: its ``value``, ``error`` and ``truncation``; exact ones have 0 and 0.

    ``error``: standard error over the probes; ``truncation``: change of the value when the
    quadrature takes three quarters of its steps, which estimates what more steps would change.
    """

    value: float
    error: float = 0.0
    truncation: float = 0.0


class Quadrature(NamedTuple):
    """Nodes and weights, (probes, depth), with ``z^T f(G) z = sum_j weight_j f(node_j)``."""

    nodes: np.ndarray
    weights: np.ndarray


def trace_functions(betas: Sequence[float], *, logarithms: bool = True) -> dict[str, Function]:
    """Return what is traced, by name, as functions of the eigenvalues lambda of G.

    ``log_det``, ``mu2``, ``mu3``: ``(log lambda)^k``, k = 1, 2, 3, unless not ``logarithms``;
    ``negative_laplacian[beta]``: ``(beta/2) (1 + beta lambda)^-2``.
    Source: 2004.09280 (7.8), (9.1), (9.5), (9.6).

    ``betas``: inverse temperatures, > 0, ascending.
    """
    functions: dict[str, Function] = {}
    if logarithms:
        functions = {"log_det": np.log}
        functions |= {f"mu{k}": lambda x, k=k: np.log(x) ** k for k in (2, 3)}  # type: ignore[misc]
    for beta in betas:
        functions[f"negative_laplacian[{beta:g}]"] = lambda x, beta=beta: (  # type: ignore[misc]
            0.5 * beta / (1.0 + beta * x) ** 2
        )
    return functions


def exact_traces(
    eigenvalues: Float[np.ndarray, " N"], functions: dict[str, Function]
) -> dict[str, TraceEstimate]:
    """Return the traces from all eigenvalues, (N,).

    ``functions``: of the eigenvalues, by name.

    >>> traces = exact_traces(np.array([1.0, 4.0]), {"Tr log G": np.log})
    >>> round(traces["Tr log G"].value, 4)
    1.3863
    """
    return {name: TraceEstimate(float(f(eigenvalues).sum())) for name, f in functions.items()}


def estimate_traces(
    coupling: sp.csr_array, functions: dict[str, Function], seed: int = 0
) -> tuple[dict[str, TraceEstimate], int]:
    """Estimate the traces of G by stochastic Lanczos quadrature; also return the probes taken.

    ``Tr f(G) = E z^T f(G) z`` over random signs z; each form is a Gauss quadrature whose nodes
    and weights are those of the tridiagonal matrix of `DEPTH` Lanczos steps from z.  Probes are
    drawn until every standard error is below `RELATIVE_ERROR` times the trace, or, since the log of
    det G may vanish, that times ``Tr |log G|`` for it; or there are `PROBES` of them.

    ``coupling``: sparse A, (N, N).

    ``functions``: of the eigenvalues, by name; ``seed``: of the probes.
    """
    gram, random = Gram(coupling), np.random.default_rng(seed)
    collected: list[Quadrature] = []
    while True:
        collected += [_probe(gram, random) for _ in range(BATCH)]
        estimates = {name: _estimate(collected, f) for name, f in functions.items()}
        sizes = {name: abs(estimate.value) for name, estimate in estimates.items()}
        if "log_det" in sizes:
            sizes["log_det"] = _estimate(collected, lambda x: np.abs(np.log(x))).value
        precise = all(e.error <= RELATIVE_ERROR * sizes[name] for name, e in estimates.items())
        if precise or len(collected) >= PROBES:
            return estimates, len(collected)


def _estimate(probes: list[Quadrature], function: Function) -> TraceEstimate:
    def forms(part: int) -> np.ndarray:
        return np.array([np.sum(p.weights[part] * function(p.nodes[part])) for p in probes])

    values = forms(0)
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    return TraceEstimate(float(values.mean()), error, float(abs(values.mean() - forms(1).mean())))


def _probe(gram: Gram, random: np.random.Generator) -> Quadrature:
    """Return the quadratures of one probe, with all steps and with three quarters of them."""
    depth = min(DEPTH, gram.neurons)
    tridiagonal = _tridiagonalise(gram, random.choice([-1.0, 1.0], gram.neurons), depth)
    nodes, weights = np.zeros((2, depth)), np.zeros((2, depth))
    for part, limit in enumerate((depth, 3 * depth // 4)):
        steps = min(limit, len(tridiagonal))
        values, vectors = np.linalg.eigh(tridiagonal[:steps, :steps])
        # G is not negative; rounding may leave the smallest node so.
        nodes[part] = 1.0
        nodes[part, :steps] = np.maximum(values, np.finfo(float).eps * values[-1])
        weights[part, :steps] = gram.neurons * vectors[0] ** 2
    return Quadrature(nodes, weights)


def _tridiagonalise(gram: Gram, probe: np.ndarray, depth: int) -> np.ndarray:
    """Return the tridiagonal matrix of Lanczos steps from ``probe``, at most ``depth`` of them."""
    basis = np.empty((depth, gram.neurons))
    diagonal, beside = np.empty(depth), np.empty(depth)
    basis[0] = probe / np.linalg.norm(probe)
    for step in range(depth):
        direction, found = gram @ basis[step], basis[: step + 1]
        overlaps = found @ direction
        diagonal[step] = overlaps[-1]
        direction -= overlaps @ found
        direction -= (found @ direction) @ found  # twice is enough (Kahan, Parlett)
        beside[step] = np.linalg.norm(direction)
        # When no new direction is left, the rest is noise, and what is there is exact.
        if step + 1 == depth or not beside[step] > EXHAUSTED * diagonal[0]:
            break
        basis[step + 1] = direction / beside[step]
    off_diagonal = beside[:step]
    return np.diag(diagonal[: step + 1]) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)
