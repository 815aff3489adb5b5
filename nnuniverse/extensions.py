"""What other installed packages add: names that they declare as entry points, loaded when used.

A package declares a name in one of the `GROUPS`.  A name of ours is never replaced, and one that
two packages declare is nobody's.  Looking up which names there are imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache, wraps
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar

from nnuniverse.errors import ConfigError, NNUniverseError, must

ACTIVATIONS = "nnuniverse.activations"
OBSERVABLES = "nnuniverse.observables"
LOSSES = "nnuniverse.losses"
DATA = "nnuniverse.data"
PLOTS = "nnuniverse.plots"

GROUPS = {
    ACTIVATIONS: "activation",
    OBSERVABLES: "observable",
    LOSSES: "loss",
    DATA: "data set",
    PLOTS: "plot",
}
"""The groups of entry points, with what each name in them is; claims have one of their own."""

REMEDY = "mending it if it is yours, else another version or uninstalling it"
"""What is to be done about a package that cannot be used."""

Loaded = TypeVar("Loaded")
Returned = TypeVar("Returned")


@dataclass(frozen=True)
class DeclaredName:
    """A ``name`` that an installed package declares in a ``group``.

    ``package``: its name and version, as ``rings 1.2``.
    """

    group: str
    name: str
    package: str
    point: EntryPoint

    def __str__(self) -> str:
        return f"{self.name} of {self.package}"

    @property
    def subject(self) -> str:
        """What it is, for messages."""
        return f"the {GROUPS[self.group]} {self.name!r} of the package {self.package}"

    def broken(self, error: BaseException) -> ConfigError:
        """Return the failure that says that it cannot be used, for an ``error`` that it raised."""
        told = " ".join(f"raises {type(error).__name__}: {error}".split())
        return ConfigError(self.subject, "work", told, REMEDY)

    def guarded(self, function: Callable[..., Returned]) -> Callable[..., Returned]:
        """Return ``function``, a part of it, such that what it raises is told in one line."""

        @wraps(function)
        def guarded(*arguments: Any, **keywords: Any) -> Returned:
            try:
                return function(*arguments, **keywords)
            except NNUniverseError:
                raise
            except Exception as error:
                raise self.broken(error) from error

        return guarded


def installed(group: str, ours: Collection[str] = ()) -> dict[str, DeclaredName]:
    """Return the names that packages declare in a ``group`` and that can be used, by name.

    ``ours``: the names that there are without them.
    """
    found = declared(group).items()
    return {name: of[0] for name, of in found if len(of) == 1 and name not in ours}


def unusable(group: str, ours: Collection[str]) -> list[str]:
    """Return a line on each name of a ``group`` that is one of ``ours``, or is declared twice."""
    lines = []
    for name, of in declared(group).items():
        what = f"the {GROUPS[group]} {name!r}"
        packages = " and ".join(one.package for one in of)
        if name in ours:
            actual = f"{packages} declares one of this package's"
            lines.append(must(what, "have a name of its own", actual, "another name there"))
        elif len(of) > 1:
            actual = f"is declared by {packages}"
            lines.append(must(what, "be of one package", actual, "uninstalling one"))
    return lines


def load(group: str, name: str, kind: type[Loaded]) -> Loaded:
    """Return what an installed package declares as ``name`` in a ``group``, one of `GROUPS`.

    ``kind``: what it has to be.  The same object each time.  Raises ConfigError, which names the
    package, if it cannot be imported or is something else; KeyError if there is no such name.
    """
    return _load(installed(group)[name], kind)


def _load(extension: DeclaredName, kind: type[Loaded]) -> Loaded:
    try:
        found = extension.point.load()
    except (Exception, SystemExit) as error:
        raise extension.broken(error) from error
    if not isinstance(found, kind):
        wanted = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
        is_ = f"is a {type(found).__name__}"
        raise ConfigError(extension.subject, f"be a {wanted}", is_, REMEDY)
    called = getattr(found, "name", extension.name)  # a function has none
    if called != extension.name:
        raise ConfigError(
            extension.subject,
            f"have the name under which it is declared, {extension.name!r}",
            f"its `name` is {called!r}",
            "the same name in its code and in the entry point of its pyproject.toml",
        )
    return found


@cache
def declared(group: str) -> dict[str, list[DeclaredName]]:
    """Return what packages declare in a ``group``, by name in alphabetical order.

    Asked once in a process: a package that is installed meanwhile is not seen.
    """
    found: dict[str, list[DeclaredName]] = {}
    for point in sorted(entry_points(group=group), key=lambda one: one.name):
        about = point.dist
        package = f"{about.name} {about.version}" if about else "unknown"
        extension = DeclaredName(group, point.name, package, point)
        if extension not in found.setdefault(point.name, []):
            found[point.name].append(extension)
    return found
