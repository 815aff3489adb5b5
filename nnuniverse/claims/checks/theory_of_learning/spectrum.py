"""2004.09280 Sec. 9: the spectrum of log G with two layers, and with more."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.checks.nets import gram_matrix, random_blocks, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst

OFF = 1.01
"""The controls are of weights that are one per cent off."""

TWO_LAYERS, THREE_LAYERS, FOUR_LAYERS = (5, 4), (4, 3, 2), (3, 2, 2, 2)
"""Of nine neurons each, since another shape is another compilation."""

TINY = 1e-6
"""An angle below it is its own sinh."""


@check("A32")
def logarithm_of_two_layers(random: np.random.Generator) -> Outcome:
    """``log G = 1/2 K(A^T A) A^T A - 1/2 K(A A^T) A A^T - K(A A^T) A - K(A^T A) A^T``.

    ``K(s^2) = theta/sinh theta``, ``theta = 2 asinh(s/2)``.  Residuals: the largest deviation from
    the logarithm by the eigenvectors of G, over its largest element; of the printed form no less
    than the blocks of log G within a layer, which no F_1, F_2 fill.  Control: of 1.01 A.

    Source: 2004.09280 (9.8), wrong as printed (A32).
    """
    coupling = whole_matrix(random_blocks(random, TWO_LAYERS))
    values, vectors = np.linalg.eigh(gram_matrix(coupling))
    logarithm = (vectors * np.log(values)) @ vectors.T
    inputs = TWO_LAYERS[0]
    within = logarithm.copy()
    within[:inputs, inputs:] = within[inputs:, :inputs] = 0.0
    return Outcome(
        printed=deviation(within, 0.0, logarithm),
        corrected=deviation(_logarithm(coupling), logarithm),
        control=deviation(_logarithm(OFF * coupling), logarithm),
    )


@check("A33")
def symmetric_spectrum_of_two_layers(random: np.random.Generator) -> Outcome:
    """``log lambda = +-2 asinh(s/2)``, s the singular values of A, so ``Tr (log G)^(2n+1) = 0``.

    Residuals: `reduced_log_eigenvalues` against these, over the largest; `trace_of_power` of the
    odd powers up to 7, over the sum of magnitudes.  Control: the traces with a weak third layer.

    Source: 2004.09280 (9.9)-(9.11).
    """
    (block,) = random_blocks(random, TWO_LAYERS)
    positive = 2.0 * np.arcsinh(np.linalg.svd(block, compute_uv=False) / 2.0)
    found = _log_eigenvalues([block])
    first, second = random_blocks(random, THREE_LAYERS)
    return Outcome(
        printed=worst(
            [deviation(found, np.concatenate([positive, -positive[::-1]])), *_odd_traces(found)]
        ),
        control=weakest(_odd_traces(_log_eigenvalues([first, 0.1 * second]))[1:]),
    )


@check("A34")
def skewness_of_three_layers_and_more(random: np.random.Generator) -> Outcome:
    """``sum sinh(log lambda) = -1/2 sum_(k=2)^(L-1) ||A^k||^2``, ``mu_3 -> -3 ||A^2||^2``.

    Residuals: printed: of mu_3 = 0 with one hidden layer, over sum |log lambda|^3; corrected: of
    the first, over sum |sinh(log lambda)|, by `reduced_log_eigenvalues` and `power_norms`, with
    three and four layers; and of the second, relative, extrapolated to weights of zero.  Control:
    of the norms of other weights, and of -3.03.

    Source: 2004.09280 Sec. 9, wrong as printed (A34).
    """
    nets = [random_blocks(random, sizes) for sizes in (THREE_LAYERS, FOUR_LAYERS)]
    found = [_log_eigenvalues(blocks) for blocks in nets]
    cubes, weak = found[0] ** 3, _skewness_of_weak_nets(nets[1])

    def identity(off: float) -> list[Residual]:
        sinh = [np.sinh(theta) for theta in found]
        norms = [_norms_of_powers([off * block for block in blocks]).sum() for blocks in nets]
        return [
            deviation(one.sum(), -0.5 * norm, np.abs(one).sum())
            for one, norm in zip(sinh, norms, strict=True)
        ]

    return Outcome(
        printed=deviation(cubes.sum(), 0.0, np.abs(cubes).sum()),
        corrected=worst([*identity(1.0), deviation(weak, -3.0)]),
        control=weakest([*identity(OFF), deviation(weak, -3.0 * OFF)]),
        value=f"one hidden layer: mu_3 {cubes.sum():.3f}, sum |log lambda|^3 "
        f"{np.abs(cubes).sum():.3f}",
    )


def _logarithm(coupling: np.ndarray) -> np.ndarray:
    """Return log G of two layers in closed form."""

    def k(symmetric: np.ndarray) -> np.ndarray:
        squares, vectors = np.linalg.eigh(symmetric)
        theta = 2.0 * np.arcsinh(np.sqrt(np.maximum(squares, 0.0)) / 2.0)
        ratio = np.where(theta < TINY, 1.0, theta / np.sinh(np.maximum(theta, TINY)))
        return np.asarray((vectors * ratio) @ vectors.T)

    inputs, outputs = coupling.T @ coupling, coupling @ coupling.T
    even = 0.5 * (k(inputs) @ inputs - k(outputs) @ outputs)
    return even - k(outputs) @ coupling - k(inputs) @ coupling.T


def _skewness_of_weak_nets(blocks: list[np.ndarray]) -> float:
    """Return ``mu_3/||A^2||^2`` for A -> 0, by Richardson: it is a series in the squared scale."""
    ratios = []
    for scale in (0.04, 0.02, 0.01):
        weak = [scale * block for block in blocks]
        ratios.append(np.sum(_log_eigenvalues(weak) ** 3) / _norms_of_powers(weak)[0])
    first, second = (4.0 * ratios[1] - ratios[0]) / 3.0, (4.0 * ratios[2] - ratios[1]) / 3.0
    return float((16.0 * second - first) / 15.0)


def _log_eigenvalues(blocks: list[np.ndarray]) -> np.ndarray:
    from nnuniverse.spectra import reduced_log_eigenvalues

    return np.asarray(reduced_log_eigenvalues(blocks))  # type: ignore[arg-type]


def _norms_of_powers(blocks: list[np.ndarray]) -> np.ndarray:
    """Return ``||A^k||_F^2`` for k = 2 .. L - 1."""
    from nnuniverse.observables.power_norms import power_norms
    from nnuniverse.precision import in_float64

    return np.asarray(in_float64(power_norms)(blocks))  # type: ignore[arg-type]


def _odd_traces(log_eigenvalues: np.ndarray) -> list[Residual]:
    """Return ``Tr (log G)^k`` for k = 1, 3, 5, 7, over the sums of the magnitudes."""
    from nnuniverse.observables.moments import trace_of_power
    from nnuniverse.precision import in_float64

    trace = in_float64(trace_of_power)
    return [
        deviation(float(trace(log_eigenvalues, k)), 0.0, np.sum(np.abs(log_eigenvalues) ** k))  # type: ignore[arg-type]
        for k in (1, 3, 5, 7)
    ]
