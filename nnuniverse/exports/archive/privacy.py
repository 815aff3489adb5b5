"""What stays on the machine: names of hosts, and folders of their users.

Of a path only its last part leaves, by which a reader knows the file; its SHA-256 stands in the
identity of the run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath, PureWindowsPath

from nnuniverse.config.yaml_reader import read_yaml, write_yaml

PRIVATE_KEYS = ("host",)
"""Of what a process has told of itself."""

CODE_KEYS = ("diff",)
"""Uncommitted changes of the package, whose text is not touched."""

PATH = re.compile(
    r"(?<![\w.:/\\])"  # no relative path, and none of a URL
    r"(?:~?/|[A-Za-z]:[\\/])"
    r"(?:[^/\\\s'\"=,:;\[\](){}]+[/\\])*"
    r"(?P<last>[^/\\\s'\"=,:;\[\](){}]*)"
)
"""A path from the root, a home folder or a drive, within a text."""


def without_folders(text: str) -> str:
    """Return ``text`` with the last part of each absolute path in it, in place of the path."""
    return PATH.sub(lambda match: match["last"] or ".", text)


def public_text(content: bytes) -> bytes:
    """Return the lines of a log, its ``content``, with the last parts of paths."""
    return without_folders(content.decode(errors="replace")).encode()


def public_json(content: Mapping[str, object]) -> bytes:
    """Return what a run was made with, its ``content``, as JSON without what is private."""
    shown = _walked(content, without_folders)
    return (json.dumps(shown, indent=1, sort_keys=True) + "\n").encode()


def public_yaml(content: bytes, subject: str) -> bytes:
    """Return a config or sweep, its ``content``, with the names of files in place of paths.

    As it is if it names no folder.  Raises ConfigError about ``subject`` if it is no YAML.
    """
    value = read_yaml(content.decode(), subject)
    shown = _walked(value, _last_part)
    return content if shown == value else write_yaml(shown).encode()


def _last_part(text: str) -> str:
    """Return a value that is a path as its last part, and every other as it is."""
    if text.startswith("~/") or PurePosixPath(text).is_absolute():
        return PurePosixPath(text).name or "."
    return PureWindowsPath(text).name if PureWindowsPath(text).drive else text


def _walked(value: object, change: Callable[[str], str]) -> object:
    """Return nested data with every text changed, and without private keys."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {
            key: item if key in CODE_KEYS else _walked(item, change)
            for key, item in value.items()
            if key not in PRIVATE_KEYS
        }
    if isinstance(value, list | tuple):
        return [_walked(item, change) for item in value]
    return value
