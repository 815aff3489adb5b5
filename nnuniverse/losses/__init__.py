"""Learning objectives."""

from nnuniverse.losses.boundary import boundary_loss

__all__ = ["boundary_loss"]
