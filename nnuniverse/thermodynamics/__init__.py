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
    printed_extremum,
    two_peak_laplacian,
)

__all__ = [
    "FLAT",
    "WINDOWS",
    "Decomposition",
    "Ensemble",
    "Spectrum",
    "Window",
    "beta_from_extremum",
    "beta_from_printed_extremum",
    "canonical_entropy",
    "check_domain",
    "count_large",
    "decompose",
    "decompose_with_units",
    "entropy",
    "extrema",
    "free_energy",
    "in_domain",
    "log_partition",
    "mean_loss",
    "negative_laplacian",
    "printed_extremum",
    "two_peak_laplacian",
    "unit_share_of_laplacian",
]
