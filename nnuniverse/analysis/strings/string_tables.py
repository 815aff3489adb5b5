"""What is told of strings, as tables and in sentences."""

from __future__ import annotations

import math

import numpy as np

from nnuniverse.analysis.strings.stored_strings import StoredStrings
from nnuniverse.counted import counted
from nnuniverse.physics.strings.identities import IDENTITIES
from nnuniverse.physics.strings.saturation import tanh_decay
from nnuniverse.text_table import TextTable

MOST_ROWS = 24
"""Of the table of strings; of more, the longest."""


def string_tables(found: StoredStrings) -> list[TextTable]:
    """Return the strings of a net, and by how much they fail the identities of strings.

    ``found``: what was found of the net.
    """
    return [_cycles(found), _identities(found)]


def string_sentences(found: StoredStrings) -> list[str]:
    """Return what holds of all strings together, a sentence each.

    ``found``: what was found of the net.
    """
    sites, neurons = found["site_neuron"].size, int(str(found.attributes["neurons"]))
    told = []
    if neurons > sites:
        told.append(f"{counted(neurons - sites, 'neuron')} of {neurons:,} on no string.")
    back = int(str(found.attributes["recurrence_steps"]))
    shown = f"{back:,}" if back < 10**12 else f"{float(back):.3g}"
    told.append(f"All strings are back after {shown} steps, but for what states lose or gain.")
    told += _fading(found)
    return told


def _fading(found: StoredStrings) -> list[str]:
    """Return how states shrink: by gains, and by an activation that saturates."""
    gains, told = found["cycle_gain"], []
    mean = float(gains.mean())
    if mean < 1.0 - 1e-12:
        told.append(
            f"A step leaves {mean:.5g} of the states on average, {float(gains.min()):.5g} at the "
            f"least: half of them after {math.log(0.5) / math.log(mean):.3g} steps."
        )
    if found.attributes["response"] == "tanh":
        right, steps = found["state"][0], int(str(found.attributes["steps"]))
        first, last = (float(np.abs(right[:, t]).max()) for t in (0, -1))
        told.append(
            f"Through tanh the largest state of the right mover falls from {first:.3g} to "
            f"{last:.3g}; sqrt(3/2t), which strings of unit weights tend to, is "
            f"{float(tanh_decay(steps)):.3g}."
        )
    return told


def _cycles(found: StoredStrings) -> TextTable:
    lengths = found["cycle_length"].astype(int)
    order = np.argsort(-lengths, kind="stable")[:MOST_ROWS]
    shown = np.sort(order) if len(lengths) <= MOST_ROWS else order
    rows = [
        [
            str(cycle),
            f"{lengths[cycle]:,}",
            f"{float(found['cycle_product'][cycle]):+.5g}",
            f"{float(found['cycle_gain'][cycle]):.6g}",
            *_boundary(int(lengths[cycle]), bool(found["cycle_antiperiodic"][cycle])),
        ]
        for cycle in shown
    ]
    which = "" if len(rows) == len(lengths) else f", the {len(rows)} longest of them"
    about = found.attributes
    step = "A = f'w" if about["response"] == "linear" else f"w, then {about['response']}"
    return TextTable(
        ["cycle", "length", "product", "gain", "string", "momenta"],
        rows,
        f"{about['network']}: {counted(len(lengths), 'closed string')}{which}; a step is {step}",
    )


def _boundary(length: int, antiperiodic: bool) -> tuple[str, str]:
    if antiperiodic:
        return "antiperiodic", f"(2 m + 1) pi/{length}"
    return "periodic", f"2 pi m/{length}"


def _identities(found: StoredStrings) -> TextTable:
    rows = [
        [str(name), IDENTITIES.get(str(name), ""), *map(_size, residuals)]
        for name, residuals in zip(found["identity"], found["identity_residual"], strict=True)
    ]
    about = found.attributes
    movers = "both movers and their average" if len(found.movers) > 1 else "the right mover"
    return TextTable(
        ["identity", "2008.01540", *map(str, found["frame"])],
        rows,
        f"residuals over the largest state, {movers}, {about['steps']} steps from {about['state']} "
        f"of {counted(int(str(about['subsystems'])), 'subsystem')}",
    )


def _size(residual: float) -> str:
    return "" if math.isnan(residual) else f"{residual:.1e}" if residual else "0"
