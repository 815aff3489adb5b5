"""2004.09280 Sec. 7: det G = 1, and G by its largest eigenvalues alone."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.deviations import deviation
from nnuniverse.claims.checks.nets import gram_matrix, random_blocks, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, weakest, worst
from nnuniverse.spectra import reduced_log_eigenvalues
from nnuniverse.thermodynamics import (
    Ensemble,
    Spectrum,
    count_large,
    large_truncation_error,
    truncation_error,
)

SIZES = (3, 2, 2, 2)


def spectrum_of(blocks: list[np.ndarray]) -> Spectrum:
    """Return the package's spectrum of a layered net.

    ``blocks``: A_l, (n_l, n_(l-1)) each.
    """
    theta = np.asarray(reduced_log_eigenvalues(blocks))  # type: ignore[arg-type]
    return Spectrum(theta, sum(SIZES) - len(theta))


@check("A20")
def determinant_is_one(random: np.random.Generator) -> Outcome:
    """``det G = 1``, so ``sum log lambda = 0``.

    Printed: det G of a cycle of five neurons, which is 0, and sum log lambda of nine neurons all
    connected.  Corrected: of a random 3-2-2-2 net, `reduced_log_eigenvalues` over the largest, and
    the determinant.  Control: the same net with a weight of 0.1 from every output to every input.

    Source: 2004.09280 (7.7), (7.8), of feedforward nets (A20).
    """
    blocks = random_blocks(random, SIZES)
    theta, coupling = spectrum_of(blocks).log_eigenvalues, whole_matrix(blocks)
    fed_back = coupling.copy()
    fed_back[: SIZES[0], -SIZES[-1] :] = 0.1
    connected = 0.5 * random.normal(size=coupling.shape)
    cycle = np.roll(np.eye(5), 1, axis=0)
    return Outcome(
        printed=weakest([_from_one(cycle), _from_one(connected)]),
        corrected=worst([deviation(theta.sum(), 0.0, theta), _from_one(coupling)]),
        control=_from_one(fed_back),
    )


def _from_one(coupling: np.ndarray) -> Residual:
    """Return |det G - 1|."""
    return Residual(abs(float(np.linalg.det(gram_matrix(coupling))) - 1.0))


@check("A21")
def truncation_to_large_eigenvalues(random: np.random.Generator) -> Outcome:
    """``G ~ sum_> lambda_i v_i v_i^T``, by the Frobenius norm of what is left out over that of G.

    Printed: `large_truncation_error` of a random 3-2-2-2 net at beta = 0.5.  Corrected: it and
    `truncation_error` against the matrix, and it with weights a million times larger.  Control: one
    eigenvector less.

    Source: 2004.09280 (7.9), right in the limit (A21).
    """
    blocks, ensemble = random_blocks(random, SIZES), Ensemble(np.array(0.5))
    spectrum, gram = spectrum_of(blocks), gram_matrix(whole_matrix(blocks))
    values, vectors = np.linalg.eigh(gram)
    kept, large = np.arange(1, len(gram)), int(count_large(spectrum, ensemble))

    def error(number: int) -> float:
        some = vectors[:, -number:]
        rest = gram - (some * values[-number:]) @ some.T
        return float(np.linalg.norm(rest) / np.linalg.norm(gram))

    found = float(large_truncation_error(spectrum, ensemble))
    by_hand = np.array([error(int(number)) for number in kept])
    strong = spectrum_of([1e6 * block for block in blocks])
    return Outcome(
        printed=Residual(found),
        corrected=worst(
            [
                deviation(found, float(by_hand[large - 1])),
                deviation(truncation_error(spectrum, kept), by_hand),
                Residual(float(large_truncation_error(strong, ensemble))),
            ]
        ),
        control=deviation(truncation_error(spectrum, kept[1:]), by_hand[:-1]),
        value=f"{large} of {len(gram)} eigenvalues kept: {found:.3f}",
    )
