"""What `nnu strings` might have found of a net, put together by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnuniverse.physics.strings.found_strings import FoundStrings
from nnuniverse.physics.strings.identities import identity_residuals
from nnuniverse.physics.strings.movers import left_mover, linear, right_mover
from nnuniverse.physics.strings.string_net import StringNet
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import STRINGS_FILE


def made_strings(
    lengths: Sequence[int] = (12, 7),
    movers: int = 2,
    subsystems: int = 3,
    last_weight: float = 1.0,
    steps: int = 24,
) -> FoundStrings:
    """Return strings of unit weights, but for the last one, in motion from two long waves."""
    sites = sum(lengths)
    weights = np.ones(sites)
    weights[-1] = last_weight
    net = StringNet(np.arange(sites), np.array(lengths), weights)
    along = 2.0 * np.pi * net.position / net.lengths[net.cycle]
    right = np.stack([np.cos(along + d) for d in range(subsystems)])
    left = np.stack([0.5 * np.cos(2.0 * along - d) for d in range(subsystems)])
    states = np.stack([right_mover(net, right, steps), left_mover(net, left, steps)])[:movers]
    return FoundStrings(net, states, identity_residuals(net, states, linear))


def store_strings(folder: Path, found: FoundStrings) -> None:
    """Put it into a run folder as ``strings.h5``."""
    attributes = {
        "title": "nnuniverse strings of first",
        "network": "graph of 20 neurons and 19 edges",
        "neurons": 20,
        "response": "linear",
        "steps": found.states.shape[-2] - 1,
        "state": "modes",
        "subsystems": found.states.shape[1],
        **found.attributes,
    }
    STRINGS_FILE.write(RunFolder(folder), found.axes, found.variables, attributes)
