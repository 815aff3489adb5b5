"""What a person reads first in an archive."""

from __future__ import annotations

from nnuniverse.exports.archive.contents import ArchivedRun, Contents

NAME = "README.md"

MOST_LISTED = 100
"""Runs that are told of one by one."""

OPEN = """\
## Opening it

With nnuniverse the file opens as it is, under whatever name it has; nothing is written into it:

```sh
nnu runs ARCHIVE.zip
nnu analyze ARCHIVE.zip
nnu plot all ARCHIVE.zip
nnu report ARCHIVE.zip
```

Without it, every `results.h5` is HDF5 in the shape of netCDF4: `xarray.open_dataset(path,
engine="h5netcdf")` reads it, with units, meaning and source of every variable. `sha256sum -c
SHA256SUMS` in the unzipped folder tells whether all is what was written.
"""

LEFT_OUT = """\
## What is not in it

Checkpoints, from which a run could go on; names of hosts; the folders of paths, of which the last
part is left; the data and other files that the configs name. `identity` in `provenance.json` has
the SHA-256 of the samples and of those files.
"""


def readme(contents: Contents, title: str, extras: list[tuple[str, str]], licence: str) -> bytes:
    """Return the text.

    ``contents``: the runs and their files; ``title``: of the archive; ``extras``: names and
    meanings of files beside the runs; ``licence``: "" if none is stated.
    """
    lines = [f"# {title}", ""]
    if contents.sweeps:
        lines += [f"The sweep {name}, with all its points." for name in contents.sweeps] + [""]
    lines += ["| run | net | how long | ended |", "| --- | --- | --- | --- |"]
    lines += [_row(run) for run in contents.runs[:MOST_LISTED]]
    if left := len(contents.runs) - MOST_LISTED:
        lines += ["", f"and {left} more."] if left > 0 else []
    commands = dict.fromkeys(command for run in contents.runs for command in run.commands)
    if commands:
        lines += ["", "They were made by", "", "```sh", *list(commands)[:MOST_LISTED], "```"]
    lines += ["", OPEN, "## What is in it", "", "| file | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in [*extras, *_kinds(contents)]]
    lines += ["", LEFT_OUT, "## Licence", "", licence or "None is stated: ask the authors."]
    return ("\n".join(lines) + "\n").encode()


def _row(run: ArchivedRun) -> str:
    cells = (run.name, run.network, run.extent, f"{run.ended} {run.status}".strip())
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _kinds(contents: Contents) -> list[tuple[str, str]]:
    """Return the names of the files of runs and sweeps, each once, with what they are."""
    kinds: dict[str, str] = {}
    for member in contents.members:
        *folders, name = member.name.split("/")
        figure = len(folders) > 2
        kinds.setdefault("RUN/figures/*" if figure else _place(folders, name), member.meaning)
    return list(kinds.items())


def _place(folders: list[str], name: str) -> str:
    return f"{'RUN' if len(folders) == 2 else folders[0]}/{name}"
