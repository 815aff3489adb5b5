"""What `nnu evolve` records of an ensemble: the variables of its ``results.h5``."""

from __future__ import annotations

from dataclasses import replace

from nnuniverse.variables import Variable

POSITIONS = Variable(
    "positions",
    ("replica", "record", "step", "coordinate"),
    "position of a replica along a coordinate, from the trained net on",
    "2012.05082 (2.1)",
    dtype="float32",
    equation="q = P (theta - theta_start)",
    symbol="q",
)
RECORD_STEP = Variable(
    "record_step",
    ("record",),
    "steps taken when a record was made",
    "recorded by the loop",
    dtype="int64",
    symbol="t",
)
ACTIVE_NEURONS = Variable(
    "active_neurons",
    ("replica", "record", "hidden_layer"),
    "active neurons of a hidden layer of a replica",
    "2012.05082 Sec. 4",
    dtype="int64",
    equation="sum_i m_i",
    symbol="N",
)
DIVERGED_STEP = Variable(
    "diverged_step",
    ("replica",),
    "step of the first record at which a position was not finite; -1: never",
    "recorded by the loop",
    dtype="int64",
)
CURVATURE = Variable(
    "curvature",
    ("coordinate",),
    "second derivative of the loss that is lowered along the coordinate",
    "linear theory of stochastic gradient descent",
    equation="h = v^T H v",
    symbol="h",
)
CURVATURE_SPREAD = Variable(
    "curvature_spread",
    ("coordinate",),
    "how far the coordinate is from an eigenvector of the Hessian; 0 of one",
    "linear theory of stochastic gradient descent",
    equation="(v^T H^2 v - h^2)^(1/2)",
)
GRADIENT_NOISE = Variable(
    "gradient_noise",
    ("coordinate", "coordinate_2"),
    "covariance of the gradients of single samples, along pairs of coordinates: mean over replicas "
    "at the end, and until then that at the trained net",
    "linear theory of stochastic gradient descent",
    equation="c = v^T C w",
    symbol="c",
)
TRAINED_NOISE = replace(
    GRADIENT_NOISE,
    name="trained_gradient_noise",
    long_name="covariance of the gradients of single samples at the trained net",
)
PREDICTED_RATE = Variable(
    "predicted_rate",
    ("coordinate",),
    "share of the distance to the centre that a step takes away, by linear theory",
    "linear theory of stochastic gradient descent",
    units="1/step",
    equation="k = eta h",
    symbol="k",
)
PREDICTED_DIFFUSION = Variable(
    "predicted_diffusion",
    ("coordinate",),
    "half the variance that a step adds, by linear theory",
    "linear theory of stochastic gradient descent",
    units="1/step",
    equation="D = eta^2 c / 2 B",
    symbol="D",
)
PREDICTED_VARIANCE = Variable(
    "predicted_variance",
    ("coordinate",),
    "variance of the stationary state, by linear theory in discrete steps",
    "linear theory of stochastic gradient descent",
    equation="D / (k (1 - k / 2))",
    symbol="sigma^2",
)
INDEPENDENT_RATE, INDEPENDENT_DIFFUSION, INDEPENDENT_VARIANCE = (
    replace(
        predicted,
        name=predicted.name.replace("predicted", "independent"),
        long_name=f"{predicted.long_name}, of independent batches, at the trained net",
    )
    for predicted in (PREDICTED_RATE, PREDICTED_DIFFUSION, PREDICTED_VARIANCE)
)
DIRECTIONS = Variable(
    "directions",
    ("coordinate", "parameter"),
    "direction of a coordinate among the parameters that take part in training",
    "recorded by the loop",
    dtype="float32",
    symbol="P",
)
ORIGIN = Variable(
    "origin",
    ("parameter",),
    "parameters of the trained net that take part in training, in the order of its layers",
    "recorded by the loop",
    symbol="theta_start",
)

FACTS = (
    CURVATURE,
    CURVATURE_SPREAD,
    GRADIENT_NOISE,
    TRAINED_NOISE,
    PREDICTED_RATE,
    PREDICTED_DIFFUSION,
    PREDICTED_VARIANCE,
    INDEPENDENT_RATE,
    INDEPENDENT_DIFFUSION,
    INDEPENDENT_VARIANCE,
    DIRECTIONS,
    ORIGIN,
)
"""What is known before the first step."""

RECORDED = (RECORD_STEP, POSITIONS, ACTIVE_NEURONS, DIVERGED_STEP, *FACTS)
"""All of them; the axis ``coordinate`` holds labels, neurons are counted where they come and go."""
