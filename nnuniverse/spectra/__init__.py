"""Log-eigenvalues of ``G = (I - A)^T (I - A)``."""

from nnuniverse.spectra.dense import dense_log_eigenvalues
from nnuniverse.spectra.graph import DENSE_LIMIT, finite_log_eigenvalues, reduced_coupling
from nnuniverse.spectra.reduced import mean_state_squares, reduced_log_eigenvalues

__all__ = [
    "DENSE_LIMIT",
    "dense_log_eigenvalues",
    "finite_log_eigenvalues",
    "mean_state_squares",
    "reduced_coupling",
    "reduced_log_eigenvalues",
]
