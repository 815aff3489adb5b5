"""The keys of a config that name files or folders, and where relative names start from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from nnuniverse.config.keys import config_fields
from nnuniverse.config.model import NamesPath


@cache
def path_keys() -> tuple[str, ...]:
    """Return the dotted keys that name a file or folder."""
    named = [
        key
        for key, field in config_fields()
        if any(isinstance(mark, NamesPath) for mark in field.metadata)
    ]
    return tuple(dict.fromkeys(named))


def with_absolute_paths(config: Mapping[str, object], folder: Path) -> dict[str, object]:
    """Return the keys of a ``config`` with all its paths absolute, as `with_absolute_path` does.

    ``folder``: where relative paths begin.
    """
    return {key: with_absolute_path(value, folder, key) for key, value in config.items()}


def with_absolute_path(value: object, folder: Path, key: str) -> object:
    """Return the ``value`` of the dotted ``key`` of a config with its paths absolute.

    Relative ones start at ``folder``, and ``~`` is the home folder; what has a scheme, such as
    ``gs://``, stays as it is.
    """
    if isinstance(value, dict):
        return {
            name: with_absolute_path(item, folder, f"{key}.{name}") for name, item in value.items()
        }
    if isinstance(value, str) and value and key in path_keys():
        return _absolute(value, folder)
    return value


def _absolute(named: str, folder: Path) -> str:
    if "://" in named:
        return named
    try:
        return str((folder / Path(named).expanduser()).absolute())
    except RuntimeError:  # ~stranger has no home
        return str((folder / named).absolute())
