"""``nnu hidden``: how subsystems of samples move before they settle, and whether apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Run,
    expanded,
    given,
    print_json,
    remark,
    run_folder,
)
from nnuniverse.cli.storing import show_nets, store

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_run import FoundOfRun
    from nnuniverse.physics.hidden.hidden_variables import HiddenVariables


def hidden(
    run: Run,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="T", help="From x = 0 on.  [60]")
    ] = None,
    samples: Annotated[
        str | None, typer.Option("--samples", metavar="test|train", help="Which.  [test]")
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option(
            "--groups",
            metavar="classes|random|FILE",
            help="The subsystems; FILE: a number per sample.  [classes]",
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option("--draws", metavar="K", help="Of a sample per subsystem.  [4000]"),
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="EPOCH", help="Weights of that snapshot.  [the last]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of controls and draws.  [0]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether subsystems move apart from each other, 2008.01540 (7.6); into RUN/hidden.h5.

    Exit codes: 0 done, whatever is found, 1 failed, 2 wrong usage.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.hidden import HiddenSettings, hidden_of_run

    settings = HiddenSettings(
        **given(
            steps=steps,
            samples=samples,
            groups=groups if groups is None else expanded(groups),
            draws=draws,
            epoch=epoch,
            seed=seed,
        )
    )
    found = hidden_of_run(folder, settings, remark, show_nets)
    store(found.write)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _print(found: FoundOfRun[HiddenVariables]) -> None:
    from nnuniverse.analysis.hidden import hidden_sentences, hidden_tables
    from nnuniverse.cli.display.tables import print_told

    print_told(hidden_tables(found.found, found.attributes), hidden_sentences(found.found))


def _document(found: FoundOfRun[HiddenVariables]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain_mapping
    from nnuniverse.analysis.hidden import judge_constraint
    from nnuniverse.physics.hidden.hidden_variables import CONTROLS, NETS, QUANTILES

    hidden = found.found
    return plain_mapping(
        {
            **found.attributes,
            "seeds": hidden.seeds,
            "nets": NETS,
            "controls": CONTROLS,
            "quantiles": QUANTILES,
            "neurons": hidden.neurons,
            "fit_steps": hidden.fit_steps,
            "fit_neurons": hidden.fit_neurons,
            "verdict": judge_constraint(hidden).document,
            "values": dict(hidden.values),
        }
    )
