"""Exact losses, error rates and R^2 over all samples at a snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from nnuniverse.losses import boundary_loss, cross_entropy
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Samples, Settings
from nnuniverse.variables import Variable


def error_rate(
    outputs: Float[Array, "*samples n_L"], labels: Int[Array, " samples"]
) -> Float[Array, ""]:
    """Return the share of samples whose largest output is not their label's, in [0, 1].

    ``outputs``: (samples, n_L); ``labels``: (samples,).
    """
    return jnp.mean(jnp.argmax(outputs, axis=-1) != labels, dtype=jnp.float64)


def r_squared(
    outputs: Float[Array, "*samples n_L"], targets: Float[Array, "*samples n_L"]
) -> Float[Array, ""]:
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


def _over_both(
    variable: Variable,
    measure: Callable[[jax.Array, Samples], jax.Array],
    applies: Callable[[Settings], bool],
) -> tuple[Observable, Observable]:
    """Return what ``variable`` declares of the training samples, and the same of the test samples.

    ``measure``: of the states of the output neurons, (samples, n_L), and these samples.
    """
    of_test = replace(
        variable,
        name=f"test_{variable.name}",
        long_name=variable.long_name.replace("training", "test"),
        symbol=f"{variable.symbol}_test",
    )
    return (
        Observable(variable, lambda m: measure(m.train_outputs, m.train), applies=applies),
        Observable(of_test, lambda m: measure(m.test_outputs, m.test), applies=applies),
    )


BOUNDARY_LOSS, TEST_BOUNDARY_LOSS = _over_both(
    Variable(
        "boundary_loss",
        (),
        "boundary loss, mean over the training samples",
        "2004.09280 (2.11)",
        equation="H_bd = 1/2 sum_out (x - target)^2",
        symbol="<H_bd>",
        computed_by=(boundary_loss,),
    ),
    lambda outputs, samples: boundary_loss(outputs, samples.targets).mean(),
    _supervised,
)
ERROR_RATE, TEST_ERROR_RATE = _over_both(
    Variable(
        "error_rate",
        (),
        "share of the training samples classified wrongly",
        "largest output against label",
        equation="share of samples with argmax x != label",
        symbol="e",
        computed_by=(error_rate,),
    ),
    lambda outputs, samples: error_rate(outputs, samples.labels),
    _classifies,
)
CROSS_ENTROPY, TEST_CROSS_ENTROPY = _over_both(
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
    lambda outputs, samples: cross_entropy(outputs, samples.targets).mean(),
    _has_chances,
)
R_SQUARED, TEST_R_SQUARED = _over_both(
    Variable(
        "r_squared",
        (),
        "share of the variance of the training targets that the outputs account for",
        "coefficient of determination",
        equation="1 - sum (x - target)^2 / sum (target - <target>)^2",
        symbol="R^2",
        computed_by=(r_squared,),
    ),
    lambda outputs, samples: r_squared(outputs, samples.targets),
    _regresses,
)
