"""How people name runs: by a path, `latest`, a name, the begin of an id, or conditions.

The path of an archive means the runs in it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from nnuniverse.errors import ConfigError
from nnuniverse.regular_files import is_file, is_folder
from nnuniverse.runs.archived import is_archive, unpacked
from nnuniverse.runs.folder import SWEEP_FILE, RunFolder
from nnuniverse.runs.listing import list_runs, look_at, run_folders_in, run_folders_under
from nnuniverse.runs.selection import Condition, is_condition, parse_condition, select_runs

LATEST = "latest"

MOST_SHOWN = 10
"""Candidates that an error lists."""


def named_run(text: str, root: Path) -> Path:
    """Return the path of the one run that ``text`` means.

    In this order: an existing path, of an archive the one run in it; `latest`, the newest under
    ``root``; a name, whose newest run is meant; the begin of an id, ``NAME/TIME-HASH``,
    ``TIME-HASH`` or ``HASH``; a condition as in `parse_condition`.  Raises ConfigError if it means
    none, or several, which are listed; RunError for an archive that is none.
    """
    if is_archive(text):
        return _only_in(text)
    if _is_path(text):
        return Path(text)
    if is_condition(text):
        found = [run.folder for run in select_runs(list_runs(root), [parse_condition(text)])]
    else:
        found = _called(text, root)
    return _only(found, text, root).path


def named_runs(texts: Sequence[str], root: Path) -> list[Path]:
    """Return the paths that ``texts`` mean: as for `named_run`, but for conditions and sweeps.

    All runs of which all conditions hold are meant: of the runs and sweeps that the other texts
    name, or of all under ``root`` if there is no other.  The name of a sweep means its folder, an
    archive all that is in it.  Raises ConfigError as `named_run` does, and if the conditions hold
    of no run; RunError for an archive that is none.
    """
    conditions, others = _told_apart(texts)
    paths = _paths_of(others, root)
    if not conditions:
        return paths
    runs = map(look_at, _runs_in(paths)) if others else list_runs(root)
    found = [run.folder.path for run in select_runs(runs, conditions)]
    if found:
        return found
    filters = " ".join(text for text in texts if text not in others)
    if others:
        actual = f"does of none of {', '.join(others):.100}"
        raise ConfigError(f"{filters!r}", "hold of a run", actual, "`nnu runs`")
    raise _no_run(filters, root)


def meant_runs(texts: Sequence[str], root: Path) -> tuple[list[RunFolder] | None, list[Condition]]:
    """Return the folders that ``texts`` name, None if none does, and the conditions among them.

    Of a folder that holds runs, a sweep's say, these are meant.  Raises ConfigError.

    ``root``: folder of the runs.
    """
    conditions, others = _told_apart(texts)
    if not others:
        return None, conditions
    once: dict[str, RunFolder] = {}
    for folder in _runs_in(_paths_of(others, root)):
        once.setdefault(os.path.realpath(folder.path), folder)
    return list(once.values()), conditions


def _told_apart(texts: Sequence[str]) -> tuple[list[Condition], list[str]]:
    """Return the conditions among ``texts``, and what is none; an existing path is no condition."""
    others = [text for text in texts if _is_path(text) or not is_condition(text)]
    return [parse_condition(text) for text in texts if text not in others], others


def _is_path(text: str) -> bool:
    """Return whether ``text`` is there, or can only be meant as a path."""
    return os.path.lexists(text) or os.path.isabs(text) or text.startswith((".", "~"))  # noqa: PTH117


def _paths_of(texts: Sequence[str], root: Path) -> list[Path]:
    return [
        path
        for text in texts
        for path in (places_in(text) if is_archive(text) else [_sweep_or_run(text, root)])
    ]


def places_in(archive: str | Path) -> list[Path]:
    """Return the folders of the sweeps and runs in the archive at a path; raises RunError."""
    root = unpacked(Path(archive))
    names = sorted(path for path in root.iterdir() if is_folder(path))
    sweeps = [name for name in names if is_file(name / SWEEP_FILE)]
    runs = [run.path for name in names if name not in sweeps for run in run_folders_in(name)]
    return [*sweeps, *runs]


def in_archives(paths: Sequence[Path]) -> list[Path]:
    """Return ``paths``, in place of each archive the sweeps and runs in it."""
    return [place for path in paths for place in (places_in(path) if is_archive(path) else [path])]


def _only_in(archive: str) -> Path:
    found = places_in(archive)
    if len(found) == 1:
        return found[0]
    listed = ", ".join(map(str, found[:MOST_SHOWN]))
    raise ConfigError(f"RUN {archive!r}", "mean one run", f"holds {listed}", "one of these")


def _sweep_or_run(text: str, root: Path) -> Path:
    if not _is_path(text) and _is_name(text) and is_file(root / text / SWEEP_FILE):
        return root / text
    return named_run(text, root)


def _runs_in(paths: Sequence[Path]) -> Iterator[RunFolder]:
    """Yield the runs at ``paths``, those in it of one that is no run but holds some."""
    for path in paths:
        folder = RunFolder(path)
        inside = [] if is_file(folder.config) else list(run_folders_in(path))
        yield from inside or [folder]


def _called(text: str, root: Path) -> list[RunFolder]:
    """Return the runs that ``text`` means, unless it is a path or a condition."""
    if text == LATEST:
        return _newest(run_folders_under(root))
    if _is_name(text) and is_folder(root / text):
        return _newest(run_folders_in(root / text))
    return [folder for folder in run_folders_under(root) if _begins_id(text, folder)]


def _is_name(text: str) -> bool:
    """Return whether ``text`` may be the name of a run: one part of a path, not hidden."""
    return bool(text) and text[0] != "." and Path(text).name == text and "\0" not in text


def _newest(folders: Iterator[RunFolder]) -> list[RunFolder]:
    """Return the run begun last, alone; of several in one second that whose config is newest."""
    return sorted((one for one in folders if one.named_by_a_run), key=_begun)[-1:]


def _begun(folder: RunFolder) -> tuple[str, int]:
    try:
        return folder.path.name.partition("-")[0], os.lstat(folder.config).st_mtime_ns
    except OSError:  # the disk was full, say
        return folder.path.name.partition("-")[0], 0


def _begins_id(text: str, folder: RunFolder) -> bool:
    """Return whether the id of a run, its time or its hash begin with ``text``."""
    name, slash, begin = text.rpartition("/")
    if not begin or (slash and name != folder.path.parent.name):
        return False
    time, _, short_hash = folder.path.name.partition("-")
    return f"{time}-{short_hash}".startswith(begin) or short_hash.startswith(begin)


def _only(found: list[RunFolder], text: str, root: Path) -> RunFolder:
    if len(found) == 1:
        return found[0]
    if not found:
        raise _no_run(text, root)
    listed = ", ".join(f"{one.path.parent.name}/{one.path.name}" for one in found[:MOST_SHOWN])
    more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    raise ConfigError(f"RUN {text!r}", "mean one run", f"may mean {listed}{more}", "more of the id")


def _no_run(text: str, root: Path) -> ConfigError:
    return ConfigError(
        f"RUN {text!r}",
        "be a run folder, `latest`, a name, the begin of an id or KEY=VALUE",
        f"no run under {str(root)!r} matches",
        "`nnu runs`",
    )
