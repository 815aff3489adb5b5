"""On what the runs were made, and on what the archive was: versions and processors, no hosts."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from nnuniverse.exports.archive.contents import ArchivedRun

PACKAGE = "nnuniverse"

_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def environment_json(runs: Sequence[ArchivedRun]) -> bytes:
    """Return, as JSON, every environment that trained a run, and this one, which read them.

    ``runs``: those of the archive.
    """
    trained: dict[str, list[str]] = {}
    for run in runs:
        for environment in run.environments:
            runs_of = trained.setdefault(json.dumps(environment, sort_keys=True), [])
            runs_of += [run.name] * (run.name not in runs_of)
    content = {
        "trained": [{**json.loads(one), "runs": names} for one, names in sorted(trained.items())],
        "archived": {
            "python": platform.python_version(),
            "packages": _versions(),
            "machine": platform.machine(),
            "processor": _processor(),
        },
    }
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def _versions() -> dict[str, str]:
    """Return the versions of this package and of those that it needs, as far as they are there."""
    needed = importlib.metadata.requires(PACKAGE) or [] if _version(PACKAGE) else []
    always = (one for one in needed if "extra ==" not in one)
    names = [PACKAGE, *(match[0] for one in always if (match := _NAME.match(one)))]
    return {name: version for name in sorted(names) if (version := _version(name))}


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    """Return the name of the processor's model, as far as the system tells it."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return model[1].strip() if model else platform.processor()
