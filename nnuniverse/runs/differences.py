"""In what runs differ: keys of the config, data, and what they were made with."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.config import config_values
from nnuniverse.runs.listing import ListedRun
from nnuniverse.runs.provenance import Provenance, segments_of

MADE_WITH = ("python", "platform", "machine", "device", "backend", "xla_flags")
"""What may change a number, of the entry that a process leaves in the provenance."""


def differing_values(runs: Sequence[ListedRun]) -> dict[str, list[object]]:
    """Return the values, one per run, of every key in which ``runs`` differ.

    The keys are those of the config, then ``data.fingerprint`` and those of the provenance, e.g.
    ``packages.jax`` and ``commit``; None where a run has no such key.
    """
    described = [_described(run) for run in runs]
    keys = dict.fromkeys(key for values in described for key in values)
    columns = {key: [values.get(key) for values in described] for key in keys}
    return {key: values for key, values in columns.items() if values != values[:1] * len(values)}


def _described(run: ListedRun) -> dict[str, object]:
    of_config = config_values(run.config) if run.config else {}
    return of_config | _provenance_values(Provenance.read(run.folder.provenance).content)


def _provenance_values(content: dict[str, object]) -> dict[str, object]:
    """Return what a run was made with last; nothing for what is not there or of another form."""
    segments = segments_of(content)
    last = segments[-1] if segments else {}
    packages, source = _mapping(last.get("packages")), _mapping(last.get("source"))
    found = {"data.fingerprint": _mapping(content.get("data")).get("fingerprint")}
    found |= {f"packages.{name}": version for name, version in packages.items()}
    found |= {name: last.get(name) for name in MADE_WITH}
    found |= {"commit": source.get("commit"), "uncommitted": bool(source.get("diff")) or None}
    return {name: value for name, value in found.items() if value is not None}


def _mapping(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
