"""``nnu structure``: whether the weights of a run are a permutation, chains, motifs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, Run, given, print_json, remark, run_folder
from nnuniverse.cli.storing import show_nets, store

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_run import FoundOfRun
    from nnuniverse.physics.structure.structure import Structure


def structure(
    run: Run,
    snapshot: Annotated[
        str | None, typer.Option("--snapshot", metavar="last|all", help="Weights.  [last]")
    ] = None,
    matrix: Annotated[
        str | None,
        typer.Option("--matrix", metavar="slopes|weights", help="A = f'w, or w.  [slopes]"),
    ] = None,
    closed: Annotated[
        bool, typer.Option("--closed", help="Take the outputs for the inputs, in order.")
    ] = False,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="nonzero|loss:X|edges:K",
            help="Edges: as many as keep the loss below 1 + X of it; the K strongest.  [nonzero]",
        ),
    ] = None,
    purity: Annotated[
        float | None,
        typer.Option(
            "--purity", metavar="P", help="An edge of a chain has this share at its ends.  [0.9]"
        ),
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", metavar="N", help="Of each null.  [200]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the draws.  [0]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell whether learning led to a permutation, 2008.01540 (7.11); into RUN/structure.h5.

    Beside every number is what weights in random places, or rewired graphs, have of it.  Exit
    codes: 0 done, whatever is found; 1 failed; 2 wrong usage.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.structure import StructureSettings, structure_of_run

    options = given(
        snapshot=snapshot, matrix=matrix, keep=keep, purity=purity, draws=draws, seed=seed
    )
    settings = StructureSettings(**options, closed=closed)
    found = structure_of_run(folder, settings, remark, _show_progress)
    store(found.write)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _show_progress(done: int, of: int) -> None:
    if of > 1:
        show_nets(done, of)


def _print(found: FoundOfRun[Structure]) -> None:
    from nnuniverse.analysis.structure import structure_sentences, structure_tables
    from nnuniverse.cli.display.tables import print_told

    print_told(
        structure_tables(found.found, found.attributes),
        structure_sentences(found.found, found.attributes),
    )


def _document(found: FoundOfRun[Structure]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain, plain_mapping

    structure = found.found
    drawn_alone = ("matrix", "assigned_sender", "kept_sender", "kept_receiver", "kept_weight")
    return {
        **plain_mapping(found.attributes),
        "epochs": structure.epochs.tolist(),
        "receivers": structure.receivers.tolist(),
        "senders": structure.senders.tolist(),
        "values": {
            of.name: plain(values)
            for of, values in structure.variables
            if of.name not in drawn_alone
        },
    }
