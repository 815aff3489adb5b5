"""The net of a config before its first epoch, of data read for their sizes alone."""

from __future__ import annotations

from nnuniverse.config import RunConfig
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import require_replica
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable


def untrained_of_config(config: RunConfig, replica: int) -> tuple[Architecture, Trainable]:
    """Return the architecture and the net of a ``replica``; raises ConfigError or DataError.

    A closed net, with neither inputs nor outputs, needs no data.

    ``config``: that of the run, whole.
    """
    require_replica(replica, config.replicas)
    sizes = (0, 0)
    if not assemble.is_closed(config):
        sizes = assemble.boundary_sizes(config, load_dataset(config))
    architecture = assemble.build_architecture(config, *sizes)
    return architecture, assemble.untrained_net(config, architecture, replica)
