"""2012.05082 (3.7), (4.2): what a neuron adds to the free energy of a net."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.deviations import relative
from nnuniverse.claims.checks.nets import gram_matrix, random_blocks, whole_matrix
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual
from nnuniverse.observables.neuron_free_energy import neuron_free_energies
from nnuniverse.spectra import dense_log_eigenvalues, removal_log_determinants
from nnuniverse.thermodynamics.functions import free_energy
from nnuniverse.thermodynamics.spectrum import Ensemble, Spectrum

SIZES = (4, 5, 4, 2)
INPUTS = SIZES[0]
HIDDEN = slice(INPUTS, INPUTS + 9)
FREE = slice(INPUTS, None)
BETA = 1.4


@check("C14")
def chemical_potential_of_each_neuron(random: np.random.Generator) -> Outcome:
    """``F(N) - F(N - 1) = mu`` for every hidden neuron of a random net 4-5-4-2, beta = 1.4.

    Printed: deviation of the nine over their mean.  Corrected: what `neuron_free_energies` gives
    for each, by the identity of C15, against the package's free energies.  Control: the identity
    without its last term.

    Source: 2012.05082 (3.7), (4.2), an approximation (C14).
    """
    coupling = whole_matrix(random_blocks(random, SIZES))
    changes = free_energy_changes(coupling)[HIDDEN]
    spreads = [_spread(whole_matrix(random_blocks(random, SIZES, gain))) for gain in (0.1, 1.0)]
    isolated = float(free_energy(Spectrum(np.zeros(0), 1), Ensemble(BETA)))
    return Outcome(
        printed=Residual(float(changes.std(ddof=1) / abs(changes.mean()))),
        corrected=relative(changes_by_identity(coupling)[HIDDEN], changes),
        control=relative(without_last_term(coupling)[HIDDEN], changes),
        value=f"deviation over mean {spreads[0]:.2g} with weights of gain 0.1, {spreads[1]:.2g} of "
        f"1; mean {changes.mean():.3f}, isolated neuron {isolated:.3f}",
    )


@check("C15")
def removal_by_one_inverse(random: np.random.Generator) -> Outcome:
    """``F(N) - F(N - 1)`` of each free neuron by one inverse, slopes held; a random net 4-5-4-2.

    ``log det M' - log det M = log[(1 - beta b^T M^-1 b) (M^-1)_ii + beta ((M^-1 b)_i)^2]``, with
    ``M = 1 + beta G`` and b the i-th row of 1 - A, by `removal_log_determinants`, against the
    package's free energies of the net and of the nets without the neuron.  Control: without the
    last term.

    Source: an addition to 2012.05082 (4.2) (C15).
    """
    coupling = whole_matrix(random_blocks(random, SIZES))
    changes = free_energy_changes(coupling)[FREE]
    return Outcome(
        printed=relative(changes_by_identity(coupling)[FREE], changes),
        control=relative(without_last_term(coupling)[FREE], changes),
        value=f"F(N) - F(N - 1) from {changes.min():.3f} to {changes.max():.3f}",
    )


def free_energy_changes(coupling: np.ndarray) -> np.ndarray:
    """Return ``F(N) - F(N - 1)`` of every neuron: rows and columns of A deleted, one by one.

    ``coupling``: A = f'w, (N, N), rows receive.
    """

    def energy(matrix: np.ndarray) -> float:
        log_eigenvalues = dense_log_eigenvalues(matrix)  # type: ignore[arg-type]
        return float(free_energy(Spectrum(np.asarray(log_eigenvalues), 0), Ensemble(BETA)))

    neurons = range(len(coupling))
    without = [np.delete(np.delete(coupling, i, axis=0), i, axis=1) for i in neurons]
    return energy(coupling) - np.array([energy(matrix) for matrix in without])


def changes_by_identity(coupling: np.ndarray) -> np.ndarray:
    """Return the same of the free neurons by the package, from one inverse; NaN of the inputs.

    ``coupling``: A = f'w, (N, N), rows receive.
    """
    free = coupling[FREE]
    ratios = removal_log_determinants(free[:, :INPUTS], free[:, FREE], BETA, 1.0)  # type: ignore[arg-type]
    changes = np.asarray(neuron_free_energies(ratios, BETA))
    return np.concatenate([np.full(INPUTS, np.nan), changes])


def without_last_term(coupling: np.ndarray) -> np.ndarray:
    """Return what the identity gives of every neuron without its last term.

    ``coupling``: A = f'w, (N, N), rows receive.
    """
    rows = np.eye(len(coupling)) - coupling
    inverse = np.linalg.inv(np.eye(len(coupling)) + BETA * gram_matrix(coupling))
    removed = 1.0 - BETA * np.einsum("ij,ji->i", rows, inverse @ rows.T)
    return (-np.log(2.0 * np.pi) - np.log(removed * np.diag(inverse))) / (2.0 * BETA)


def _spread(coupling: np.ndarray) -> float:
    changes = free_energy_changes(coupling)[HIDDEN]
    return float(changes.std(ddof=1) / abs(changes.mean()))
