"""``nnu mechanics``: which equation the density of an ensemble of learning nets obeys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    given,
    print_json,
    run_folders,
    say,
)
from nnuniverse.cli.storing import store

if TYPE_CHECKING:
    from nnuniverse.analysis.mechanics import MechanicsContent
    from nnuniverse.experiments.mechanics import MechanicsSettings
    from nnuniverse.physics.mechanics.findings import Findings
    from nnuniverse.physics.mechanics.verdict.pooled import PooledRatio
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
    free_energy: Annotated[
        float | None,
        typer.Option("--free-energy", metavar="BETA", help="Also what changes F at this beta."),
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

    from nnuniverse.experiments.mechanics import MechanicsSettings, find_mechanics
    from nnuniverse.physics.mechanics.findings import pooled_ratios

    settings = MechanicsSettings(
        **given(
            form=form,
            diffusion=diffusion,
            held_out=held_out,
            seed=seed,
            coordinates=coordinates,
        )
    )
    documents: list[dict[str, object]] = []
    found: list[Findings] = []
    for record in records:
        findings = find_mechanics(record, settings, _tell)
        found.append(findings)
        content = _stored(record, findings, settings)
        if not as_json:
            _print(record, content)
        documents.append(_document(record, content))
        if free_energy is not None:
            documents[-1]["free_energy"] = _free_energy(record, findings, free_energy, as_json)
    together = pooled_ratios([findings.judgements for findings in found])
    if as_json:
        print_json({"runs": documents, "together": _pooled_document(together)})
    elif len(records) > 1:
        _print_together(together)


def _stored(record: RunRecord, findings: Findings, settings: MechanicsSettings) -> MechanicsContent:
    """Return what is stored of an ensemble; a folder that cannot be written is left as it is."""
    from nnuniverse.analysis.mechanics import content_of

    content = content_of(findings, record, settings.as_mapping())
    store(lambda: content.write(record))
    return content


def _free_energy(
    record: RunRecord, findings: Findings, beta: float, as_json: bool
) -> dict[str, object]:
    """Return what changes the free energy of an ensemble, and print it unless ``as_json``."""
    from nnuniverse.cli.display.free_energy_tables import free_energy_document, print_free_energy
    from nnuniverse.experiments.free_energy_expansion import expansions_of_run
    from nnuniverse.physics.mechanics.free_energy_production import free_energy_production

    ensemble = findings.ensemble
    labels = [str(label) for label in record["coordinate"]]
    chosen = [labels.index(label) for label in ensemble.labels]
    expansions = expansions_of_run(record.folder.path, beta, chosen)
    found = free_energy_production(ensemble, expansions)
    if not as_json:
        say("")
        print_free_energy(found, ensemble.labels, beta)
    return free_energy_document(found, beta)


def _tell(done: int, of: int, label: str) -> None:
    say(f"judged {label}, {done} of {of}", err=True)


def _print(record: RunRecord, content: MechanicsContent) -> None:
    from nnuniverse.analysis.mechanics import mechanics_tables, verdict_sentences
    from nnuniverse.cli.display.tables import print_told

    found = content.record()
    print_told(mechanics_tables(found, record.name), verdict_sentences(found))


def _document(record: RunRecord, content: MechanicsContent) -> dict[str, object]:
    from nnuniverse.analysis.mechanics import mechanics_document

    return mechanics_document(content.record(), record.name)


def _print_together(together: Mapping[str, PooledRatio]) -> None:
    from nnuniverse.analysis.mechanics import pooled_sentence

    say("")
    for kind, pooled in together.items():
        say(f"All runs together: {pooled_sentence(kind, pooled)}")


def _pooled_document(together: Mapping[str, PooledRatio]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain_mapping

    return {
        kind: plain_mapping(
            {"ratio": ratio.mean, "coordinates": ratio.freedom, "chi2": dict(ratio.chi_squared)}
        )
        for kind, ratio in together.items()
    }
