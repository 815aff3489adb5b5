"""The zip file: the same bytes for the same content, and there whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import h5py

from nnuniverse.errors import ConfigError, NotWritableError, StoppedError
from nnuniverse.exports.archive import crate, readme
from nnuniverse.exports.archive.contents import Contents, Member
from nnuniverse.exports.archive.environment import environment_json
from nnuniverse.regular_files import open_regular
from nnuniverse.runs.archived import DIGESTS, ENDING, PART, digest_of
from nnuniverse.runs.atomic import replacing
from nnuniverse.runs.seal import seal_file

Extra = Member

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the earliest that zip knows."""

REMEDY = "another --out"


def require_new(out: Path) -> None:
    """Raise ConfigError unless ``out`` is a new file's name that ends as an archive's does."""
    if out.suffix.lower() != ENDING:
        raise ConfigError("`--out`", f"end with {ENDING}", f"is {str(out)!r}", "--out runs.zip")
    if os.path.lexists(out):
        raise ConfigError(f"the file {str(out)!r}", "be new", "is there already", REMEDY)
    if not out.absolute().parent.is_dir():
        raise ConfigError("`--out`", "lie in a folder", f"{str(out.parent)!r} is none", REMEDY)


def write_archive(
    contents: Contents,
    out: Path,
    extras: Sequence[Extra] = (),
    *,
    licence: str = "",
    version: str,
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Write ``contents`` to the new file ``out``, a part of a file at a time.

    ``extras``: a report and figures, beside the runs; ``licence``: under which others may use it;
    ``version``: of this package; ``stopped``: whether to stop.  Raises ConfigError if there is
    such a file, RunError if it cannot be written or a file has changed meanwhile, StoppedError.
    """
    require_new(out)
    title = _title(contents)
    told = [
        Member("environment.json", "versions of packages and processors", _environment(contents)),
        *extras,
    ]
    listed = [(member.name, member.meaning) for member in told]
    beside = [
        (crate.NAME, "what is in it, for programs: RO-Crate"),
        (DIGESTS, "the SHA-256 of every other file"),
    ]
    text = readme.readme(
        contents,
        title,
        [*listed, *beside],
        licence,
    )
    told.append(Member(readme.NAME, "what is in it, for people", text))
    with (
        replacing(out, REMEDY) as temporary,
        tempfile.TemporaryDirectory(prefix=".new.", dir=out.absolute().parent) as folder,
    ):
        changed = (_resealed(member, Path(folder)) for member in contents.members)
        whole = replace(contents, members=tuple(changed))
        manifest = crate.crate(whole, title, sorted(told, key=_by_name), licence, version)
        members = [*told, *whole.members, Member(crate.NAME, "", manifest)]
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            lines = [
                f"{digest}  {member.name}\n"
                for member, digest in _written(archive, sorted(members, key=_by_name), stopped)
            ]
            _write(archive, DIGESTS, "".join(lines).encode())
        if os.path.lexists(out):  # made meanwhile by somebody else
            require_new(out)


def _environment(contents: Contents) -> bytes:
    return environment_json(contents.runs)


def _title(contents: Contents) -> str:
    names = contents.sweeps or tuple(
        dict.fromkeys(run.name.partition("/")[0] for run in contents.runs)
    )
    return f"{', '.join(names)}: runs of nnuniverse"


def _by_name(member: Member) -> str:
    return member.name


def _written(
    archive: zipfile.ZipFile, members: Sequence[Member], stopped: Callable[[], bool]
) -> Iterator[tuple[Member, str]]:
    """Write the ``members``; yield each with the SHA-256 of what was written."""
    for member in members:
        if stopped():
            raise StoppedError("the archive", "be whole", "was stopped", "the same command again")
        if isinstance(member.content, bytes):
            yield member, _write(archive, member.name, member.content)
        else:
            with open_regular(member.content) as file:
                yield member, _copy(archive, member.name, file)


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> str:
    archive.writestr(_entry(name), content)
    return hashlib.sha256(content).hexdigest()


def _copy(archive: zipfile.ZipFile, name: str, file: BinaryIO) -> str:
    """Write what is in ``file``; raises NotWritableError if it is not what it was before."""
    before = digest_of(file)
    size = file.tell()
    file.seek(0)
    digest, entry = hashlib.sha256(), _entry(name)
    entry.file_size = size
    with archive.open(entry, "w", force_zip64=size > 2**31 - 2**20) as member:
        while part := file.read(PART):
            digest.update(part)
            member.write(part)
    if digest.hexdigest() != before:
        raise NotWritableError(f"{name!r}", "stay what it is", "was written to", "again later")
    return before


def _entry(name: str) -> zipfile.ZipInfo:
    """Return the head of a member that says nothing of whoever wrote it, and when."""
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.create_system = 3  # as on Linux, everywhere
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _resealed(member: Member, folder: Path) -> Member:
    """Return a ``member`` with its changed attributes as a file in ``folder``, sealed again."""
    if not member.attributes or isinstance(member.content, bytes):
        return member
    path = folder / member.name.replace("/", "-")
    shutil.copyfile(member.content, path)
    with h5py.File(path, "r+") as file:
        for name, value in member.attributes.items():
            file.attrs.modify(name, value)
    seal_file(path)
    return replace(member, content=path, attributes={})
