"""Log-eigenvalues of ``G = (I - A)^T (I - A)``."""

from nnuniverse.spectra.dense import dense_log_eigenvalues
from nnuniverse.spectra.reduced import mean_state_squares, reduced_log_eigenvalues

__all__ = ["dense_log_eigenvalues", "mean_state_squares", "reduced_log_eigenvalues"]
