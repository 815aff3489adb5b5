"""Log-eigenvalues of ``G = (I - A)^T (I - A)``."""

from nnuniverse.spectra.dense import dense_log_eigenvalues
from nnuniverse.spectra.graph import (
    DENSE_LIMIT,
    finite_log_eigenvalues,
    graph_log_eigenvalues,
    reduced_coupling,
)
from nnuniverse.spectra.iterative import (
    Extremes,
    Gram,
    count_zeros,
    largest_eigenvalues,
    smallest_eigenvalues,
)
from nnuniverse.spectra.neuron_removal import (
    layered_removal_log_determinants,
    removal_log_determinants,
)
from nnuniverse.spectra.reduced import mean_state_squares, reduced_log_eigenvalues
from nnuniverse.spectra.traces import TraceEstimate, estimate_traces, exact_traces, trace_functions

__all__ = [
    "DENSE_LIMIT",
    "Extremes",
    "Gram",
    "TraceEstimate",
    "count_zeros",
    "dense_log_eigenvalues",
    "estimate_traces",
    "exact_traces",
    "finite_log_eigenvalues",
    "graph_log_eigenvalues",
    "largest_eigenvalues",
    "layered_removal_log_determinants",
    "mean_state_squares",
    "reduced_coupling",
    "reduced_log_eigenvalues",
    "removal_log_determinants",
    "smallest_eigenvalues",
    "trace_functions",
]
