"""``nnu runs``: the run folders at a glance, compared, or removed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
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
            help="Only these: run folders, those of sweeps, `latest`, names, ids; and only where "
            "config keys, columns, tag.KEY and note compare so: status=complete, "
            "'train.epochs>=1000', 'boundary_loss<0.01', tag.figure=3, also != <= > and ~: has.",
            show_default=False,
        ),
    ] = None,
    out: Root = DEFAULT_ROOT,
    sort: Annotated[
        str | None,
        typer.Option("--sort", metavar="COLUMN", help="By this key: mu2, -started.  [path]"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option("--columns", metavar="COLUMN,...", help="Show these keys: train.epochs,mu2."),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG=VALUE", help="Tag the runs; TAG= takes it away."),
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Put a note on the runs.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Show the keys in which the runs differ.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the runs, after a question.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without a question.")] = False,
    as_json: AsJson = False,
) -> None:
    """List run folders: status, epochs, losses, size; or tag, compare or remove them."""
    tagging = bool(tags) or note is not None
    _require_one_purpose(compare, remove, tagging)
    _require_runs(arguments, remove, yes, tagging)
    keys = _columns(columns)
    order = _order(sort)
    given = [expanded(argument) for argument in arguments or []]
    if remove:
        _require_no_links(given)
    found = _find(given, out)
    if order:
        found = _sorted(found, *order)
    if tagging:
        found = _annotated(found, tags or [], note)
    if compare:
        _compare(found, as_json)
    elif remove:
        _remove(found, yes, as_json)
    elif as_json:
        print_json([_shown(run, keys) for run in found])
    elif not found:
        remark("no run matches" if given else f"no run is in {str(out)!r}")
    elif keys:
        _print_columns(found, keys)
    else:
        _print_summaries([run.summary for run in found])


def _require_one_purpose(compare: bool, remove: bool, tagging: bool) -> None:
    named = {"`--compare`": compare, "`--remove`": remove, "`--tag` or `--note`": tagging}
    asked = [name for name, wanted in named.items() if wanted]
    if len(asked) > 1:
        raise ConfigError(asked[0], "stand alone", f"{asked[1]} is given too", "one by one")


def _require_runs(arguments: list[str] | None, remove: bool, yes: bool, tagging: bool) -> None:
    if yes and not remove:
        raise ConfigError("`--yes`", "go with --remove", "does not", "`--remove --yes`")
    if arguments or not (remove or tagging):
        return
    option, example = (
        ("`--remove`", "`nnu runs --remove status=diverged`")
        if remove
        else ("`--tag` or `--note`", "`nnu runs --tag figure=3 latest`")
    )
    actual = "no RUN and no KEY=VALUE is given"
    raise ConfigError(option, "be told which runs", actual, example)


def _columns(given: list[str] | None) -> list[str]:
    from nnuniverse.runs import require_run_key

    keys = [key.strip() for text in given or [] for key in text.split(",")]
    return [require_run_key("--columns", key) for key in keys]


def _order(given: str | None) -> tuple[str, bool] | None:
    """Return the key to sort by, and whether the largest comes first."""
    from nnuniverse.runs import require_run_key

    if given is None:
        return None
    return require_run_key("--sort", given.removeprefix("-")), given.startswith("-")


def _sorted(found: list[ListedRun], key: str, descending: bool) -> list[ListedRun]:
    from nnuniverse.runs import sorted_runs

    return sorted_runs(found, key, descending=descending)


def _find(arguments: list[str], root: Path) -> list[ListedRun]:
    """Return the runs that are meant: of those named, else of ``root``, those that match."""
    from nnuniverse.runs import list_runs, look_at, meant_runs, select_runs

    folders, conditions = meant_runs(arguments, root)
    found = list_runs(root) if folders is None else map(look_at, map(_run_folder, folders))
    return _told_of_archives(select_runs(found, conditions), arguments)


def _told_of_archives(found: list[ListedRun], arguments: list[str]) -> list[ListedRun]:
    """Return runs, those in archives called by these and by their own place in them."""
    from nnuniverse.runs.archived import is_archive, unpacked

    archives = {unpacked(Path(given)): given for given in arguments if is_archive(given)}
    told = {
        run.folder.path: f"{archive}: {run.folder.path.relative_to(place)}"
        for place, archive in archives.items()
        for run in found
        if run.folder.path.is_relative_to(place)
    }
    return [
        replace(run, summary=replace(run.summary, path=told[run.folder.path]))
        if run.folder.path in told
        else run
        for run in found
    ]


def _run_folder(folder: RunFolder) -> RunFolder:
    """Return ``folder``, be it only called as one; raises ConfigError if it is none."""
    from nnuniverse.runs import open_run_folder

    return folder if folder.named_by_a_run else open_run_folder(folder.path)


def _require_no_links(arguments: list[str]) -> None:
    from nnuniverse.runs import require_no_link

    for argument in arguments:
        if is_folder(argument):
            require_no_link(Path(argument))


def _print_summaries(summaries: list[RunSummary]) -> None:
    from nnuniverse.cli.display.tables import print_table

    rows = {run.path: _row(run) for run in summaries}
    headings = [heading for heading in next(iter(rows.values()), {}) if _is_filled(heading, rows)]
    print_table(headings, [[row[heading] for heading in headings] for row in rows.values()])


def _row(run: RunSummary) -> dict[str, str]:
    return {
        "run": run.path,
        "status": run.status,
        "epochs": f"{run.epochs}/{run.of_epochs}",
        "replicas": str(run.replicas),
        "neurons": run.neurons or "",
        "boundary loss": "" if run.boundary_loss is None else f"{run.boundary_loss:.4g}",
        "error rate": "" if run.error_rate is None else f"{run.error_rate:.2%}",
        "test error": "" if run.test_error_rate is None else f"{run.test_error_rate:.2%}",
        "mu_2": "" if run.mu2 is None else f"{run.mu2:.4g}",
        "size": _megabytes(run.bytes),
        "tags": " ".join(f"{key}={_cell(key, value)}" for key, value in run.tags.items()),
        "note": run.note,
    }


def _is_filled(heading: str, rows: dict[str, dict[str, str]]) -> bool:
    """Return whether a column is shown: some only if there is something in them."""
    return heading not in ("neurons", "tags", "note") or any(row[heading] for row in rows.values())


def _print_columns(found: list[ListedRun], keys: list[str]) -> None:
    from nnuniverse.cli.display.tables import print_table

    values = [(run.summary.path, run.values()) for run in found]
    rows = [[path, *(_rounded(key, of.get(key)) for key in keys)] for path, of in values]
    print_table(["run", *keys], rows)


def _rounded(key: str, value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else _cell(key, value)


def _shown(run: ListedRun, keys: list[str]) -> dict[str, object]:
    """Return what JSON shows of a run: its path and the ``keys``, or its summary without any."""
    if not keys:
        return run.summary.as_dict()
    values = run.values()
    return {"path": run.summary.path, **{key: values.get(key) for key in keys}}


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


# --- tagging -----------------------------------------------------------------------------------


def _annotated(found: list[ListedRun], tags: list[str], note: str | None) -> list[ListedRun]:
    """Put ``tags`` and a ``note`` on the runs; return them as they are now."""
    from nnuniverse.runs import annotate, look_at, parse_tag

    parsed = dict(parse_tag(tag) for tag in tags)
    for run in found:
        annotate(run.folder, parsed, note)
    return [look_at(run.folder) for run in found]


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
