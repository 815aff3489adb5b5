"""The canonical ensemble p(x) ~ exp(-beta H(x)) of a net's states, integrated or sampled."""

from nnuniverse.thermodynamics.canonical.canonical_state import CanonicalState, Mixing
from nnuniverse.thermodynamics.canonical.gaussian import (
    FORMS,
    WINDOWED,
    Expansion,
    GaussianState,
    closed_form,
    expand,
    gaussian_state,
    quadratic_state,
    windowed_state,
)
from nnuniverse.thermodynamics.canonical.inputs import input_bias
from nnuniverse.thermodynamics.canonical.integration import integration_rule, sample_with_partition
from nnuniverse.thermodynamics.canonical.quadrature import (
    MOST_NEURONS,
    SETTLED,
    has_settled,
    integrate_states,
    integrate_windowed,
)
from nnuniverse.thermodynamics.canonical.sampling import (
    SamplingSettings,
    assess_mixing,
    sample_states,
)
from nnuniverse.thermodynamics.canonical.system import (
    System,
    build_system,
    check_normalisable,
    errors,
    log_volume,
    loss,
    require_dense,
)

__all__ = [
    "FORMS",
    "MOST_NEURONS",
    "SETTLED",
    "WINDOWED",
    "CanonicalState",
    "Expansion",
    "GaussianState",
    "Mixing",
    "SamplingSettings",
    "System",
    "assess_mixing",
    "build_system",
    "check_normalisable",
    "closed_form",
    "errors",
    "expand",
    "gaussian_state",
    "has_settled",
    "input_bias",
    "integrate_states",
    "integrate_windowed",
    "integration_rule",
    "log_volume",
    "loss",
    "quadratic_state",
    "require_dense",
    "sample_states",
    "sample_with_partition",
    "windowed_state",
]
