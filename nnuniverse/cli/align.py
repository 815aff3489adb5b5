"""``nnu align``: whether the drift of learning lies along the gradient of the free energy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    given,
    numbers,
    print_json,
    remark,
    run_folders,
    say,
)
from nnuniverse.cli.storing import show_nets, store
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_run import FoundOfRun
    from nnuniverse.physics.mechanics.alignment.measured import Alignment
    from nnuniverse.physics.mechanics.alignment.over_seeds import SeedsVerdict


def align(
    runs: Runs,
    betas: Annotated[
        list[str] | None,
        typer.Option("--beta", metavar="B,...", help="Of the free energy.  [0.001,1,1000]"),
    ] = None,
    epochs: Annotated[
        list[str] | None,
        typer.Option(
            "--epoch", metavar="E,...", help="Snapshots.  [near 0, 1, 10, 100 ... and the last]"
        ),
    ] = None,
    replicas: Annotated[
        list[str] | None, typer.Option("--replica", metavar="R,...", help="Which.  [all]")
    ] = None,
    hessian: Annotated[
        bool, typer.Option("--hessian", help="Compare second derivatives too, of small nets.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether learning drifts along +grad F, 2008.01540 (4.2); into RUN/align.h5.

    Of runs that kept their weights at snapshots, else at the last epoch alone.  Runs that differ in
    seeds alone are judged together.  Exit codes: 0 done, whatever is found, 1 failed, 2 wrong
    usage.
    """
    folders = run_folders(runs)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.align import AlignSettings, align_run

    settings = AlignSettings(
        **given(
            betas=numbers("--beta", betas),
            epochs=_whole_numbers("--epoch", epochs),
            replicas=_whole_numbers("--replica", replicas),
        ),
        hessian=hessian,
    )
    aligned = [align_run(folder, settings, remark, show_nets) for folder in folders]
    for run in aligned:
        store(run.write)
    families = _families(aligned)
    if as_json:
        print_json([_document(family) for family in families])
    else:
        _print(families)


def _whole_numbers(option: str, given: list[str] | None) -> list[int] | None:
    """Return the whole numbers of an ``option``; raises ConfigError for others."""
    found = numbers(option, given)
    if found is None:
        return None
    if not all(math.isfinite(one) and one == int(one) and one >= 0 for one in found):
        text = ",".join(given or [])
        raise ConfigError(f"`{option}`", "be whole numbers", f"is {text!r}", f"{option} 0,1")
    return [int(one) for one in found]


def _families(aligned: list[FoundOfRun[Alignment]]) -> list[list[FoundOfRun[Alignment]]]:
    """Return the runs that differ in seeds alone together, in the order of the first of each."""
    families: dict[str, list[FoundOfRun[Alignment]]] = {}
    for run in aligned:
        families.setdefault(str(run.attributes["family_hash"]), []).append(run)
    return list(families.values())


def _print(families: list[list[FoundOfRun[Alignment]]]) -> None:
    from nnuniverse.analysis.alignment import alignment_tables, objections
    from nnuniverse.cli.display.tables import print_tables

    together = [(_together(family), str(family[0].attributes["network"])) for family in families]
    print_tables([table for found in together for table in alignment_tables(*found)])
    for reason in dict.fromkeys(one for found, _ in together for one in objections(found)):
        say(f"undecided: {reason}")


def _together(family: list[FoundOfRun[Alignment]]) -> Alignment:
    from nnuniverse.physics.mechanics.alignment.measured import of_all_seeds

    return of_all_seeds([run.found for run in family])


def _verdicts(alignment: Alignment) -> list[list[SeedsVerdict]]:
    from nnuniverse.physics.mechanics.alignment.over_seeds import judge_alignment

    return [
        [judge_alignment(alignment, epoch, beta) for beta in range(len(alignment.betas))]
        for epoch in range(len(alignment.epochs))
    ]


def _document(family: list[FoundOfRun[Alignment]]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain

    alignment = _together(family)
    return {
        "runs": [str(run.folder) for run in family],
        "network": family[0].attributes["network"],
        "seeds": alignment.seeds.tolist(),
        "epochs": alignment.epochs.tolist(),
        "betas": alignment.betas.tolist(),
        "edge_of_stability": plain(alignment.edge),
        "values": {name: plain(values) for name, values in alignment.values.items()},
        "verdicts": [
            [
                {
                    **{end: plain(float(v)) for end, v in judged.cosine._asdict().items()},
                    "drift": judged.lies,
                    "reason": judged.reason,
                }
                for judged in row
            ]
            for row in _verdicts(alignment)
        ],
    }
