"""What `nnu structure` might have found of a run whose wires come up out of noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnuniverse.physics.structure.net_structure import (
    Wiring,
    list_structure,
    measure_structure,
    picture_of,
)
from nnuniverse.physics.structure.spectral_dimension import walk_steps
from nnuniverse.physics.structure.structure import Structure
from nnuniverse.runs import RunFolder
from nnuniverse.runs.derived_file import STRUCTURE_FILE

ENDS = 4
LAYER = np.repeat([0, 1, 2], [ENDS, 6, ENDS])
ALLOWED = LAYER[:, None] == LAYER[None, :] + 1
EPOCHS = np.array([0, 10, 100, 1000])
NOISE = (1.0, 0.5, 0.1, 0.0)
"""Beside wires of weight 1, at each epoch."""


def made_wires(noise: float, random: np.random.Generator) -> np.ndarray:
    """Return the weights of a net 4-6-4 of one wire from every input to its own output."""
    matrix = noise * random.normal(size=ALLOWED.shape) * ALLOWED
    for wire in range(ENDS):
        hidden = ENDS + random.permutation(6)[0] if noise else ENDS + wire
        matrix[hidden, wire] += 1.0
        matrix[ENDS + 6 + wire, hidden] += 1.0
    return matrix


def made_structure() -> tuple[Structure, dict[str, object]]:
    """Return that of two replicas, and the attributes that go with it."""
    neurons = np.arange(len(LAYER))
    wiring = Wiring(ALLOWED, neurons[:ENDS], neurons[-ENDS:], LAYER, draws=39)
    random = np.random.default_rng(0)
    measured, lists, picture = [], [], {}
    for _ in range(2):
        of_replica = []
        for noise in NOISE:
            matrix = made_wires(noise, random)
            kept = matrix != 0.0
            of_net = measure_structure(wiring, matrix, kept, random)
            of_replica.append({**of_net, "kept_loss": np.array(noise)})
        measured.append(of_replica)
        lists.append(list_structure(wiring, matrix, kept))
        picture = picture or picture_of(wiring, matrix, kept, 1000)
    values = {
        name: np.array([[of_net[name] for of_net in one] for one in measured])
        for name in measured[0][0]
    }
    values |= {name: np.array([one[name] for one in lists]) for name in ("chain_length",)}
    values |= {"chain_neuron": np.array([one["chain_neuron"] for one in lists]), **picture}
    block = wiring.block(matrix)
    structure = Structure(EPOCHS, block.rows, block.columns, walk_steps(), values)
    return structure, _attributes(wiring)


def _attributes(wiring: Wiring) -> dict[str, object]:
    return {
        "network": "4-6-4",
        "neurons": len(LAYER),
        "layers": "4-6-4",
        "inputs": wiring.inputs,
        "outputs": wiring.outputs,
        "matrix_of": "f'w",
        "closed": 0,
        "keep": "nonzero",
        "purity": wiring.purity,
        "draws": wiring.draws,
    }


def store_structure(folder: Path) -> None:
    """Put it into a run folder as ``structure.h5``."""
    structure, attributes = made_structure()
    STRUCTURE_FILE.write(RunFolder(folder), structure.axes, structure.variables, attributes)
