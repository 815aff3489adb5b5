"""``nnu measure``: measure what a finished run did not record."""

from __future__ import annotations

from typing import Annotated

import typer

from nnuniverse.cli.options import AsJson, Run, print_json, remark, run_folder, say
from nnuniverse.counted import counted


def measure(
    run: Run,
    observables: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OBSERVABLE]...", help="What to add.  [all not recorded]", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add observables to a finished run, from the weights that it kept at every snapshot.

    It needs to have been trained with observe.weights=snapshots.  Exit codes: 0 done, 1 failed,
    2 wrong usage.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.measure import measure_run

    addition = measure_run(folder, tuple(observables or ()), remark)
    if as_json:
        print_json(
            {
                "run": str(addition.folder),
                "added": list(addition.observables),
                "snapshots": addition.snapshots,
            }
        )
    elif addition.observables:
        say(
            f"added at {counted(addition.snapshots, 'snapshot')}: {', '.join(addition.observables)}"
        )
    else:
        say("nothing added: all observables are recorded")
