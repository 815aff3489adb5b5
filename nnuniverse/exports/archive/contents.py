"""Which files an archive holds, and what they are."""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError
from nnuniverse.exports.archive.privacy import (
    public_json,
    public_text,
    public_yaml,
    without_folders,
)
from nnuniverse.regular_files import is_file, is_folder, read_regular
from nnuniverse.runs import RunFolder, RunRecord, find_runs, read_ended_run
from nnuniverse.runs.folder import FILES, SWEEP_FILE
from nnuniverse.runs.provenance import segments_of, typed_commands
from nnuniverse.runs.removal import DRAWN

SWEEP_RESULTS = ("sweep.h5", "sweep.csv")

SWEEP_HASH = "sweep_hash"
"""The attribute of ``sweep.h5`` that tells which ``sweep.yaml`` it is of."""

STORED = tuple(name for name in FILES if name.endswith(".h5"))
"""What commands have stored of a run, HDF5."""

MEANINGS = {
    "config.yaml": "the complete config of the run",
    "results.h5": "everything measured, HDF5 in the shape of netCDF4, sealed by its SHA-256",
    "provenance.json": "what the run was made with, without host names and folders",
    "log.txt": "what happened when",
    "annotations.json": "tags and a note that people have put on the run",
    "sweep.yaml": "the sweep: its base, its axes and its seeds",
    "sweep.h5": "everything measured, over the axes of the sweep",
    "sweep.csv": "a line per point and replica of the sweep",
}


@dataclass(frozen=True)
class Member:
    """A file of an archive: its ``name`` in it, what it is, and its content or where that lies.

    ``attributes``: of an HDF5 file, those that are others in the archive.
    """

    name: str
    meaning: str
    content: bytes | Path
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ArchivedRun:
    """What is told of a run: ``name``: ``<name>/<time>-<hash>``; ``commands``: as typed.

    ``environments``: what the processes that trained it have said of versions and machine;
    ``began``, ``ended``: UTC, "" if unknown.
    """

    name: str
    network: str
    extent: str
    status: str
    began: str
    ended: str
    run_hash: str
    data: str
    commands: tuple[str, ...]
    environments: tuple[dict[str, object], ...]


@dataclass(frozen=True)
class Contents:
    """What an archive is of: ``sweeps`` and ``runs`` in it, and their files."""

    sweeps: tuple[str, ...]
    runs: tuple[ArchivedRun, ...]
    members: tuple[Member, ...]

    @property
    def published(self) -> str:
        """The day on which the last run ended, or began, ISO 8601."""
        times = [run.ended or run.began for run in self.runs]
        return max(times, default="")[:10] or "1980-01-01"


def gather(paths: Sequence[Path]) -> Contents:
    """Return what is in the run folders and sweeps at ``paths``; results are not read into memory.

    Raises ConfigError if one is neither, or if two have one name; RunError for a run that has not
    ended, or cannot be read.
    """
    sweeps = [path for path in paths if is_file(path / SWEEP_FILE)]
    folders = [run.folder.path for sweep in sweeps for run in find_runs(sweep) if run.ended]
    folders += [path for path in paths if path not in sweeps]
    found = [_run(RunFolder(path)) for path in dict.fromkeys(folders)]
    members = [member for _, of in found for member in of]
    for sweep in sweeps:
        members += _of_sweep(sweep)
    names = [member.name for member in members]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError("RUN", "be another one each", f"{twice[0]} is there twice", "one of them")
    return Contents(
        tuple(sweep.resolve().name for sweep in sweeps),
        tuple(run for run, _ in sorted(found, key=lambda one: one[0].name)),
        tuple(sorted(members, key=lambda one: one.name)),
    )


def stage(contents: Contents, folder: Path) -> list[Path]:
    """Lay the members out in an empty ``folder`` as in the archive; return the run folders.

    Files that are not changed are linked to; where there are no links they are copied.

    ``contents``: whose members these are.
    """
    for member in contents.members:
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(member.content, bytes):
            path.write_bytes(member.content)
            continue
        try:
            path.symlink_to(member.content.absolute())
        except OSError:
            shutil.copyfile(member.content, path)
    return [folder / run.name for run in contents.runs]


def _run(folder: RunFolder) -> tuple[ArchivedRun, list[Member]]:
    record = read_ended_run(folder.path)
    segments = [one for one in segments_of(record.provenance) if one]
    data = record.provenance.get("data")
    facts = ArchivedRun(
        name=record.name,
        network=str(record.attributes.get("network", "")),
        extent=_extent(record),
        status=record.status,
        began=str(segments[0].get("started", "")) if segments else folder.started or "",
        ended=str(segments[-1].get("ended", "")) if segments else "",
        run_hash=str(record.attributes.get("run_hash", "")),
        data=f"{data.get('name')}, SHA-256 {data.get('fingerprint')}"
        if isinstance(data, dict)
        else "",
        commands=tuple(
            shlex.join(map(without_folders, words)) for words in typed_commands(segments)
        ),
        environments=tuple(_environment(segment) for segment in segments),
    )
    return facts, list(_of_run(record))


def _extent(record: RunRecord) -> str:
    if record.is_ensemble:
        steps = int(np.asarray(record["record_step"])[-1])
        return f"{counted(record.replicas, 'member')}, {counted(steps, 'step')}"
    return f"{counted(record.replicas, 'replica')}, {counted(record.epochs, 'epoch')}"


def _environment(segment: dict[str, object]) -> dict[str, object]:
    told = ("python", "packages", "platform", "machine", "processors", "device", "xla_flags")
    return {key: segment[key] for key in told if key in segment}


def _of_run(record: RunRecord) -> Iterator[Member]:
    """Yield the files of a run: not its checkpoints, and no page that names folders."""
    folder, at = record.folder, record.name
    yaml = public_yaml(read_regular(folder.config), f"the config of {at}")
    yield _member(at, "config.yaml", yaml)
    yield _member(at, "provenance.json", public_json(record.provenance))
    if is_file(folder.log):
        yield _member(at, "log.txt", public_text(read_regular(folder.log)))
    if is_file(folder.annotations):
        yield _member(at, "annotations.json", read_regular(folder.annotations))
    for name in STORED:
        if is_file(folder.path / name):
            yield _member(at, name, folder.path / name)
    if is_folder(folder.figures) and not folder.figures.is_symlink():
        for figure in sorted(folder.figures.iterdir()):
            if figure.suffix in DRAWN and is_file(figure) and not figure.is_symlink():
                yield Member(f"{at}/figures/{figure.name}", "a figure, or its numbers", figure)


def _of_sweep(sweep: Path) -> Iterator[Member]:
    at, subject = sweep.resolve().name, f"the sweep {str(sweep)!r}"
    before = read_regular(sweep / SWEEP_FILE)
    yaml = public_yaml(before, subject)
    yield _member(at, SWEEP_FILE, yaml)
    for name in SWEEP_RESULTS:
        if is_file(sweep / name):
            of_yaml = {SWEEP_HASH: hashlib.sha256(yaml).hexdigest()}
            changed = of_yaml if name.endswith(".h5") and yaml != before else {}
            yield replace(_member(at, name, sweep / name), attributes=changed)


def _member(at: str, name: str, content: bytes | Path) -> Member:
    meaning = MEANINGS.get(name, f"what `nnu {name.removesuffix('.h5')}` found of the run")
    return Member(f"{at}/{name}", meaning.replace("nnu analysis", "nnu analyze"), content)
