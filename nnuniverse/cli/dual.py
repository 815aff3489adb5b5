"""``nnu dual``: whether a run's nets become nets of their boundary neurons alone, and learn on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.display.retraining_epochs import train_nets_of_run
from nnuniverse.cli.options import AsJson, Run, given, print_json, run_folder
from nnuniverse.cli.storing import store

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_run import FoundOfRun
    from nnuniverse.physics.holography.found_duals import FoundDuals


def dual(
    run: Run,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", metavar="E", help="Of training.  [as many as the run's]"),
    ] = None,
    edges: Annotated[
        str | None,
        typer.Option(
            "--edges",
            metavar="forward|all",
            help="From inputs to outputs, or among outputs too.  [forward]",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the shuffled map.  [0]")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", metavar="N", min=1, help="At most.  [processors]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Map a run's nets to dense ones of their boundary alone, train these, 2008.01540 Sec. 10.

    Into RUN/dual.h5; the trained nets are kept in RUN/duals.  Exit codes: 0 done, whatever is
    found; 1 failed, or a net has diverged; 2 wrong usage; 75 stopped: the same again goes on.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax
    from nnuniverse.processors import NO_LIMIT

    require_jax(threads or NO_LIMIT)

    from nnuniverse.experiments.dual import DualSettings, duals_of_run

    settings = DualSettings(**given(epochs=epochs, edges=edges, seed=seed))
    found = train_nets_of_run(duals_of_run, folder, settings, threads or NO_LIMIT)
    store(found.write)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _print(found: FoundOfRun[FoundDuals]) -> None:
    from nnuniverse.analysis.holography import dual_sentences, dual_table
    from nnuniverse.cli.display.tables import print_told

    print_told([dual_table(found.found, found.attributes)], dual_sentences(found.found))


def _document(found: FoundOfRun[FoundDuals]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain
    from nnuniverse.analysis.holography import dual_sentences

    return {
        **found.attributes,
        **{axis.name: plain(axis.values) for axis in found.found.axes},
        "seeds": found.found.seeds.tolist(),
        "values": {name: plain(values) for name, values in found.found.values.items()},
        "found": dual_sentences(found.found),
    }
