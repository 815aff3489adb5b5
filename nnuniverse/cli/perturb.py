"""``nnu perturb``: which structures of a run's nets survive noise, deletion and other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.display.retraining_epochs import train_nets_of_run
from nnuniverse.cli.options import (
    AsJson,
    Run,
    given,
    numbers,
    print_json,
    run_folder,
)
from nnuniverse.cli.storing import store

if TYPE_CHECKING:
    from nnuniverse.experiments.found_of_run import FoundOfRun
    from nnuniverse.physics.structure.perturbed import Perturbed

Strengths = list[str] | None


def perturb(
    run: Run,
    noise: Annotated[
        Strengths,
        typer.Option("--noise", metavar="S,...", help="On all weights, over their rms."),
    ] = None,
    delete: Annotated[
        Strengths,
        typer.Option("--delete", metavar="P,...", help="Shares of connected hidden neurons."),
    ] = None,
    data: Annotated[
        Strengths,
        typer.Option("--data", metavar="P,...", help="Shares of inputs that exchange their data."),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", metavar="E", help="Of retraining.  [as many as the run's]"),
    ] = None,
    repeats: Annotated[
        int | None, typer.Option("--repeats", metavar="N", help="Of every perturbation.  [3]")
    ] = None,
    matrix: Annotated[
        str | None,
        typer.Option("--matrix", metavar="weights|slopes", help="In which chains are.  [weights]"),
    ] = None,
    purity: Annotated[
        float | None, typer.Option("--purity", metavar="P", help="Of clean chains.  [0.9]")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option("--keep", metavar="nonzero|edges:K", help="Edges that count.  [nonzero]"),
    ] = None,
    draws: Annotated[
        int | None, typer.Option("--draws", metavar="N", help="Of independent edges.  [200]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the perturbations.  [0]")
    ] = None,
    threads: Annotated[
        int | None, typer.Option("--threads", metavar="N", min=1, help="At most.  [processors]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Perturb a run's nets, train them again, tell what survives, 2008.01540 Sec. 11.

    Into RUN/perturb.h5; retrainings are kept in RUN/perturbed.  Exit codes: 0 done, whatever is
    found; 1 failed, or a net has diverged; 2 wrong usage; 75 stopped: the same again goes on.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax
    from nnuniverse.processors import NO_LIMIT

    require_jax(threads or NO_LIMIT)

    from nnuniverse.experiments.perturb import PerturbSettings, perturb_run

    settings = PerturbSettings(
        **given(
            noise=numbers("--noise", noise),
            delete=numbers("--delete", delete),
            data=numbers("--data", data),
            epochs=epochs,
            repeats=repeats,
            matrix=matrix,
            purity=purity,
            keep=keep,
            draws=draws,
            seed=seed,
        )
    )
    found = train_nets_of_run(perturb_run, folder, settings, threads or NO_LIMIT)
    store(found.write)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _print(found: FoundOfRun[Perturbed]) -> None:
    from nnuniverse.analysis.perturb import perturb_sentences, perturb_tables
    from nnuniverse.cli.display.tables import print_told

    print_told(perturb_tables(found.found, found.attributes), perturb_sentences(found.found))


def _document(found: FoundOfRun[Perturbed]) -> dict[str, object]:
    from nnuniverse.analysis.document import plain
    from nnuniverse.analysis.perturb import perturb_sentences

    values = found.found.values
    return {
        **found.attributes,
        "seeds": found.found.seeds.tolist(),
        "perturbations": [
            {"kind": one.kind, "strength": one.strength} for one in found.found.perturbations
        ],
        "structures": [str(name) for name in found.found.axes[-1].values],
        "values": {name: plain(array) for name, array in values.items()},
        "found": perturb_sentences(found.found),
    }
