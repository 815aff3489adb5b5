"""``nnu config``: see what a config means before it is run."""

from __future__ import annotations

from typing import Annotated

import typer

from nnuniverse.cli.options import AsJson, ConfigPath, Overrides, print_json, say

app = typer.Typer(
    help="Show, validate and describe configs.", no_args_is_help=True, rich_markup_mode=None
)


@app.command()
def show(config: ConfigPath, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Print the complete effective config."""
    from nnuniverse.config import config_yaml, load_config

    effective = load_config(config, overrides or [])
    if as_json:
        print_json(effective.model_dump(mode="json"))
    else:
        typer.echo(config_yaml(effective), nl=False)


@app.command()
def validate(config: ConfigPath, overrides: Overrides = None) -> None:
    """Say whether a config is valid."""
    from nnuniverse.config import load_config

    load_config(config, overrides or [])
    say(f"{config} is valid")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    from nnuniverse.config import config_schema

    print_json(config_schema())


@app.command()
def template(
    alternatives: Annotated[
        bool, typer.Option("--all", help="Every alternative too: optimisers, masks, data, ...")
    ] = False,
) -> None:
    """Print a config with every key at its default, commented."""
    from nnuniverse.cli.display.texts import print_commented
    from nnuniverse.config import config_template

    print_commented(config_template(alternatives=alternatives))
