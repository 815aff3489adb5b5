"""What ``mechanics.h5`` holds, declared: names, dimensions, units, equations and their sources."""

from __future__ import annotations

from nnuniverse.intervals import mean_over_replicas
from nnuniverse.physics.mechanics.estimators.diffusion_matrix import diffusion_matrix, isotropy
from nnuniverse.physics.mechanics.estimators.entropy import gaussian_entropy
from nnuniverse.physics.mechanics.estimators.entropy_production import (
    entropy_production,
    entropy_rate,
)
from nnuniverse.physics.mechanics.estimators.exponents import growth_exponents
from nnuniverse.physics.mechanics.estimators.tails import shape
from nnuniverse.physics.mechanics.estimators.transition import transition
from nnuniverse.physics.mechanics.findings import variance_over_replicas
from nnuniverse.physics.mechanics.recorded import (
    PREDICTED_DIFFUSION,
    PREDICTED_RATE,
    PREDICTED_VARIANCE,
    RECORD_STEP,
)
from nnuniverse.physics.mechanics.verdict.decision import decide
from nnuniverse.physics.mechanics.verdict.diffusions import diffusions_of
from nnuniverse.physics.mechanics.verdict.marginals import log_likelihood
from nnuniverse.physics.mechanics.verdict.nesting import fit_models
from nnuniverse.physics.mechanics.verdict.pooled import pooled
from nnuniverse.physics.mechanics.verdict.scoring import curves
from nnuniverse.physics.mechanics.verdict.signed_number import ratio_to_diffusion, signed_number
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
    computed_by=(mean_over_replicas,),
)
VARIANCE = Variable(
    "ensemble_variance",
    ("coordinate", "record", "statistic"),
    "variance of the coordinate over the replicas",
    "definition",
    symbol="var q",
    equation="variance of q over replicas, with its 95 % interval",
    computed_by=(variance_over_replicas,),
)
SKEWNESS = Variable(
    "skewness",
    ("coordinate", "statistic"),
    "third moment of the coordinate over the replicas, 0 of a Gaussian; mean over records",
    "definition",
    equation="<(q - <q>)^3> / (var q)^(3/2)",
    computed_by=(shape,),
    symbol="gamma_1",
)
KURTOSIS = Variable(
    "excess_kurtosis",
    ("coordinate", "statistic"),
    "fourth moment of the coordinate over the replicas, 0 of a Gaussian; mean over records",
    "definition",
    equation="<(q - <q>)^4> / (var q)^2 - 3",
    computed_by=(shape,),
    symbol="gamma_2",
)
RATE = Variable(
    "rate",
    ("coordinate", "statistic"),
    "share of the distance to the centre that a step takes away",
    "2012.05082 (2.1)",
    units="1/step",
    symbol="k",
    equation="1 - phi^(1/tau) of q' = a + phi q, records tau steps apart",
    computed_by=(transition,),
)
CENTRE = Variable(
    "centre",
    ("coordinate", "statistic"),
    "where the drift vanishes",
    "2012.05082 (2.1)",
    symbol="c",
    equation="a / (1 - phi) of q' = a + phi q",
    computed_by=(transition,),
)
LAGGED_DIFFUSION = Variable(
    "lagged_diffusion",
    ("coordinate", "statistic"),
    "half the variance that a step adds, from what is left between records",
    "2012.05082 (2.1)",
    units="1/step",
    equation="s^2 / (2 sum_j phi^(2j/tau)) of the residual variance s^2 between records",
    computed_by=(transition,),
    symbol="D_tau",
)
STATIONARY_VARIANCE = Variable(
    "stationary_variance",
    ("coordinate", "statistic"),
    "variance of the state to which rate and lagged diffusion lead",
    "linear theory of stochastic gradient descent",
    equation="D / (k (1 - k/2))",
    computed_by=(transition,),
    symbol="sigma^2",
)
DIFFUSION = Variable(
    "diffusion",
    ("coordinate", "coordinate_2", "statistic"),
    "half the covariance of the coordinates that a step adds",
    "2012.05082 (2.1)",
    units="1/step",
    symbol="D",
    equation="half the covariance of what a linear drift leaves of a step",
    computed_by=(diffusion_matrix,),
)
ANISOTROPY = Variable(
    "anisotropy",
    ("statistic",),
    "largest over smallest eigenvalue of the matrix of diffusion, 1 of the papers' one D",
    "2012.05082 (2.1)",
    equation="largest / smallest eigenvalue of D",
    computed_by=(isotropy,),
    symbol="D_max/D_min",
)
EXPONENT = Variable(
    "growth_exponent",
    ("coordinate", "window", "statistic"),
    "exponent with which the variance grows over a window of steps",
    "2012.05082 (2.1)",
    equation="slope of log var q over log step",
    computed_by=(growth_exponents,),
    symbol="alpha",
)
EXPECTED_EXPONENT = Variable(
    "expected_growth_exponent",
    ("coordinate", "window", "statistic"),
    "the same of a linear drift with the rate and plain diffusion, 1 only of a free one",
    "2012.05082 (2.1)",
    equation="slope of log of phi^(2t) var q(0) + 2 D (1 - phi^(2t)) / (1 - phi^2) over log step",
    computed_by=(growth_exponents,),
    symbol="alpha_0",
)
ANOMALOUS_EXPONENT = Variable(
    "anomalous_exponent",
    ("coordinate", "window", "statistic"),
    "by how much the exponent differs from the one expected, 0 of normal diffusion",
    "2012.05082 (2.1)",
    equation="growth_exponent - expected_growth_exponent",
    computed_by=(growth_exponents,),
    symbol="alpha - alpha_0",
)
ENTROPY = Variable(
    "ensemble_entropy",
    ("record", "statistic"),
    "entropy of the density over the coordinates, of a Gaussian with its covariance",
    "2012.05082 (2.4)",
    symbol="S_q",
    equation="-int p log p dq = 1/2 log det(2 pi e Sigma), less the bias of few replicas",
    computed_by=(gaussian_entropy,),
)
ENTROPY_FISHER = Variable(
    "entropy_rate_fisher",
    ("record", "statistic"),
    "what diffusion adds to the entropy per step",
    "2012.05082 (2.5)",
    units="1/step",
    equation="D int (grad p)^2 / p dq = Tr(D Sigma^-1)",
    computed_by=(entropy_production,),
    symbol="D Tr Sigma^-1",
)
ENTROPY_LEARNING = Variable(
    "entropy_rate_learning",
    ("record", "statistic"),
    "what the drift takes from the entropy per step",
    "2012.05082 (2.5)",
    units="1/step",
    equation="int p div u dq = -Tr k",
    computed_by=(entropy_production,),
    symbol="-Tr k",
)
ENTROPY_FINITE_STEP = Variable(
    "entropy_rate_finite_step",
    ("record", "statistic"),
    "what a step of finite size adds to the entropy, small as the rates are",
    "linear theory of stochastic gradient descent",
    units="1/step",
    equation="1/2 Tr(k Sigma k Sigma^-1)",
    computed_by=(entropy_production,),
    symbol="Tr(k Sigma k Sigma^-1)/2",
)
ENTROPY_TOTAL = Variable(
    "entropy_rate",
    ("record", "statistic"),
    "entropy production per step by its terms",
    "2012.05082 (2.5)",
    units="1/step",
    symbol="dS_q/dt",
    equation="entropy_rate_fisher + entropy_rate_learning + entropy_rate_finite_step",
    computed_by=(entropy_production,),
)
ENTROPY_DIRECT = Variable(
    "entropy_rate_direct",
    ("record", "statistic"),
    "entropy production per step as the difference to the next record",
    "2012.05082 (2.4)",
    units="1/step",
    equation="(S_q(t') - S_q(t)) / (t' - t)",
    computed_by=(entropy_rate,),
    symbol="dS_q",
)
LOG_LIKELIHOOD = Variable(
    "log_likelihood",
    ("model", "coordinate", "held_out"),
    "log-likelihood of a replica held out, mean over its records",
    FAMILY,
    equation="mean over records t of log p(t, q_t)",
    symbol="log p",
    computed_by=(log_likelihood,),
)
PARAMETER = Variable(
    "fitted_parameter",
    ("model", "coordinate", "parameter"),
    "what was fitted to the other half of the replicas",
    FAMILY,
    symbol="theta",
    equation="parameters of greatest likelihood of mean and variance at the records",
    computed_by=(fit_models,),
)
FITTED_MEAN = Variable(
    "fitted_mean",
    ("model", "coordinate", "time"),
    "mean of the coordinate as the model describes it best",
    FAMILY,
    symbol="m(t)",
    equation="mean of the model with these parameters",
    computed_by=(curves,),
)
FITTED_VARIANCE = Variable(
    "fitted_variance",
    ("model", "coordinate", "time"),
    "variance of the coordinate as the model describes it best",
    FAMILY,
    symbol="v(t)",
    equation="variance of the model with these parameters",
    computed_by=(curves,),
)
WINNER = Variable(
    "winner",
    ("coordinate",),
    "the mechanics, or the rival, that is named; or undecided",
    FAMILY,
    dtype=TEXT,
    equation="that whose A lies in the 95 % interval and which no model beats by 2 s.e.",
    symbol="-",
    computed_by=(decide,),
)
REASON = Variable(
    "reason",
    ("coordinate",),
    "why nothing is named, empty else",
    "definition",
    dtype=TEXT,
    symbol="-",
    equation="the rules of naming that do not hold",
    computed_by=(decide,),
)
MARGIN = Variable(
    "margin",
    ("coordinate",),
    "by how much the likeliest model is ahead of the next, held out",
    FAMILY,
    units="nats per replica and record",
    equation="difference of the means of log_likelihood over the replicas held out",
    symbol="d log p",
    computed_by=(decide,),
)
MARGIN_ERROR = Variable(
    "margin_error",
    ("coordinate",),
    "standard error of the margin over the replicas held out",
    "definition",
    units="nats per replica and record",
    symbol="s.e.",
    equation="standard deviation of the difference over the square root of the replicas",
    computed_by=(decide,),
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
    computed_by=(signed_number,),
)
RATIO = Variable(
    "signed_hbar2_ratio",
    ("diffusion_of", "coordinate", "statistic"),
    "the signed number over that of Nelson's mechanics, by the diffusion that this is taken from",
    FAMILY,
    symbol="a",
    equation="A / (4 D^2): -1 of Fokker-Planck, 0 of Hamilton-Jacobi, +1 of Nelson",
    computed_by=(ratio_to_diffusion,),
)
RATIO_DIFFUSION = Variable(
    "ratio_diffusion",
    ("diffusion_of", "coordinate", "statistic"),
    "the diffusion that the ratio is taken with",
    FAMILY,
    units="1/step",
    symbol="D",
    equation="measured in one-step pairs, of linear theory, or given",
    computed_by=(diffusions_of,),
)
POOLED_RATIO = Variable(
    "pooled_ratio",
    ("pooled_with", "statistic"),
    "mean of signed_hbar2_ratio over the coordinates on which a verdict can be given",
    FAMILY,
    equation="sum of a over the number of coordinates",
    computed_by=(pooled,),
    symbol="<a>",
)
POOLED_CHI2 = Variable(
    "pooled_chi2",
    ("pooled_with", "about"),
    "distance of the coordinates from the value of each mechanics, chi squared",
    FAMILY,
    equation="(a - value)^T C^-1 (a - value) with the covariance C of the coordinates",
    computed_by=(pooled,),
    symbol="chi^2",
)
POOLED_COORDINATES = Variable(
    "pooled_coordinates",
    ("pooled_with",),
    "coordinates that are pooled",
    "definition",
    dtype="int64",
    computed_by=(pooled,),
    symbol="n",
    equation="coordinates with this ratio that are not barred",
)

MECHANICS_QUANTITIES = {
    variable.name: variable
    for variable in (
        RECORD_STEP,
        MEAN,
        VARIANCE,
        SKEWNESS,
        KURTOSIS,
        RATE,
        CENTRE,
        LAGGED_DIFFUSION,
        STATIONARY_VARIANCE,
        DIFFUSION,
        ANISOTROPY,
        EXPONENT,
        EXPECTED_EXPONENT,
        ANOMALOUS_EXPONENT,
        PREDICTED_RATE,
        PREDICTED_DIFFUSION,
        PREDICTED_VARIANCE,
        ENTROPY,
        ENTROPY_FISHER,
        ENTROPY_LEARNING,
        ENTROPY_FINITE_STEP,
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
        POOLED_RATIO,
        POOLED_CHI2,
        POOLED_COORDINATES,
    )
}
"""By name, in the order in which they are stored."""
