"""Which values a quantity can have: the one place that says where its intervals may lie."""

from __future__ import annotations

from typing import Literal

Support = Literal["real", "positive", "share"]
"""Any number; 0 or more; from 0 to 1."""

POSITIVE = frozenset(
    {
        # recorded
        "boundary_loss",
        "test_boundary_loss",
        "bulk_loss",
        "bulk_loss_restarted",
        "running_boundary_loss",
        "running_bulk_loss",
        "running_cross_entropy",
        "cross_entropy",
        "test_cross_entropy",
        "bulk_unconverged",
        "bulk_iterations",
        "bulk_gradient_norm",
        "singular_eigenvalues",
        "fixed_point_unconverged",
        "fixed_point_cycles",
        "fixed_point_period",
        "mu2",
        "mu2_per_eigenvalue",
        "mu2_without_output",
        "mu2_per_eigenvalue_without_output",
        "power_norms",
        "mean_state_squares",
        "mean_state_rest",
        "active_neurons",
        "active_hidden_neurons",
        "gradient_noise_scale",
        "batch_size",
        "nonzero_weights",
        "running_penalty",
        # of an analysis
        "beta",
        "large_eigenvalues",
        "small_eigenvalues",
        "negative_laplacian",
        "bulk_ratio_per_neuron",
        "large_log_sum",
        "large_log_sum_limit",
        "small_log_sum",
        "small_log_sum_limit",
        "unit_log_sum",
        "counted_laplacian",
        "printed_counted_laplacian",
        "clamped_loss",
        "mean_over_clamped_loss",
        "final_beta",
        "boundary_change_sd",
        "bulk_change_sd",
        "change_ratio",
        "jump_ratio",
        "free_energy_change_sd",
    }
)

SHARES = frozenset(
    {
        # recorded
        "error_rate",
        "test_error_rate",
        "bulk_restarts_lower",
        # of an analysis
        "unit_share",
        "law_rises",
        "first_law_relative_residual",
        "bulk_ratio_whole",
        "large_truncation_error",
        "truncation_error",
        "moving_share",
        "moving_share_bound",
    }
)

REAL = frozenset(
    {
        # recorded
        "log_eigenvalues",
        "complexity",
        "mu3",
        "mu3_per_eigenvalue",
        "mu3_without_output",
        "mu3_per_eigenvalue_without_output",
        "running_terms",
        "r_squared",
        "test_r_squared",
        "gradients_across_weights",
        "gradients_across_batches",
        "neuron_free_energy",
        # of an analysis
        "log_partition",
        "free_energy",
        "mean_loss",
        "entropy",
        "canonical_entropy",
        "thermodynamic_free_energy",
        "split_mean_loss",
        "thermodynamic_entropy",
        "large_complexity",
        "split_error",
        "printed_thermodynamic_free_energy",
        "printed_thermodynamic_entropy",
        "printed_split_error",
        "first_law_mean_residual",
        "gap_position",
        "entropy_remainder",
        "printed_entropy_remainder",
        "printed_entropy_from_loss",
        "phase",
        "boundary_change_kurtosis",
        "bulk_change_kurtosis",
        "change_correlation",
    }
)


def support_of(name: str) -> Support:
    """Return which values the variable ``name`` can have, or one part of it (``power_norms_2``).

    Any number, where nothing is known of it.  A bulk loss with a mass can be negative although it
    is listed as positive: `mean_over_replicas` looks at the values, too.

    >>> support_of("boundary_loss"), support_of("mu3"), support_of("error_rate")
    ('positive', 'real', 'share')
    """
    for known in (name, name.rstrip("0123456789").removesuffix("_")):
        if known in SHARES:
            return "share"
        if known in POSITIVE:
            return "positive"
        if known in REAL:
            return "real"
    return "real"
