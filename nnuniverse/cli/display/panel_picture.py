"""A picture of the panel of ``nnu train``, as it was while a run was trained.

``python -m nnuniverse.cli.display.panel_picture RUN EPOCH > docs/figures/panel.svg`` prints it.
"""

from __future__ import annotations

import io
import re
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
from rich.console import Console

from nnuniverse.analysis import nearest_snapshot
from nnuniverse.analysis.active_spectra import active_log_eigenvalues
from nnuniverse.cli.display.progress import Latest, PanelProgress
from nnuniverse.counted import counted
from nnuniverse.runs import RunRecord, read_run
from nnuniverse.runs.provenance import segments_of

COLUMNS = 90
"""Of the terminal in the picture."""

FOREIGN_FONTS = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""By which rich lets a browser fetch a font from elsewhere; it has one of its own."""


def panel_picture(record: RunRecord, epoch: int, title: str) -> str:
    """Return the panel of a run after ``epoch``, in a terminal with a ``title``, as SVG."""
    screen = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        markup=False,
        highlight=False,
    )
    screen.print(_display(record, epoch).panel("training"))
    return FOREIGN_FONTS.sub("", screen.export_svg(title=title, unique_id="panel"))


def _display(record: RunRecord, epoch: int) -> PanelProgress:
    """Return the display as it was after ``epoch``, at the mean speed of the run."""
    display = PanelProgress()
    display.epochs, display.epoch = record.config.train.epochs, epoch
    display.replicas, display.rate = record.replicas, _speed(record)
    several = f", {counted(record.replicas, 'replica')}" if record.replicas > 1 else ""
    network = record.attributes.get("network", "")
    display.title = f"{network}{several}  {Path('runs', record.name)}"
    snapshots = record["snapshot"]
    at = nearest_snapshot(snapshots, epoch)
    for name in record.over("replica", "snapshot"):
        values = record[name]
        if values.ndim == 2 and np.isfinite(values[:, at]).any():
            display.values[name] = Latest(float(np.nanmean(values[:, at])), int(snapshots[at]))
    if "running_boundary_loss" in record:
        running = record["running_boundary_loss"][:, epoch - 1]
        display.values["running loss"] = Latest(float(np.nanmean(running)), epoch)
    if "log_eigenvalues" in record:
        display.log_eigenvalues = active_log_eigenvalues(record)[:, at].ravel()
    return display


def _speed(record: RunRecord) -> float | None:
    """Return the epochs per second of a run that was trained in one go, None of others."""
    segments = segments_of(record.provenance)
    if len(segments) != 1:
        return None
    began, ended = (str(segments[0].get(key, "")) for key in ("started", "ended"))
    try:
        seconds = (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except ValueError:
        return None
    return record.epochs / seconds if seconds > 0.0 else None


if __name__ == "__main__":
    run, at_epoch = sys.argv[1:]
    found = read_run(Path(run))
    command = f"nnu train configs/{found.config.name}.yaml"
    sys.stdout.write(panel_picture(found, int(at_epoch), command))
