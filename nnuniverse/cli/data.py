"""``nnu data``: what a config's samples are."""

from __future__ import annotations

import typer

from nnuniverse.cli.options import AsJson, ConfigPath, Overrides, print_json, say

app = typer.Typer(help="Show data sets.", no_args_is_help=True, rich_markup_mode=None)


@app.command()
def show(config: ConfigPath, overrides: Overrides = None, as_json: AsJson = False) -> None:
    """Load the samples of a config, preparing them if need be, and print what they are."""
    from nnuniverse.config import load_config
    from nnuniverse.experiments.samples import load_dataset

    dataset = load_dataset(load_config(config, overrides or []))
    facts = {
        "name": dataset.name,
        "train_samples": len(dataset.train.labels),
        "test_samples": len(dataset.test.labels),
        "shape": list(dataset.shape),
        "classes" if dataset.classes else "outputs": dataset.outputs,
        "fingerprint": dataset.fingerprint,
    }
    if as_json:
        print_json(facts)
    else:
        for name, value in facts.items():
            say(f"{name:14} {value}")
