"""What may stand for each word that the usage of a command is written in: RUN, CONFIG, KEY=VALUE.

Runs and files are looked for by their names only: nothing is opened, and no JAX is loaded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from nnuniverse.cli.options import CONFIG_FILES, DEFAULT_ROOT, expanded, is_sweep_folder

PLOT_NAMES = (
    "laplacian",
    "ring",
    "loss",
    "train-test",
    "bulk-ratio",
    "loss-plane",
    "spectrum",
    "complexity",
    "complexity-loss",
    "moments",
    "eigenvalues",
    "thermodynamics",
    "neurons",
    "align",
    "grand",
    "permutation",
    "chains",
    "null-constraint",
    "metric",
    "survival",
    "worldsheet",
    "string",
    "holography",
    "dual",
    "curvature",
    "mechanics",
    "entropy-production",
    "density",
    "all",
    "sweep",
)
"""Names that `nnu plot` takes, here too since asking `plots` for them loads matplotlib."""


@dataclass(frozen=True)
class Candidate:
    """A word that may be meant, and what it is."""

    value: str
    help: str = ""


def candidates(kind: str, command: str, word: str) -> Iterator[Candidate]:
    """Yield what a ``word`` may become where the usage of ``command`` says ``kind``.

    Of lower case, ``kind`` itself is what is meant.
    """
    if kind in _KINDS:
        yield from _KINDS[kind](word)
    elif kind == "NAME" and command == "plot":
        yield from map(Candidate, PLOT_NAMES)
    elif kind.startswith("FILE"):
        yield from _paths(word, "")
    elif re.fullmatch(r"[a-z_]+", kind):
        yield Candidate(kind)


# --- files ---------------------------------------------------------------------------------------


def _paths(word: str, *endings: str) -> Iterator[Candidate]:
    """Yield the folders that begin with ``word``, and the files with one of the ``endings``."""
    parent, slash, begin = word.rpartition("/")
    with suppress(OSError, ValueError):
        for entry in sorted(os.scandir(expanded(parent + slash) or "."), key=lambda one: one.name):
            if entry.name.startswith(".") and not begin.startswith("."):
                continue
            is_folder = entry.is_dir()
            if is_folder or (endings and entry.name.endswith(endings)):
                yield Candidate(f"{parent}{slash}{entry.name}{'/' * is_folder}")


def _folders(word: str) -> Iterator[Candidate]:
    return _paths(word)


def _configs(word: str) -> Iterator[Candidate]:
    return _paths(word, *CONFIG_FILES)


def _archives(word: str) -> Iterator[Candidate]:
    return _paths(word, ".npz")


# --- runs ----------------------------------------------------------------------------------------


def _runs(word: str) -> Iterator[Candidate]:
    """Yield `latest`, the names of runs, the ids of one name after its slash, paths, archives."""
    name, slash, _ = word.partition("/")
    if not slash:
        yield Candidate("latest", "the run begun last")
        yield from (Candidate(one, "the newest of this name") for one in _names(""))
    elif name not in (".", "..", "~", ""):
        yield from (Candidate(f"{name}/{one}") for one in _names(name))
    yield from _paths(word, ".zip")


def _sweeps(word: str) -> Iterator[Candidate]:
    """Yield the names of sweeps, and folders and files that may be one."""
    sweeps = (one for one in _names("") if is_sweep_folder(DEFAULT_ROOT / one))
    yield from (Candidate(one, "a sweep") for one in sweeps)
    yield from _configs(word)


def _names(under: str) -> Iterator[str]:
    """Yield the names of the folders in that of the runs, or in that of one name."""
    with suppress(OSError, ValueError):
        for entry in sorted(os.scandir(DEFAULT_ROOT / under), key=lambda one: one.name):
            if entry.name[0] != "." and entry.is_dir():
                yield entry.name


# --- keys and values -----------------------------------------------------------------------------


def _overrides(word: str) -> Iterator[Candidate]:
    """Yield config keys with what they are, and after ``=`` the values that one may have."""
    from nnuniverse.config import config_choices, config_descriptions, path_keys

    key, equals, begin = word.partition("=")
    if equals and key == "network.start":
        yield from (replace(one, value=f"{key}={one.value}") for one in _runs(begin))
    if equals and key in path_keys():
        yield from (replace(one, value=f"{key}={one.value}") for one in _paths(begin, ""))
    elif equals:
        yield from (Candidate(f"{key}={value}") for value in config_choices(key))
    else:
        described = config_descriptions()
        yield from (Candidate(f"{name}=", text) for name, text in described.items())


def _columns(word: str) -> Iterator[Candidate]:
    """Yield what runs are sorted by and shown with; the part after the last comma, or a minus."""
    from nnuniverse.runs.listing import run_keys

    done = word[: word.rfind(",") + 1] or "-" * word.startswith("-")
    return (Candidate(done + key) for key in run_keys())


# --- statements of the papers --------------------------------------------------------------------


def _papers(_: str) -> Iterator[Candidate]:
    from nnuniverse.claims.statements import load_papers

    return (Candidate(paper.paper, paper.title) for paper in load_papers())


def _statements(_: str) -> Iterator[Candidate]:
    """Yield the ids of statements with the equations that each is about."""
    from nnuniverse.claims.statements import cited_as, load_statements

    return (Candidate(statement.id, cited_as(statement)) for statement in load_statements())


_KINDS: dict[str, Callable[[str], Iterator[Candidate]]] = {
    "RUN": _runs,
    "SWEEP": _sweeps,
    "CONFIG": _configs,
    "NPZ": _archives,
    "DIR": _folders,
    "KEY=VALUE": _overrides,
    "COLUMN": _columns,
    "ID": _statements,
    "PAPER": _papers,
}
