"""What a run was made with: one entry per process that trained it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from nnuniverse.regular_files import read_regular
from nnuniverse.runs.atomic import replace_file

PACKAGES = ("nnuniverse", "jax", "jaxlib", "optax", "numpy", "h5py", "pydantic")
"""Packages whose version a number may depend on."""

PROGRAMS = ("nnu", "__main__.py")
"""What the command line is called by, where a process was started from it."""

MAX_BYTES = 2**28
"""A longer file is no record: more than a hundred processes with the longest changes each."""

MAX_DIFF_CHARACTERS = 1_000_000
"""Longer changes against the commit are cut, and said to be."""


@dataclass
class Provenance:
    """The content of ``provenance.json``: Any, since it may have been written by whatever version.

    Who reads a part of it looks whether that is of the form he expects.
    """

    path: Path
    content: dict[str, Any]

    @classmethod
    def create(cls, path: Path, **run: object) -> Provenance:
        """Start the record of a new run with what holds for all of it.

        ``path``: of the file.
        """
        return cls(path, {**run, "segments": []})

    @property
    def status(self) -> str:
        """The status of the process that trained the run last, "" if none has."""
        last = segments_of(self.content)[-1:]
        return str(last[0].get("status", "")) if last else ""

    def describe(self, header: dict[str, object]) -> None:
        """Put in place what holds for the whole run, and write if any of it was missing.

        ``header``: what holds for the whole run, by name.
        """
        if any(self.content.get(key) != value for key, value in header.items()):
            self.content |= header
            self.write()

    @classmethod
    def read(cls, path: Path) -> Provenance:
        """Read an existing record; an unreadable one starts anew, since results don't need it.

        ``path``: of the file.
        """
        try:
            content = json.loads(read_regular(path, MAX_BYTES))
        except (OSError, ValueError, RecursionError):
            content = {}
        if not isinstance(content, dict) or not isinstance(content.get("segments"), list):
            content = {"segments": []}
        return cls(path, content)

    def begin_segment(self, **facts: object) -> None:
        """Add an entry for this process, and write."""
        self.content["segments"].append({**environment(), **facts, "status": "running"})
        self.write()

    def end_segment(self, **facts: object) -> None:
        """Complete the entry of this process, and write."""
        self.content["segments"][-1].update({"ended": _now(), **facts})
        self.write()

    def add_measurement(self, **facts: object) -> None:
        """Add an entry for what this process measured after training, and write."""
        self.content.setdefault("measured", []).append({**environment(), **facts})
        self.write()

    def image(self) -> bytes:
        """Return the content of the file."""
        return (json.dumps(self.content, indent=1, sort_keys=True) + "\n").encode()

    def write(self) -> None:
        """Put the record in place of the file."""
        replace_file(self.path, self.image())


def segments_of(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries that processes have left in the ``content`` of a record, oldest first."""
    return [segment for segment in content.get("segments", []) if isinstance(segment, dict)]


def typed_commands(segments: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the command lines, as words, of the processes that trained a run, each once.

    ``segments``: what is recorded of each process.
    """
    typed = [
        ("nnu", *map(str, command[1:]))
        for command in (segment.get("command") for segment in segments)
        if isinstance(command, list) and command and Path(str(command[0])).name in PROGRAMS
    ]
    return list(dict.fromkeys(typed))


def environment() -> dict[str, object]:
    """Return versions, platform, command and source of this process."""
    return {
        "started": _now(),
        "command": sys.argv,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "host": socket.gethostname(),
        "processors": os.cpu_count(),
        "xla_flags": os.environ.get("XLA_FLAGS", ""),
        "source": _own_source(),
    }


@cache  # what is loaded stays what it is
def _own_source() -> dict[str, str] | None:
    return source(Path(__file__).resolve().parents[2])


def source(checkout: Path) -> dict[str, str] | None:
    """Return commit and uncommitted changes of ``checkout``; None if it is not one of git's."""
    if not (checkout / ".git").exists():
        return None
    commit = _git(checkout, "rev-parse", "HEAD")
    if commit is None:
        return None
    diff = _git(checkout, "diff", "HEAD", "--", "nnuniverse") or ""
    if len(diff) > MAX_DIFF_CHARACTERS:
        diff = diff[:MAX_DIFF_CHARACTERS] + "\n[cut]\n"
    return {"commit": commit.strip(), "diff": diff}


def _git(checkout: Path, *command: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(checkout), *command],  # noqa: S607
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
