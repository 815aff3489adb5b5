"""Statements and the checks of them: those of this package, and of packages installed beside it.

A package of claims holds ``papers/*.yaml`` and a module or package ``checks``, whose functions say
by ``@check("ID")`` which statement they check.  Other packages are found by their entry point
``nnuniverse.claims``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import walk_packages
from types import ModuleType
from typing import TypeVar

import numpy as np

from nnuniverse.claims.residuals import Outcome
from nnuniverse.claims.statements import METHODS, Paper, Statement, load_papers, require_unique
from nnuniverse.errors import ConfigError, must

Chosen = Sequence[tuple[str, Statement]]
"""Statements with the number of the paper that each is of."""

OWN = "nnuniverse.claims"
"""Our package of claims, and the name of the entry point of others."""

Loaded = TypeVar("Loaded")

Say = Callable[[str], None]
"""Hears what a person should know."""

CheckFunction = Callable[[], Outcome] | Callable[[np.random.Generator], Outcome]


@dataclass(frozen=True)
class StatementCheck:
    """What checks a statement: a function of nothing, or of the random numbers that it takes."""

    id: str
    function: Callable[..., Outcome]

    @property
    def name(self) -> str:
        """The full name of the function."""
        return f"{self.function.__module__}.{self.function.__name__}"

    def run(self, seed: int) -> Outcome:
        """Return what it finds; ``seed``: of its random numbers."""
        if inspect.signature(self.function).parameters:
            return self.function(np.random.default_rng(seed))
        return self.function()


def check(id_: str) -> Callable[[CheckFunction], CheckFunction]:
    """Say that a function checks the statement ``id_``."""

    def mark(function: CheckFunction) -> CheckFunction:
        function.checks = id_  # type: ignore[union-attr]
        return function

    return mark


def _unsaid(text: str) -> None:
    """Say nothing."""


def choose(names: Sequence[str], methods: Sequence[str] = (), say: Say = _unsaid) -> Chosen:
    """Return the statements that ids and papers name, all if none does, in the papers' order.

    ``methods``: only those checked by one of these; ``say``: as for `all_papers`.  Raises
    ConfigError for a name or a method that there is not, with those that there are.

    ``names``: ids of statements, and papers.
    """
    papers = all_papers(say)
    known = {paper.paper for paper in papers} | {s.id for p in papers for s in p.statements}
    _require_known("ID|PAPER", names, sorted(known))
    _require_known("`--method`", methods, METHODS)
    return [
        (paper.paper, statement)
        for paper in papers
        for statement in paper.statements
        if not names or {paper.paper, statement.id} & set(names)
        if not methods or statement.method in methods
    ]


def all_papers(say: Say = _unsaid) -> list[Paper]:
    """Return our papers, then those of installed packages.

    ``say``: told why the papers of a package are left out: they cannot be read, or have an id that
    another statement has.
    """
    papers = load_papers()
    for package in others():
        try:
            added = named(package, partial(load_papers, package))
            named(package, partial(require_unique, [*papers, *added]))
        except ConfigError as error:
            say(str(error))
        else:
            papers += added
    return papers


def recorded_verdicts() -> dict[str, str]:
    """Return the verdict on record of every statement by id, those of installed packages too."""
    return {one.id: one.verdict for paper in all_papers() for one in paper.statements}


def all_checks(say: Say) -> dict[str, StatementCheck]:
    """Return the checks of all statements by id, of a package those of its own statements.

    ``say``: told why those of a package are left out, but for what `all_papers` tells of it.
    """
    checks = checks_of()
    for package in others():
        try:
            papers = load_papers(package)
        except Exception:  # noqa: S112 (told already)
            continue
        stated = {statement.id for paper in papers for statement in paper.statements}
        if stated & checks.keys():
            continue
        try:
            found = named(package, partial(checks_of, package))
        except ConfigError as error:
            say(str(error))
            continue
        for id_ in sorted(found.keys() - stated):
            subject = f"check {id_} of {package!r}"
            say(must(subject, "have a statement", "has none there", "an entry in its papers"))
        checks |= {id_: found[id_] for id_ in found.keys() & stated}
    return checks


def others() -> list[str]:
    """Return the installed packages of claims that are not ours."""
    return sorted({point.value for point in entry_points(group=OWN)})


def named(package: str, load: Callable[[], Loaded]) -> Loaded:
    """Return what ``load`` does; raises ConfigError that names the package it cannot be had of."""
    try:
        return load()
    except (Exception, SystemExit) as error:
        told = f"{type(error).__name__}: {error}"
        remedy = "uninstalling it, or its next version"
        raise ConfigError(f"claims of {package!r}", "be readable", told, remedy) from error


def _require_known(subject: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            remedy = "one of " + ", ".join(known)
            raise ConfigError(subject, "name what there is", f"is {name!r}", remedy)


def checks_of(package: str = OWN) -> dict[str, StatementCheck]:
    """Return the checks of a package of claims by the id of their statement.

    Raises ConfigError if two are of one statement.
    """
    found: dict[str, StatementCheck] = {}
    for module in modules(f"{package}.checks"):
        for function in vars(module).values():
            id_ = getattr(function, "checks", None)
            if inspect.isfunction(function) and id_ and function.__module__ == module.__name__:
                if id_ in found:
                    both = f"{found[id_].function.__name__} and {function.__name__}"
                    raise ConfigError(
                        f"check {id_}", "be one function", f"is {both}", "one id each"
                    )
                found[id_] = StatementCheck(id_, function)
    return found


def modules(name: str) -> Iterator[ModuleType]:
    """Yield a module, and if it is a package all within.

    ``name``: of the module.
    """
    module = import_module(name)
    yield module
    for info in walk_packages(getattr(module, "__path__", []), f"{name}."):
        yield import_module(info.name)
