"""`loss.penalty`: what weights cost besides the loss."""

from pydantic import NonNegativeFloat

from nnuniverse.config.model import ConfigModel


class PenaltyConfig(ConfigModel):
    """l1 sum |w| + 1/2 l2 sum w^2 of all weights, added to the loss; biases are free."""

    l1: NonNegativeFloat = 0.0
    """Pulls every weight to zero, where small ones stay exactly; of sgd and momentum."""
    l2: NonNegativeFloat = 0.0
    """Shrinks every weight by a share of itself; as train.optimiser.weight_decay, of the loss."""
    nonnegative: bool = False
    """Whether weights are kept from falling below zero; of sgd and momentum."""
