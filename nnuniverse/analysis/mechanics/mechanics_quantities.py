"""What ``mechanics.h5`` holds, declared: names, dimensions, units, equations and their sources."""

from __future__ import annotations

from nnuniverse.physics.mechanics.recorded import (
    PREDICTED_DIFFUSION,
    PREDICTED_RATE,
    PREDICTED_VARIANCE,
    RECORD_STEP,
)
from nnuniverse.variables import Variable

TEXT = "object"
"""Type of variables that hold words."""

FAMILY = "2012.05082 (2.13)-(2.14)"
"""Where Madelung's equations stand, of which all three mechanics are members."""


MEAN = Variable(
    "ensemble_mean",
    ("coordinate", "record", "statistic"),
    "mean of the coordinate over the replicas",
    "definition",
    symbol="<q>",
    equation="mean of q over replicas, with its 95 % interval",
)
VARIANCE = Variable(
    "ensemble_variance",
    ("coordinate", "record", "statistic"),
    "variance of the coordinate over the replicas",
    "definition",
    symbol="var q",
    equation="variance of q over replicas, with its 95 % interval",
)
KURTOSIS = Variable(
    "excess_kurtosis",
    ("coordinate", "record", "statistic"),
    "fourth moment of the coordinate over the replicas, less that of a Gaussian",
    "definition",
    equation="<(q - <q>)^4> / (var q)^2 - 3",
)
RATE = Variable(
    "rate",
    ("coordinate", "statistic"),
    "share of the distance to the centre that a step takes away",
    "2012.05082 (2.1)",
    units="1/step",
    symbol="k",
    equation="-<(q' - q) (q - q_0)> / <(q - q_0)^2> of a step",
)
DIFFUSION = Variable(
    "diffusion",
    ("coordinate", "coordinate_2", "statistic"),
    "half the covariance of the coordinates that a step adds",
    "2012.05082 (2.1)",
    units="1/step",
    symbol="D",
    equation="half the covariance of q' - q + k (q - q_0) of a step",
)
EXPONENT = Variable(
    "anomalous_exponent",
    ("coordinate", "window", "statistic"),
    "exponent with which the variance grows over a window of steps, 1 of free diffusion",
    "2012.05082 (2.1)",
    equation="d log var q / d log step",
)
ENTROPY = Variable(
    "ensemble_entropy",
    ("record", "statistic"),
    "entropy of the density over the coordinates, Gaussian, without the bias of few replicas",
    "2012.05082 (2.3)",
    symbol="S_q",
    equation="-int p log p dq",
)
ENTROPY_FISHER = Variable(
    "entropy_rate_fisher",
    ("record", "statistic"),
    "what diffusion adds to the entropy per step",
    "2012.05082 (2.5)",
    units="1/step",
    equation="D int (grad p)^2 / p dq = Tr(D Sigma^-1)",
)
ENTROPY_LEARNING = Variable(
    "entropy_rate_learning",
    ("record", "statistic"),
    "what the drift takes from the entropy per step",
    "2012.05082 (2.5)",
    units="1/step",
    equation="int p div u dq = -Tr k",
)
ENTROPY_TOTAL = Variable(
    "entropy_rate",
    ("record", "statistic"),
    "entropy production per step by its two terms",
    "2012.05082 (2.5)",
    units="1/step",
    symbol="dS_q/dt",
    equation="entropy_rate_fisher + entropy_rate_learning",
)
ENTROPY_DIRECT = Variable(
    "entropy_rate_direct",
    ("record", "statistic"),
    "entropy production per step as the difference to the next record",
    "2012.05082 (2.3)",
    units="1/step",
    equation="(S_q(t') - S_q(t)) / (t' - t)",
)
LOG_LIKELIHOOD = Variable(
    "log_likelihood",
    ("model", "coordinate", "held_out"),
    "log-likelihood of a replica held out, mean over its records",
    FAMILY,
    equation="mean over records t of log p(t, q_t)",
)
PARAMETER = Variable(
    "fitted_parameter",
    ("model", "coordinate", "parameter"),
    "what was fitted to the other half of the replicas",
    FAMILY,
)
FITTED_MEAN = Variable(
    "fitted_mean",
    ("model", "coordinate", "time"),
    "mean of the coordinate as the model describes it best",
    FAMILY,
)
FITTED_VARIANCE = Variable(
    "fitted_variance",
    ("model", "coordinate", "time"),
    "variance of the coordinate as the model describes it best",
    FAMILY,
)
WINNER = Variable(
    "winner",
    ("coordinate",),
    "the mechanics, or the rival, that is named; or undecided",
    FAMILY,
    dtype=TEXT,
    equation="that whose A lies in the 95 % interval and which no model beats by 2 s.e.",
)
REASON = Variable(
    "reason", ("coordinate",), "why nothing is named, empty else", "definition", dtype=TEXT
)
MARGIN = Variable(
    "margin",
    ("coordinate",),
    "by how much the likeliest model is ahead of the next, held out",
    FAMILY,
    units="nats per replica and record",
    equation="difference of the means of log_likelihood over the replicas held out",
)
MARGIN_ERROR = Variable(
    "margin_error",
    ("coordinate",),
    "standard error of the margin over the replicas held out",
    "definition",
    units="nats per replica and record",
)
SIGNED = Variable(
    "signed_hbar2",
    ("coordinate", "statistic"),
    "the signed number of the family of mechanics",
    FAMILY,
    units="1/step^2",
    symbol="A",
    equation="(hbar/m)^2 of Schroedinger, 0 of Hamilton-Jacobi, -4 D^2 of Fokker-Planck; "
    "2 s s'' - s'^2 + 4 w2 s^2 of the variance s of a Gaussian",
)
RATIO = Variable(
    "signed_hbar2_ratio",
    ("diffusion_of", "coordinate", "statistic"),
    "the signed number over that of Nelson's mechanics, by the diffusion that this is taken from",
    FAMILY,
    symbol="a",
    equation="A / (4 D^2): -1 of Fokker-Planck, 0 of Hamilton-Jacobi, +1 of Nelson",
)
RATIO_DIFFUSION = Variable(
    "ratio_diffusion",
    ("diffusion_of", "coordinate", "statistic"),
    "the diffusion that the ratio is taken with",
    FAMILY,
    units="1/step",
    symbol="D",
)

MECHANICS_QUANTITIES = {
    variable.name: variable
    for variable in (
        RECORD_STEP,
        MEAN,
        VARIANCE,
        KURTOSIS,
        RATE,
        DIFFUSION,
        EXPONENT,
        PREDICTED_RATE,
        PREDICTED_DIFFUSION,
        PREDICTED_VARIANCE,
        ENTROPY,
        ENTROPY_FISHER,
        ENTROPY_LEARNING,
        ENTROPY_TOTAL,
        ENTROPY_DIRECT,
        LOG_LIKELIHOOD,
        PARAMETER,
        FITTED_MEAN,
        FITTED_VARIANCE,
        WINNER,
        REASON,
        MARGIN,
        MARGIN_ERROR,
        SIGNED,
        RATIO,
        RATIO_DIFFUSION,
    )
}
"""By name, in the order in which they are stored."""
