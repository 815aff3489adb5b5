"""A run into a new folder, in one of the formats."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import RunFolder, RunRecord, read_run

LIBRARIES = {"csv": "pandas", "parquet": "pyarrow", "tensorboard": "tensorboardX"}
"""What writes each format, as it is imported."""

FORMATS = tuple(LIBRARIES)


@dataclass(frozen=True)
class Exported:
    """A run that has been exported: the run, the new folder, and the files in it."""

    run: RunFolder
    folder: Path
    files: list[Path]


def require_library(format_: str) -> None:
    """Raise ConfigError unless it is one of the `FORMATS`, and what writes it is installed.

    ``format_``: its name.
    """
    if format_ not in FORMATS:
        raise ConfigError("`--to`", f"be {', '.join(FORMATS)}", f"is {format_!r}", "--to csv")
    library = LIBRARIES[format_]
    if importlib.util.find_spec(library) is None:
        raise ConfigError(
            f"`--to {format_}`",
            f"have {library}, which writes it",
            "it is not installed",
            f"`pip install 'nnuniverse[{format_}]'`, or --to csv",
        )


def new_folder(path: Path, format_: str, root: Path) -> Path:
    """Return where the run at ``path`` goes: ``<root>/<run>/<format>``.

    Raises ConfigError if something is there.

    ``format_``: one of `FORMATS`.
    """
    whole = path.resolve()
    target = root / whole.parent.name / whole.name / format_
    if os.path.lexists(target):
        raise ConfigError(
            f"the folder {str(target)!r}",
            "be new",
            "is there already",
            "another --out, or removing it",
        )
    return target


def export_run(path: Path, format_: str, root: Path) -> Exported:
    """Write what the run at ``path`` has recorded into ``<root>/<run>/<format>``, which is new.

    The folder is there whole or not at all.  The weights stay where they are: ``results.h5``.
    Raises ConfigError if there is such a folder, it is no run or a library is missing; RunError if
    it cannot be read or the folder not written.

    ``format_``: one of `FORMATS`.
    """
    require_library(format_)
    target = new_folder(path, format_, root)
    record = read_run(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new.", dir=target.parent) as temporary:
            filled = Path(temporary) / format_
            filled.mkdir()
            _write(record, format_, filled)
            filled.rename(target)
    except OSError as error:
        raise RunError(
            f"the folder {str(target)!r}",
            "be writable",
            f"is not: {error.strerror or error}",
            "another --out",
        ) from error
    files = sorted(file for file in target.rglob("*") if file.is_file())
    return Exported(record.folder, target, files)


def _write(record: RunRecord, format_: str, folder: Path) -> None:
    if format_ == "tensorboard":
        from nnuniverse.exports.tensorboard_files import write_tensorboard

        write_tensorboard(record, folder)
        return
    from nnuniverse.exports.csv_files import write_csv
    from nnuniverse.exports.parquet_files import write_parquet
    from nnuniverse.exports.tables import tables_of

    write = write_csv if format_ == "csv" else write_parquet
    write(record, tables_of(record), folder)
