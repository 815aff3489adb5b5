"""Tables on stdout."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from nnuniverse.cli.display.consoles import make_console
from nnuniverse.cli.display.layout import laid_out
from nnuniverse.cli.display.streams import wrapped
from nnuniverse.cli.options import say
from nnuniverse.counted import counted
from nnuniverse.errors import RunError, printable
from nnuniverse.runs import open_results
from nnuniverse.runs.results import damaged_results
from nnuniverse.runs.schema import read_variable
from nnuniverse.runs.whole import FOREIGN
from nnuniverse.text_table import TextTable

MANY_SNAPSHOTS = 24
"""Up to here a table shows every snapshot."""

UNSHOWN = ("mean_state_rest",)
"""Numbers that say nothing by themselves."""


def print_tables(tables: Sequence[TextTable]) -> None:
    """Print tables, each under its caption and ruled on a terminal, a blank line between them."""
    console = make_console()
    for number, table in enumerate(tables):
        if number:
            console.print()
        _print_one(console, escaped(table))


def print_told(tables: Sequence[TextTable], sentences: Iterable[str]) -> None:
    """Print tables, and below them what they show, a line for each of the ``sentences``, if any."""
    print_tables(tables)
    for number, sentence in enumerate(sentences):
        if not number:
            say("")
        say(sentence)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], caption: str = "") -> None:
    """Print one table."""
    print_tables([TextTable(headings, rows, caption)])


def _print_one(console: Console, table: TextTable) -> None:
    width = console.width
    blocks, remark = laid_out(table, width)
    for line in wrapped("; ".join(filter(None, [table.caption, remark])), width):
        console.print(line, soft_wrap=True)
    for number, (heading, body) in enumerate(blocks):
        if number:
            console.print()
        for line in heading:
            console.print(Text(line, "" if console.no_color else "bold"), soft_wrap=True)
        if heading and console.is_terminal:
            console.print("─" * max(map(cell_len, heading + body)), soft_wrap=True)
        for line in body:
            console.print(line, soft_wrap=True)


def escaped(table: TextTable) -> TextTable:
    """Return the table with what a terminal would obey escaped."""
    headings, rows, caption, _ = table
    return TextTable(
        [printable(heading) for heading in headings],
        [[printable(cell) for cell in row] for row in rows],
        printable(caption),
    )


class Snapshots(NamedTuple):
    """What a run has at its snapshots.

    ``epochs``: (snapshot,); ``columns``: by name, (replica, snapshot) each, NaN where missing, a
    short vector observable having one per coordinate value, e.g. C_20; ``cautions``: what its
    variables say that a reader should know.
    """

    epochs: np.ndarray
    columns: dict[str, np.ndarray]
    cautions: list[str]


def read_snapshots(path: Path) -> Snapshots:
    """Return what has one value per replica at each snapshot of a run.

    Raises RunError if the file holds anything else.
    """
    try:
        with open_results(path) as file:
            cautions = [dataset.attrs.get("caution") for dataset in file.values()]
            said = [str(caution) for caution in cautions if caution is not None]
            return Snapshots(file["snapshot"][()], _columns(file), said)
    except FOREIGN as error:
        raise RunError(damaged_results(path)) from error


def _columns(file: h5py.File) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, dataset in file.items():
        dims = [dim[0].name.removeprefix("/") for dim in dataset.dims if len(dim)]
        if dims == ["replica", "snapshot"] and name not in UNSHOWN:
            columns[name] = read_variable(dataset)
        elif dims == ["replica", "snapshot", "complexity_n"]:
            for position, n in enumerate(file["complexity_n"][()]):
                columns[f"C_{n}"] = read_variable(dataset)[:, :, position]
    return columns


def print_snapshots(path: Path) -> None:
    """Print the snapshots of a run; with replicas, their mean and its interval."""
    snapshots, columns, cautions = read_snapshots(path)
    shown = _shown(snapshots)
    replicas = len(next(iter(columns.values()))) if columns else 1
    caption = f"{len(shown)} of {counted(len(snapshots), 'snapshot')}"
    if replicas > 1:
        caption += f"; means over {replicas} replicas, ± or + - their 95 % interval"
    print_table(
        ["epoch", *(_heading(name) for name in columns)],
        [
            [str(snapshots[s]), *(_cell(c, values[:, s]) for c, values in columns.items())]
            for s in shown
        ],
        "; ".join([caption, *cautions]),
    )


def snapshots_as_json(path: Path) -> dict[str, object]:
    """Return all snapshots of a run as lists, (replica, snapshot), null where missing."""
    snapshots, columns, _ = read_snapshots(path)
    return {
        "snapshot": snapshots.tolist(),
        **{
            name: [[None if math.isnan(v) else v for v in row] for row in values.tolist()]
            for name, values in columns.items()
        },
    }


def _shown(snapshots: np.ndarray) -> list[int]:
    """Return which snapshots to print: all, or those near 1, 3, 10, 30 ... and the ends."""
    if len(snapshots) <= MANY_SNAPSHOTS:
        return list(range(len(snapshots)))
    aims = [a * 10**k for k in range(len(str(snapshots[-1]))) for a in (1, 3)]
    nearest = {int(np.argmin(np.abs(snapshots - a))) for a in aims if a <= snapshots[-1]}
    return sorted({0, len(snapshots) - 1} | nearest)


def _heading(name: str) -> str:
    return name if name.startswith("C_") else name.replace("_", " ")


def _cell(name: str, values: np.ndarray) -> str:
    from nnuniverse.intervals import mean_over_replicas, with_interval
    from nnuniverse.supports import support_of

    return with_interval(mean_over_replicas(values, support_of(name)))
