"""Learning objectives."""

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk import bulk_minimum
from nnuniverse.losses.bulk_descent import BulkMinimum
from nnuniverse.losses.bulk_graph import graph_bulk_minimum
from nnuniverse.losses.bulk_restarts import Restarts, restarted_bulk_minimum
from nnuniverse.losses.bulk_training import trained_bulk_loss
from nnuniverse.losses.local import LocalObjective, Potential

__all__ = [
    "BulkMinimum",
    "LocalObjective",
    "Potential",
    "Restarts",
    "boundary_loss",
    "bulk_minimum",
    "graph_bulk_minimum",
    "restarted_bulk_minimum",
    "trained_bulk_loss",
]
