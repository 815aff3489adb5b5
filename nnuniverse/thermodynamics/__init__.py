"""Thermodynamics of learning: functions of the spectrum of ``log G``, of beta and of m.

They take NumPy or JAX arrays, and compute in the precision of what they are given.
"""

from nnuniverse.thermodynamics.decomposition import (
    Decomposition,
    count_large,
    decompose,
    decompose_with_units,
)
from nnuniverse.thermodynamics.functions import (
    canonical_entropy,
    entropy,
    free_energy,
    log_partition,
    mean_loss,
    negative_laplacian,
    unit_share_of_laplacian,
)
from nnuniverse.thermodynamics.limits import (
    LogSums,
    counted_laplacian,
    entropy_from_loss,
    entropy_remainder,
    log_sums,
    printed_counted_laplacian,
    printed_entropy_from_loss,
    printed_entropy_remainder,
)
from nnuniverse.thermodynamics.low_rank import large_truncation_error, truncation_error
from nnuniverse.thermodynamics.spectrum import (
    FLAT,
    WINDOWS,
    Ensemble,
    Spectrum,
    Window,
    check_domain,
    in_domain,
)
from nnuniverse.thermodynamics.two_peaks import (
    beta_from_extremum,
    beta_from_printed_extremum,
    extrema,
    final_beta,
    largest_moving_share,
    phase,
    printed_extremum,
    two_peak_laplacian,
)

__all__ = [
    "FLAT",
    "WINDOWS",
    "Decomposition",
    "Ensemble",
    "LogSums",
    "Spectrum",
    "Window",
    "beta_from_extremum",
    "beta_from_printed_extremum",
    "canonical_entropy",
    "check_domain",
    "count_large",
    "counted_laplacian",
    "decompose",
    "decompose_with_units",
    "entropy",
    "entropy_from_loss",
    "entropy_remainder",
    "extrema",
    "final_beta",
    "free_energy",
    "in_domain",
    "large_truncation_error",
    "largest_moving_share",
    "log_partition",
    "log_sums",
    "mean_loss",
    "negative_laplacian",
    "phase",
    "printed_counted_laplacian",
    "printed_entropy_from_loss",
    "printed_entropy_remainder",
    "printed_extremum",
    "truncation_error",
    "two_peak_laplacian",
    "unit_share_of_laplacian",
]
