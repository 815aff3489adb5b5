"""``nnu runs``: the run folders at a glance, compared, or removed."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import DEFAULT_ROOT, AsJson, Root, expanded, print_json, remark, say
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError
from nnuniverse.regular_files import is_folder

if TYPE_CHECKING:
    from nnuniverse.runs import ListedRun, RunFolder, RunSummary

SHORTENED = ("data.fingerprint", "commit")
"""Keys of which a table shows the first characters."""


def runs(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN|KEY=VALUE",
            help="Only these run folders, and only where config keys and columns compare so: "
            "status=complete, 'train.epochs>=1000', 'boundary_loss<0.01', also != <= >.",
            show_default=False,
        ),
    ] = None,
    out: Root = DEFAULT_ROOT,
    compare: Annotated[
        bool, typer.Option("--compare", help="Show the keys in which the runs differ.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the runs, after a question.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without a question.")] = False,
    as_json: AsJson = False,
) -> None:
    """List run folders: status, epochs, losses, size; or compare or remove them."""
    _require_one_purpose(arguments, compare, remove, yes)
    given = [expanded(argument) for argument in arguments or []]
    if remove:
        _require_no_links(given)
    found = _find(given, out)
    if compare:
        _compare(found, as_json)
    elif remove:
        _remove(found, yes, as_json)
    elif as_json:
        print_json([run.summary.as_dict() for run in found])
    else:
        _print_summaries([run.summary for run in found])


def _require_one_purpose(
    arguments: list[str] | None, compare: bool, remove: bool, yes: bool
) -> None:
    if compare and remove:
        raise ConfigError(
            "`--compare`", "stand alone", "`--remove` is given too", "one after the other"
        )
    if yes and not remove:
        raise ConfigError("`--yes`", "go with --remove", "does not", "`--remove --yes`")
    if remove and not arguments:
        raise ConfigError(
            "`--remove`",
            "be told which runs",
            "no RUN and no KEY=VALUE is given",
            "`nnu runs --remove status=diverged`",
        )


def _find(arguments: list[str], root: Path) -> list[ListedRun]:
    """Return the runs that are meant: of the folders given, else of ``root``, those that match.

    An argument that is a folder is a run; any other is a condition.
    """
    from nnuniverse.runs import list_runs, look_at, parse_condition, select_runs

    folders = [argument for argument in arguments if is_folder(argument)]
    conditions = [parse_condition(argument) for argument in arguments if argument not in folders]
    once = {os.path.realpath(folder): _run_folder(folder) for folder in folders}
    return select_runs(map(look_at, once.values()) if folders else list_runs(root), conditions)


def _run_folder(path: str) -> RunFolder:
    """Return the run at ``path``, be it only called as one; raises ConfigError if it is none."""
    from nnuniverse.runs import RunFolder, open_run_folder

    folder = RunFolder(Path(path))
    return folder if folder.named_by_a_run else open_run_folder(path)


def _require_no_links(arguments: list[str]) -> None:
    from nnuniverse.runs import require_no_link

    for argument in arguments:
        if is_folder(argument):
            require_no_link(Path(argument))


def _print_summaries(summaries: list[RunSummary]) -> None:
    from nnuniverse.cli.display.tables import print_table

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
                _megabytes(run.bytes),
            ]
            for run in summaries
        ],
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


# --- comparing ---------------------------------------------------------------------------------


def _compare(found: list[ListedRun], as_json: bool) -> None:
    from nnuniverse.cli.display.tables import print_table
    from nnuniverse.runs import differing_values

    compared = [run for run in found if run.config is not None]
    for run in found:
        if run.config is None:
            remark(f"left out {run.folder.path}, which is unreadable")
    if len(compared) < 2:
        raise ConfigError(
            "`--compare`", "have two runs or more", f"has {len(compared)}", "`nnu runs`"
        )
    paths = [run.summary.path for run in compared]
    differing = differing_values(compared)
    if as_json:
        print_json({"runs": paths, "differing": differing})
        return
    cells = {key: [_cell(key, value) for value in differing[key]] for key in differing}
    if len(compared) >= len(cells):
        rows = [[path, *row] for path, *row in zip(paths, *cells.values(), strict=True)]
        print_table(["run", *cells], rows)
    else:
        print_table(["key", *paths], [[key, *row] for key, row in cells.items()])
    if not cells:
        remark("these runs do not differ")


def _cell(key: str, value: object) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:12] if key in SHORTENED else text


# --- removing ----------------------------------------------------------------------------------


def _remove(found: list[ListedRun], yes: bool, as_json: bool) -> None:
    from nnuniverse.runs import remove_remains, remove_run, require_removable

    for run in found:
        require_removable(run.folder)
    summaries = [run.summary for run in found]
    size = sum(summary.bytes for summary in summaries)
    what = f"{counted(len(found), 'run')}, {_megabytes(size)}"
    if found and not yes:
        if as_json or not sys.stdin.isatty():
            unasked = "`--json` asks nothing" if as_json else "this is no terminal"
            raise ConfigError(f"removing {what}", "be confirmed", unasked, "`--yes`")
        _print_summaries(summaries)
        typer.echo(f"remove {what}? [y/N] ", err=True, nl=False)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            remark("nothing is removed")
            return
    for root in {run.folder.path.parent.parent for run in found}:
        remove_remains(root)
    for run in found:
        remove_run(run.folder)
    if as_json:
        print_json({"removed": [summary.path for summary in summaries], "bytes": size})
    else:
        say(f"removed {what}")
