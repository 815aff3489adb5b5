"""TensorBoard's event files: a replica as one of its runs, the epoch as the step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnuniverse.exports.tables import facts_of
from nnuniverse.runs import RunRecord
from nnuniverse.runs.record import Recorded

if TYPE_CHECKING:
    from tensorboardX import SummaryWriter

TIMES = ("epoch", "snapshot")

MOST_CURVES = 16
"""Values along a further dimension that are curves each; more of them are one histogram."""


def write_tensorboard(record: RunRecord, folder: Path) -> None:
    """Write the variables over epochs and snapshots into ``replica_<number>`` below ``folder``.

    A variable with a further dimension is a curve for every coordinate, ``complexity/20``, or a
    histogram.  What is missing is left out.

    ``record``: the run, as read back from its folder.
    """
    from tensorboardX import SummaryWriter

    for place, number in enumerate(record["replica"]):
        with SummaryWriter(str(folder / f"replica_{number}"), write_to_disk=True) as writer:
            writer.add_text("run", f"```\n{json.dumps(facts_of(record), indent=1)}\n```", 0)
            for name in record.over("replica"):
                variable = record.variables[name]
                if variable.dims[1:2] and variable.dims[1] in TIMES:
                    _add(writer, record, name, variable, place)


def _add(
    writer: SummaryWriter, record: RunRecord, name: str, variable: Recorded, replica: int
) -> None:
    steps, values = record[variable.dims[1]], variable.values[replica]
    if values.ndim == 1:
        _add_curve(writer, name, steps, values, variable)
        return
    coordinates = [record[dim] for dim in variable.dims[2:]]
    if values.ndim == 2 and values.shape[1] <= MOST_CURVES:
        for at, coordinate in enumerate(coordinates[0]):
            _add_curve(writer, f"{name}/{coordinate}", steps, values[:, at], variable)
        return
    for step, row in zip(steps, values, strict=True):
        if (finite := row[np.isfinite(row)]).size:
            writer.add_histogram(name, finite, int(step))


def _add_curve(
    writer: SummaryWriter, tag: str, steps: np.ndarray, values: np.ndarray, variable: Recorded
) -> None:
    """Add a curve; TensorBoard reads of its first point what it is."""
    said = [str(variable.attributes.get(key, "")) for key in ("long_name", "units", "source")]
    description = "{} [{}]; {}".format(*said)
    for step, value in zip(steps, values, strict=True):
        if np.isfinite(value):
            writer.add_scalar(tag, float(value), int(step), summary_description=description)
            description = ""
