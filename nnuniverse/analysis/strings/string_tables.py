"""What is told of strings, as tables and in sentences."""

from __future__ import annotations

import math

import numpy as np

from nnuniverse.counted import counted
from nnuniverse.physics.strings.found_strings import StoredStrings
from nnuniverse.physics.strings.identities import IDENTITIES
from nnuniverse.text_table import TextTable

MOST_ROWS = 24
"""Of the table of strings; of more, the longest."""


def string_tables(found: StoredStrings) -> list[TextTable]:
    """Return the strings of a net, and by how much they fail the identities of strings."""
    return [_cycles(found), _identities(found)]


def string_sentences(found: StoredStrings) -> list[str]:
    """Return what holds of all strings together, a sentence each."""
    sites, neurons = found["site_neuron"].size, int(str(found.attributes["neurons"]))
    told = []
    if neurons > sites:
        told.append(f"{counted(neurons - sites, 'neuron')} of {neurons:,} on no string.")
    back = int(str(found.attributes["recurrence_steps"]))
    shown = f"{back:,}" if back < 10**12 else f"{float(back):.3g}"
    told.append(f"All strings are back after {shown} steps, but for their gain.")
    gains = found["cycle_gain"]
    if (gains < 1.0 - 1e-12).any():
        least = float(gains.min())
        told.append(
            f"A step leaves {least:.4g} of the states at the least, on average "
            f"{float(gains.mean()):.4g}: half of them after "
            f"{math.log(0.5) / math.log(float(gains.mean())):.3g} steps."
            if gains.mean() < 1.0
            else f"A step leaves {least:.4g} of the states at the least."
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
