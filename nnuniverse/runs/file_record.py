"""A file that a command has made of a config alone, as a record that can be drawn."""

from __future__ import annotations

from pathlib import Path

from nnuniverse.config import parse_config
from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import RunError
from nnuniverse.runs.derived_file import DerivedFile
from nnuniverse.runs.folder import RunFolder
from nnuniverse.runs.record import RunRecord

DERIVED_FILES = (".h5", ".nc")
"""What the names of such files end with."""


def file_record(file: DerivedFile, path: Path) -> RunRecord:
    """Return what is in a file of the kind ``file``, called ``path``, as the record of no run.

    Its variables are those of the file, which says of which config it is; one of no config has the
    default one, which nothing of it is of.  Raises RunError if it is
    no such file, ConfigError for a config of another version.
    """
    stored = file.read_at(path)
    text = stored.attributes.get("config") if file.of_config else ""
    if not file.is_titled(stored) or not isinstance(text, str):
        remedy = f"`{file.command} --out`"
        raise RunError(f"{str(path)!r}", f"be what `{file.command}` makes", "is not", remedy)
    values = read_yaml(text, f"the config in {str(path)!r}") if file.of_config else {}
    config = parse_config(values)
    folder = RunFolder(path.parent)
    name = str(stored.attributes.get("run", path.stem))
    return RunRecord(name, folder, config, {}, stored.attributes, stored.variables)
