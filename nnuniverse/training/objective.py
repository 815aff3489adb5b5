"""What training lowers, and what it records of it on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
from jaxtyping import Array, Float

from nnuniverse import extensions
from nnuniverse.errors import ConfigError, nearest
from nnuniverse.losses import (
    boundary_loss,
    cross_entropy,
    trained_bulk_loss,
    trained_graph_bulk_loss,
)
from nnuniverse.losses.declaration import Loss
from nnuniverse.nets import net_of
from nnuniverse.networks.propagation import Trainable
from nnuniverse.observables import Settings
from nnuniverse.training.penalty import Penalty, cost_of_weights
from nnuniverse.training.terms import BatchTerms, batch_terms
from nnuniverse.variables import Variable

EPOCHS = ("replica", "epoch")
"""What running losses are stored over."""

RUNNING_BOUNDARY_LOSS = Variable(
    "running_boundary_loss",
    EPOCHS,
    "boundary loss, mean over the mini-batches as they were met during the epoch",
    "2004.09280 (2.11)",
    equation="H_bd = 1/2 sum_out (x - target)^2",
    symbol="<H_bd>_epoch",
    computed_by=(boundary_loss,),
)

RUNNING_BULK_LOSS = Variable(
    "running_bulk_loss",
    EPOCHS,
    "bulk loss, mean over the mini-batches as they were met during the epoch",
    "2004.09280 (3.4)",
    equation="min over hidden x of 1/2 ||x - f(w x + b)||^2 + V(x), boundary clamped",
    symbol="<H>_epoch",
    computed_by=(trained_bulk_loss, trained_graph_bulk_loss),
)

RUNNING_CROSS_ENTROPY = Variable(
    "running_cross_entropy",
    EPOCHS,
    "cross-entropy, mean over the mini-batches as they were met during the epoch",
    "not of the papers",
    units="nat",
    equation="-log p_class, p = softmax of the output states",
    symbol="<H_ce>_epoch",
    computed_by=(cross_entropy,),
)

RUNNING_TERMS = Variable(
    "running_terms",
    EPOCHS,
    "weighted sum of the objective's spectral terms, mean over the mini-batches as they were met",
    "2004.09280 (5.6)",
    equation="sum of weight times observable of log G, A taken on the batch",
    symbol="L_terms",
    computed_by=(batch_terms,),
)

RUNNING_PENALTY = Variable(
    "running_penalty",
    EPOCHS,
    "penalty of the weights, mean over the steps as they were met during the epoch",
    "not of the papers",
    equation="l1 sum |w| + 1/2 l2 sum w^2 of all weights, biases left out",
    symbol="L_pen",
    computed_by=(cost_of_weights,),
)

RUNNING_LOSSES = (
    RUNNING_BOUNDARY_LOSS,
    RUNNING_BULK_LOSS,
    RUNNING_CROSS_ENTROPY,
    RUNNING_TERMS,
    RUNNING_PENALTY,
)
"""All that training may record of what it lowers."""

SampleLosses = Callable[
    [Trainable, Float[Array, "samples n_1"], Float[Array, "samples n_L"]],
    dict[str, Float[Array, " samples"]],
]
"""Parameters, inputs (samples, n_1) and targets (samples, n_L) to losses (samples,) by name."""


@dataclass(frozen=True)
class Objective:
    """What a step of training lowers: the mean over its batch of one of the ``losses``, and terms.

    ``lowered``: its name; ``recorded``: the running losses, which ``losses`` returns by name;
    ``terms``: what is added to the mean, a function of the batch as a whole, recorded too;
    ``penalty``: what is added of the weights alone, recorded too;
    ``whole``: whether inputs that are zero in every sample matter too.
    """

    lowered: str
    recorded: tuple[Variable, ...]
    losses: SampleLosses
    terms: BatchTerms | None = None
    whole: bool = False
    penalty: Penalty | None = None

    def with_terms(self, terms: BatchTerms) -> Objective:
        """Return this objective with ``terms`` added, which have a gradient by every weight."""
        return replace(self, recorded=(*self.recorded, RUNNING_TERMS), terms=terms, whole=True)

    def with_penalty(self, penalty: Penalty) -> Objective:
        """Return this objective with a ``penalty`` added, which moves every weight."""
        recorded = (*self.recorded, RUNNING_PENALTY)
        return replace(self, recorded=recorded, penalty=penalty, whole=True)


def boundary_objective(settings: Settings) -> Objective:
    """Return the objective of lowering the boundary loss, 2004.09280 (2.11).

    ``settings``: the architecture, f, and how the net is measured.
    """
    name, net = RUNNING_BOUNDARY_LOSS.name, net_of(settings.architecture)

    def losses(
        parameters: Trainable, inputs: jax.Array, targets: jax.Array
    ) -> dict[str, jax.Array]:
        outputs = net.forward(parameters, inputs, settings.activation)
        return {name: boundary_loss(outputs, targets)}

    return Objective(name, (RUNNING_BOUNDARY_LOSS,), losses)


def cross_entropy_objective(settings: Settings) -> Objective:
    """Return the objective of lowering the cross-entropy; the boundary loss is recorded too.

    ``settings``: the architecture, f, and how the net is measured.
    """
    name, boundary = RUNNING_CROSS_ENTROPY.name, RUNNING_BOUNDARY_LOSS
    net = net_of(settings.architecture)

    def losses(
        parameters: Trainable, inputs: jax.Array, targets: jax.Array
    ) -> dict[str, jax.Array]:
        outputs = net.forward(parameters, inputs, settings.activation)
        return {
            name: cross_entropy(outputs, targets),
            boundary.name: boundary_loss(jax.lax.stop_gradient(outputs), targets),
        }

    return Objective(name, (RUNNING_CROSS_ENTROPY, boundary), losses)


def installed_loss(name: str) -> Loss:
    """Return the loss that an installed package declares as ``name``.

    Raises ConfigError if there is none, or if it cannot be used.
    """
    found = extensions.installed(extensions.LOSSES)
    if name not in found:
        known = ", ".join(found) or "nothing, as no installed package declares any"
        remedy = (
            "".join(f"loss.name={one}" for one in nearest(name, found)[:1]) or "loss.kind=boundary"
        )
        raise ConfigError("`loss.name`", f"be one of {known}", f"is {name!r}", remedy)
    loss = extensions.load(extensions.LOSSES, name, Loss)
    return replace(loss, function=found[name].guarded(loss.function))


def declared_objective(settings: Settings, loss: Loss) -> Objective:
    """Return the objective of lowering a declared loss; the boundary loss is recorded too.

    ``settings``: of the net, and how it is measured; ``loss``: of outputs and targets.
    """
    variable = Variable(
        f"running_{loss.name}",
        EPOCHS,
        f"{loss.meaning}, mean over the mini-batches as they were met during the epoch",
        loss.source,
        units=loss.units,
        equation=loss.equation,
        symbol=f"<{loss.symbol or loss.name}>_epoch",
        computed_by=(loss.function,),
    )
    boundary, net = RUNNING_BOUNDARY_LOSS, net_of(settings.architecture)

    def losses(
        parameters: Trainable, inputs: jax.Array, targets: jax.Array
    ) -> dict[str, jax.Array]:
        outputs = net.forward(parameters, inputs, settings.activation)
        return {
            variable.name: loss.function(outputs, targets),
            boundary.name: boundary_loss(jax.lax.stop_gradient(outputs), targets),
        }

    return Objective(variable.name, (variable, boundary), losses)


def bulk_objective(settings: Settings, tolerance: float) -> Objective:
    """Return the objective of lowering the bulk loss, 2004.09280 (3.4).

    With free outputs the targets are left out, and with them the boundary loss.  ``tolerance``: of
    the minimisation over the states, see `trained_bulk_loss`.

    ``settings``: the architecture, f, and how the net is measured.
    """
    name, boundary = RUNNING_BULK_LOSS.name, RUNNING_BOUNDARY_LOSS
    net, activation, local = net_of(settings.architecture), settings.only_activation, settings.local
    free_outputs = settings.outputs == "free"

    def losses(
        parameters: Trainable, inputs: jax.Array, targets: jax.Array
    ) -> dict[str, jax.Array]:
        clamped = None if free_outputs else targets
        bulk = net.bulk_loss(parameters, activation, inputs, clamped, local, tolerance)
        if free_outputs:
            return {name: bulk}
        outputs = net.forward(jax.lax.stop_gradient(parameters), inputs, activation)
        return {name: bulk, boundary.name: boundary_loss(outputs, targets)}

    recorded = (RUNNING_BULK_LOSS,) if free_outputs else (RUNNING_BULK_LOSS, boundary)
    return Objective(name, recorded, losses, whole=local.pairs is not None)
