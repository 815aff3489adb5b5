"""``nnu strings``: states that run along the cycles of a weighted permutation."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Overrides,
    config_or_run,
    given,
    not_to_nothing,
    print_json,
    remark,
    user_path,
)
from nnuniverse.cli.storing import require_place, store_at

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_net import FoundOfNet
    from nnuniverse.physics.strings.found_strings import FoundStrings


def strings(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|RUN",
            help="A YAML config of a graph, or a run: its folder, `latest`, a name, an id.",
            show_default=False,
        ),
    ],
    overrides: Overrides = None,
    steps: Annotated[
        int | None,
        typer.Option("--steps", metavar="T", help="Of the states.  [2 of the longest, <= 200]"),
    ] = None,
    movers: Annotated[
        str | None, typer.Option("--movers", metavar="right|both", help="By w, w^T too.  [both]")
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="random|modes|data|null", help="To begin with.  [modes]"),
    ] = None,
    subsystems: Annotated[
        int | None, typer.Option("--subsystems", metavar="D", help="How many.  [3]")
    ] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help="Outputs are the inputs, in order.")
    ] = False,
    least: Annotated[
        float | None,
        typer.Option("--least", metavar="SHARE", help="Of the largest: smaller weights are none."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the beginning.  [0]")
    ] = None,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Which replica.  [0]")
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="EPOCH", help="Weights of that snapshot.  [the last]"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR|FILE",
            help="Where strings.h5 goes.  [RUN; of a config nowhere]",
            parser=user_path,
            callback=not_to_nothing,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run states along the closed strings of a weighted permutation, 2008.01540 Secs. 7, 8.

    Of a config's untrained graph, or of a run's net, into RUN/strings.h5.  Exit codes: 0 done,
    whatever the residuals; 1 failed, or the run's weights are no permutation; 2 wrong usage, or
    the config's are none.
    """
    path = config_or_run(source)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.strings import StringSettings, move_strings
    from nnuniverse.runs.derived_file import STRINGS_FILE

    settings = StringSettings(
        **given(
            steps=steps,
            movers=movers,
            state=state,
            subsystems=subsystems,
            least=least,
            seed=seed,
            replica=replica,
            epoch=epoch,
        ),
        closed=closed,
    )
    require_place(out, STRINGS_FILE)
    found = move_strings(path, tuple(overrides or ()), settings, remark)
    store_at(found, out, found.origin.folder)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _print(found: FoundOfNet[FoundStrings]) -> None:
    from nnuniverse.analysis.strings import StoredStrings, string_sentences, string_tables
    from nnuniverse.cli.display.tables import print_told

    told = StoredStrings.of(found.found.axes, found.found.told, found.attributes)
    print_told(string_tables(told), string_sentences(told))


def _document(found: FoundOfNet[FoundStrings]) -> dict[str, object]:
    """Return what is told in JSON: the cycles and the residuals, the states in the file alone."""
    strings = found.found
    cycles = {
        variable.name: values.tolist()
        for variable, values in strings.told
        if variable.dims == ("cycle",)
    }
    return {
        **found.attributes,
        **cycles,
        "identity_residuals": {
            one.name: {"equal_weights": _number(one.equal), "as_they_are": _number(one.as_they_are)}
            for one in strings.residuals
        },
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
