"""Learning objectives."""

from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.losses.bulk.descent import BulkMinimum
from nnuniverse.losses.bulk.graph import graph_bulk_minimum, trained_graph_bulk_loss
from nnuniverse.losses.bulk.layered import bulk_minimum
from nnuniverse.losses.bulk.potential import LocalObjective, Potential
from nnuniverse.losses.bulk.restarts import Restarts, restarted_bulk_minimum
from nnuniverse.losses.bulk.training import trained_bulk_loss
from nnuniverse.losses.cross_entropy import cross_entropy

__all__ = [
    "BulkMinimum",
    "LocalObjective",
    "Potential",
    "Restarts",
    "boundary_loss",
    "bulk_minimum",
    "cross_entropy",
    "graph_bulk_minimum",
    "restarted_bulk_minimum",
    "trained_bulk_loss",
    "trained_graph_bulk_loss",
]
