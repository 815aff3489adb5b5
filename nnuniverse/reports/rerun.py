"""How to make a run again: what to check out, what to type, and with which seeds."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from nnuniverse.runs import RunRecord
from nnuniverse.runs.provenance import segments_of, typed_commands


def rerun_steps(record: RunRecord) -> list[tuple[str, str]]:
    """Return what it takes, as words and the command or value that goes with them.

    ``record``: the run, as read back from its folder.
    """
    segments = segments_of(record.provenance)
    return [
        *_source(record, segments),
        *(_of_ensemble() if record.is_ensemble else _of_training(record)),
        *(("it was started by", shlex.join(words)) for words in typed_commands(segments)),
    ]


def _of_training(record: RunRecord) -> list[tuple[str, str]]:
    seeds = ", ".join(map(str, record["seed"]))
    return [
        ("save the config below as config.yaml, and train it", "nnu train config.yaml"),
        (f"the seeds of the {_replicas(record)}, by that config", seeds),
    ]


def _of_ensemble() -> list[tuple[str, str]]:
    return [
        ("save the config below as config.yaml, and follow it", "nnu evolve config.yaml"),
        ("judge it", "nnu mechanics latest"),
    ]


def _source(record: RunRecord, segments: Sequence[dict[str, object]]) -> Iterator[tuple[str, str]]:
    """Yield the commits that trained it, or else the version."""
    sources = [s for s in (segment.get("source") for segment in segments) if isinstance(s, dict)]
    if record.commit != "unknown":
        yield "take the commit", f"git checkout {record.commit}"
        if any(source.get("diff") for source in sources):
            yield "apply the changes that were not committed, kept in", "provenance.json"
        return
    packages = segments[-1].get("packages") if segments else None
    version = packages.get("nnuniverse") if isinstance(packages, dict) else None
    yield "take the version", f"nnuniverse {version or 'unknown'}"


def _replicas(record: RunRecord) -> str:
    return "one replica" if record.replicas == 1 else f"{record.replicas} replicas"
