"""Learning objectives."""

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk import BulkMinimum, bulk_minimum

__all__ = ["BulkMinimum", "boundary_loss", "bulk_minimum"]
