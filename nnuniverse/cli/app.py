"""The commands of ``nnu``: one file each, loaded and made when it is asked for."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from nnuniverse import __version__

COMMANDS = (
    "train",
    "sweep",
    "spectrum",
    "measure",
    "analyze",
    "align",
    "ensemble",
    "evolve",
    "mechanics",
    "grand",
    "structure",
    "perturb",
    "hidden",
    "strings",
    "holography",
    "dual",
    "explain",
    "verify",
    "plot",
    "rank",
    "report",
    "reproduce",
    "export",
    "archive",
    "cite",
    "runs",
    "completion",
    "config",
    "data",
    "geometry",
)
"""In the order of ``nnu --help``.  Each is a module here, with a function of its name; one with
commands below it has an ``app`` of these."""

CLASSES = {"plot": "PlotCommand"}
"""Which class of its module a command is of, where that is not `TyperCommand`."""


class _Commands(UserDict[str, Any]):
    """The commands by name; to make all of them takes longer than what many of them do."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(COMMANDS))

    def __getitem__(self, name: str) -> Any:
        if super().__getitem__(name) is None:
            self[name] = _made(name)
        return super().__getitem__(name)


def _made(name: str) -> Any:
    module = import_module(f"nnuniverse.cli.{name}")
    function = getattr(module, name, None)
    if function is None:
        return get_group(module.app)
    alone = typer.Typer(add_completion=False, rich_markup_mode=None)
    alone.command(name, cls=getattr(module, CLASSES[name]) if name in CLASSES else None)(function)
    return get_command(alone)


class _Group(TyperGroup):
    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = _Commands()


app = typer.Typer(
    name="nnu",
    help="Experiments with neural networks as statistical, quantum and gravitational systems.",
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # loading rich would double the time that --help takes
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nnuniverse {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass
