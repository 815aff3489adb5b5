"""Exact losses and error rates over all samples at a snapshot."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from nnuniverse.losses import boundary_loss
from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.measurement import Settings
from nnuniverse.variables import Variable


def error_rate(outputs: jax.Array, labels: jax.Array) -> jax.Array:
    """Return the share of samples whose largest output is not their label's, in [0, 1].

    ``outputs``: (samples, n_L); ``labels``: (samples,).
    """
    return jnp.mean(jnp.argmax(outputs, axis=-1) != labels, dtype=jnp.float64)


def _supervised(settings: Settings) -> bool:
    return settings.outputs != "free"


def _classifies(settings: Settings) -> bool:
    return settings.outputs == "classes"


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
