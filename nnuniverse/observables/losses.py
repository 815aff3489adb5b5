"""Exact losses, error rates and R^2 over all samples at a snapshot."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnuniverse.losses import boundary_loss, cross_entropy
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Settings
from nnuniverse.variables import Variable


def error_rate(outputs: jax.Array, labels: jax.Array) -> jax.Array:
    """Return the share of samples whose largest output is not their label's, in [0, 1].

    ``outputs``: (samples, n_L); ``labels``: (samples,).
    """
    return jnp.mean(jnp.argmax(outputs, axis=-1) != labels, dtype=jnp.float64)


def r_squared(outputs: jax.Array, targets: jax.Array) -> jax.Array:
    """Return the share of the targets' variance that the outputs account for, R^2, at most 1.

    ``R^2 = 1 - sum (x - t)^2 / sum (t - <t>)^2``, both sums over all samples and outputs, <t> of
    each output the mean over these samples.  ``outputs`` x and ``targets`` t: (samples, n_L).
    Not a number if no target varies.
    """
    targets = targets.astype(jnp.float64)
    spread = jnp.sum((targets - targets.mean(axis=0)) ** 2)
    return jnp.where(spread > 0.0, 1.0 - jnp.sum((outputs - targets) ** 2) / spread, jnp.nan)


def _supervised(settings: Settings) -> bool:
    return settings.outputs != "free"


def _classifies(settings: Settings) -> bool:
    return settings.outputs in ("classes", "softmax")


def _has_chances(settings: Settings) -> bool:
    return settings.outputs == "softmax"


def _regresses(settings: Settings) -> bool:
    return settings.outputs == "real"


BOUNDARY_LOSS = Observable(
    Variable(
        "boundary_loss",
        (),
        "boundary loss, mean over the training samples",
        "2004.09280 (2.11)",
        equation="H_bd = 1/2 sum_out (x - target)^2",
        symbol="<H_bd>",
        computed_by=(boundary_loss,),
    ),
    lambda m: boundary_loss(m.train_outputs, m.train.targets).mean(),
    applies=_supervised,
)
TEST_BOUNDARY_LOSS = Observable(
    Variable(
        "test_boundary_loss",
        (),
        "boundary loss, mean over the test samples",
        "2004.09280 (2.11)",
        equation="H_bd = 1/2 sum_out (x - target)^2",
        symbol="<H_bd>_test",
        computed_by=(boundary_loss,),
    ),
    lambda m: boundary_loss(m.test_outputs, m.test.targets).mean(),
    applies=_supervised,
)
ERROR_RATE = Observable(
    Variable(
        "error_rate",
        (),
        "share of the training samples classified wrongly",
        "largest output against label",
        equation="share of samples with argmax x != label",
        symbol="e",
        computed_by=(error_rate,),
    ),
    lambda m: error_rate(m.train_outputs, m.train.labels),
    applies=_classifies,
)
TEST_ERROR_RATE = Observable(
    Variable(
        "test_error_rate",
        (),
        "share of the test samples classified wrongly",
        "largest output against label",
        equation="share of samples with argmax x != label",
        symbol="e_test",
        computed_by=(error_rate,),
    ),
    lambda m: error_rate(m.test_outputs, m.test.labels),
    applies=_classifies,
)
CROSS_ENTROPY = Observable(
    Variable(
        "cross_entropy",
        (),
        "cross-entropy with the classes, mean over the training samples",
        "not of the papers",
        units="nat",
        equation="-log p_class, p = softmax of the output states",
        symbol="<H_ce>",
        computed_by=(cross_entropy,),
    ),
    lambda m: cross_entropy(m.train_outputs, m.train.targets).mean(),
    applies=_has_chances,
)
TEST_CROSS_ENTROPY = Observable(
    Variable(
        "test_cross_entropy",
        (),
        "cross-entropy with the classes, mean over the test samples",
        "not of the papers",
        units="nat",
        equation="-log p_class, p = softmax of the output states",
        symbol="<H_ce>_test",
        computed_by=(cross_entropy,),
    ),
    lambda m: cross_entropy(m.test_outputs, m.test.targets).mean(),
    applies=_has_chances,
)
R_SQUARED = Observable(
    Variable(
        "r_squared",
        (),
        "share of the variance of the training targets that the outputs account for",
        "coefficient of determination",
        equation="1 - sum (x - target)^2 / sum (target - <target>)^2",
        symbol="R^2",
        computed_by=(r_squared,),
    ),
    lambda m: r_squared(m.train_outputs, m.train.targets),
    applies=_regresses,
)
TEST_R_SQUARED = Observable(
    Variable(
        "test_r_squared",
        (),
        "share of the variance of the test targets that the outputs account for",
        "coefficient of determination",
        equation="1 - sum (x - target)^2 / sum (target - <target>)^2",
        symbol="R^2_test",
        computed_by=(r_squared,),
    ),
    lambda m: r_squared(m.test_outputs, m.test.targets),
    applies=_regresses,
)
