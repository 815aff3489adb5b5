"""Arguments and options that several commands share, and how they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

ConfigPath = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML config.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Dotted overrides: train.learning_rate=0.05."),
]
Root = Annotated[
    Path, typer.Option("--out", metavar="DIR", help="Folder that holds the run folders.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]

DEFAULT_ROOT = Path("runs")


def print_json(value: Any) -> None:
    """Print ``value`` on stdout as one JSON document."""
    typer.echo(json.dumps(value, indent=1, allow_nan=False))
