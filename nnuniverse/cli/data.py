"""``nnu data``: what a config's samples are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, ConfigPath, Overrides, print_json, remark, say, user_path
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.data import Dataset
    from nnuniverse.data.facts import Range, SplitFacts

app = typer.Typer(help="Show data sets.", no_args_is_help=True, rich_markup_mode=None)

MOST_CLASSES = 40
"""Rows of a table of classes."""


@app.command()
def show(
    config: ConfigPath,
    overrides: Overrides = None,
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--sheet",
            metavar="FILE.png",
            help="Draw some training samples with their labels there.",
            parser=user_path,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load the samples of a config, preparing them if need be, and print what they are."""
    from nnuniverse.config import load_config
    from nnuniverse.data.facts import constant_features, split_facts
    from nnuniverse.experiments.samples import load_dataset

    _require_new_png(sheet)
    effective = load_config(config, overrides or [])
    dataset, keys = load_dataset(effective), effective.data
    facts = {
        name: split_facts(dataset, split, keys.input_scale, keys.targets)
        for name, split in (("train", dataset.train), ("test", dataset.test))
    }
    described = _described(dataset)
    described |= {"dtype": str(dataset.train.inputs.dtype)}
    described |= {"constant_inputs": constant_features(dataset)}
    if as_json:
        print_json(described | _as_json(facts))
    else:
        _print(described, facts)
    if sheet is not None:
        _draw(dataset, sheet)


def _described(dataset: Dataset) -> dict[str, object]:
    return {
        "name": dataset.name,
        "train_samples": len(dataset.train.labels),
        "test_samples": len(dataset.test.labels),
        "shape": list(dataset.shape),
        "classes" if dataset.classes else "outputs": dataset.outputs,
        "fingerprint": dataset.fingerprint,
    }


def _as_json(facts: dict[str, SplitFacts]) -> dict[str, object]:
    """Return the ranges, and the samples of every class, of both splits."""
    document: dict[str, object] = {
        "input_range": {name: of.inputs for name, of in facts.items()},
        "scaled_range": {name: of.scaled for name, of in facts.items()},
        "target_range": {name: of.targets for name, of in facts.items()},
    }
    if facts["train"].classes is not None:
        document["samples_by_class"] = {name: of.classes for name, of in facts.items()}
    return document


def _print(described: dict[str, object], facts: dict[str, SplitFacts]) -> None:
    from nnuniverse.cli.display.tables import print_table

    for name, value in described.items():
        say(f"{name:15} {value}")
    say("")
    rows = [[name, *map(_words, (of.inputs, of.scaled, of.targets))] for name, of in facts.items()]
    print_table(["range of", "inputs", "scaled", "targets"], rows)
    train, test = facts["train"].classes, facts["test"].classes
    if train is None or test is None:
        return
    say("")
    counts = [[str(k), str(a), str(b)] for k, (a, b) in enumerate(zip(train, test, strict=True))]
    print_table(["class", "train", "test"], counts[:MOST_CLASSES])
    if len(counts) > MOST_CLASSES:
        remark(f"{len(counts) - MOST_CLASSES} more classes are in --json")


def _words(ends: Range) -> str:
    return f"{ends[0]:.4g} .. {ends[1]:.4g}"


# --- the contact sheet ---------------------------------------------------------------------------


def _require_new_png(sheet: Path | None) -> None:
    """Raise ConfigError if ``sheet`` is there already, or not named as a PNG."""
    if sheet is None:
        return
    if sheet.suffix != ".png":
        raise ConfigError("`--sheet`", "end with .png", f"is {str(sheet)!r}", f"{sheet}.png")
    if os.path.lexists(sheet):
        raise ConfigError("`--sheet`", "be new", f"{str(sheet)!r} exists", "another name")


def _draw(dataset: Dataset, sheet: Path) -> None:
    from nnuniverse.plots import contact_sheet, render
    from nnuniverse.runs import replace_file

    train = dataset.train
    drawing = contact_sheet(train.inputs, train.labels, dataset.shape, dataset.name)
    source = {"data": dataset.name, "fingerprint": dataset.fingerprint}
    replace_file(sheet, render(drawing, "png", drawing.description, source), "another --sheet")
    remark(f"drawn into {sheet}")
