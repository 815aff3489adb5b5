"""``nnu mechanics``: which equation the density of an ensemble of learning nets obeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    given,
    print_json,
    remark,
    run_folders,
    say,
)
from nnuniverse.errors import RunError

if TYPE_CHECKING:
    from nnuniverse.analysis.mechanics import MechanicsContent
    from nnuniverse.experiments.mechanics import MechanicsSettings
    from nnuniverse.runs import RunRecord


def mechanics(
    runs: Runs,
    form: Annotated[
        str | None,
        typer.Option("--form", metavar="gaussian|grid", help="Of the potential.  [gaussian]"),
    ] = None,
    diffusion: Annotated[
        float | None,
        typer.Option("--diffusion", metavar="D", help="To compare with, q^2 per step."),
    ] = None,
    held_out: Annotated[
        float | None,
        typer.Option("--held-out", metavar="SHARE", help="Of the replicas, to judge by.  [0.5]"),
    ] = None,
    coordinates: Annotated[
        list[str] | None,
        typer.Option("--coordinate", metavar="LABEL|K", help="Only this; repeat.  [all]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of how replicas are parted.  [0]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge ensembles of `nnu evolve`: quantum, classical or diffusing?  Into RUN/mechanics.h5.

    Exit codes: 0 done, whatever the verdict; 1 unreadable; 2 wrong usage, or a run that is no
    ensemble; 3 a fit failed.
    """
    from nnuniverse.runs import read_run

    records = [read_run(folder) for folder in run_folders(runs)]

    from nnuniverse.experiments.mechanics import MechanicsSettings

    settings = MechanicsSettings(
        **given(
            form=form,
            diffusion=diffusion,
            held_out=held_out,
            seed=seed,
            coordinates=coordinates,
        )
    )
    documents = []
    for record in records:
        content = _judged(record, settings)
        if as_json:
            documents.append(_document(record, content))
        else:
            _print(record, content)
    if as_json:
        print_json({"runs": documents})


def _judged(record: RunRecord, settings: MechanicsSettings) -> MechanicsContent:
    """Judge an ensemble and store what is found, but in a folder that cannot be written."""
    from nnuniverse.analysis.mechanics import content_of
    from nnuniverse.experiments.mechanics import find_mechanics

    findings = find_mechanics(record, settings, _tell)
    content = content_of(findings, record, settings.as_mapping())
    try:
        content.write(record)
    except RunError as error:
        remark(f"not stored: {error}")
    return content


def _tell(done: int, of: int, label: str) -> None:
    say(f"judged {label}, {done} of {of}", err=True)


def _print(record: RunRecord, content: MechanicsContent) -> None:
    from nnuniverse.analysis.mechanics import mechanics_tables, verdict_sentences
    from nnuniverse.cli.display.tables import print_tables

    found = content.record()
    print_tables(mechanics_tables(found, record.name))
    say("")
    for sentence in verdict_sentences(found):
        say(sentence)


def _document(record: RunRecord, content: MechanicsContent) -> dict[str, object]:
    from nnuniverse.analysis.mechanics import mechanics_document

    return mechanics_document(content.record(), record.name)
