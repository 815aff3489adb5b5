"""``nnu runs``: the run folders at a glance."""

from __future__ import annotations

from nnuniverse.cli.options import DEFAULT_ROOT, AsJson, Root, print_json


def runs(out: Root = DEFAULT_ROOT, as_json: AsJson = False) -> None:
    """List run folders: status, epochs, losses, size."""
    from nnuniverse.cli.tables import print_table
    from nnuniverse.runs import list_runs

    summaries = list(list_runs(out))
    if as_json:
        print_json([summary.as_dict() for summary in summaries])
        return
    print_table(
        ["run", "status", "epochs", "replicas", "boundary loss", "error rate", "size"],
        [
            [
                run.path,
                run.status,
                f"{run.epochs}/{run.of_epochs}",
                str(run.replicas),
                "" if run.boundary_loss is None else f"{run.boundary_loss:.4g}",
                "" if run.error_rate is None else f"{run.error_rate:.2%}",
                f"{run.bytes / 1e6:.1f} MB",
            ]
            for run in summaries
        ],
    )
