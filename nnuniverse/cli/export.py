"""``nnu export``: what a run has recorded, in the files of other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    not_to_nothing,
    print_json,
    run_folders,
    say,
    user_path,
)


def export(
    runs: Runs,
    to: Annotated[str, typer.Option("--to", metavar="csv|parquet|tensorboard", help="The format.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the new folders.",
            parser=user_path,
            callback=not_to_nothing,
        ),
    ] = Path("exports"),
    as_json: AsJson = False,
) -> None:
    """Write what runs have recorded into new folders, DIR/<run>/<format>; nothing is overwritten.

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    from nnuniverse.exports import export_run, new_folder, require_library

    require_library(to)
    folders = run_folders(runs)
    for path in folders:  # all before the first is written
        new_folder(path, to, out)
    exported = [export_run(path, to, out) for path in folders]
    if as_json:
        print_json(
            [
                {"run": str(of.run), "folder": str(of.folder), "files": list(map(str, of.files))}
                for of in exported
            ]
        )
        return
    for of in exported:
        say(f"{len(of.files)} files: {of.folder}")
