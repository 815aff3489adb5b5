"""From an equation to the code that computes it, the command that runs it, and its tests.

Read from the source: the ``Source:`` lines of docstrings, the declarations of observables and of
what an analysis stores, and what the tests import.  Needs a checkout, since a wheel has no tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nnuniverse.claims.citations import Equation, cited
from nnuniverse.variables import Variable

COMMANDS = {
    "analysis": ("nnu analyze",),
    "losses": ("nnu train", "nnu measure"),
    "nets": ("nnu train", "nnu measure"),
    "networks": ("nnu train",),
    "networks.clamped_step": ("nnu hidden",),
    "networks.masks": ("nnu train", "nnu spectrum"),
    "observables": ("nnu train", "nnu measure"),
    "experiments.dual": ("nnu dual",),
    "experiments.free_energy_expansion": ("nnu mechanics",),
    "experiments.geometry": ("nnu geometry",),
    "experiments.geometry_source": ("nnu geometry",),
    "experiments.grand": ("nnu grand",),
    "experiments.hidden": ("nnu hidden",),
    "experiments.holography": ("nnu holography",),
    "experiments.moved_losses": ("nnu reproduce",),
    "experiments.net_matrix": ("nnu structure",),
    "experiments.planck": ("nnu grand",),
    "experiments.production": ("nnu geometry",),
    "experiments.strings": ("nnu strings",),
    "experiments.structure": ("nnu structure",),
    "physics.grand_canonical": ("nnu grand",),
    "physics.grand_canonical.action": ("nnu verify C7",),
    "physics.grand_canonical.contributions": (),  # benchmarks print it
    "physics.grand_canonical.moves": ("nnu train",),
    "physics.grand_canonical.transitions": ("nnu verify C18",),
    "physics.hidden": ("nnu hidden",),
    "physics.gravity": ("nnu geometry",),
    "physics.holography": ("nnu holography",),
    "physics.holography.boundary_maps": ("nnu dual",),
    "physics.holography.found_duals": ("nnu dual",),
    "physics.holography.induced_flow": ("nnu verify B35",),
    "physics.mechanics": ("nnu mechanics",),
    "physics.mechanics.alignment": ("nnu align",),
    "physics.mechanics.coordinates": ("nnu evolve",),
    "physics.mechanics.recorded": ("nnu evolve",),
    "physics.mechanics.solvers.nodes": ("nnu plot ring",),
    "physics.mechanics.solvers.twisted_ring": ("nnu plot ring",),
    "physics.mechanics.virial": ("nnu align",),
    "physics.structure": ("nnu structure",),
    "physics.structure.survival": ("nnu perturb",),
    "physics.structure.kept_structures": ("nnu perturb",),
    "physics.structure.stability": ("nnu perturb",),
    "physics.strings": ("nnu strings",),
    "spectra": ("nnu train", "nnu measure"),
    "spectra.graph": ("nnu train", "nnu spectrum"),
    "spectra.traces": ("nnu spectrum",),
    "thermodynamics": ("nnu analyze",),
    "thermodynamics.canonical": ("nnu ensemble",),
    "thermodynamics.two_peaks": ("nnu analyze", "nnu plot laplacian"),
    "training": ("nnu train",),
    "training.evolution": ("nnu evolve",),
}
"""By which commands the functions of a package are run; the longest name that fits counts."""

SOURCE = re.compile(r"Source: (.*?)(?:\n\s*\n|\Z)", re.DOTALL)
"""What a docstring says about where its content is from: up to the end of the paragraph."""


@dataclass(frozen=True)
class Implementation:
    """A function, class or declared variable that says which equations it is of.

    ``module``: within the package, such as "losses.boundary"; ``tests``: files that import a
    function, or hold the name of a variable, among the tests of its part of the house;
    ``formula``: symbol and equation of a variable.
    """

    module: str
    name: str
    equations: tuple[Equation, ...]
    tests: tuple[str, ...]
    formula: str = ""

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that run it."""
        within = [part for part in COMMANDS if f"{self.module}.".startswith(f"{part}.")]
        return COMMANDS[max(within, key=len)] if within else ()


def implementations(
    root: Path, declared: Mapping[str, list[Variable]]
) -> dict[Equation, list[Implementation]]:
    """Return what is of each equation, of the checkout at ``root``.

    ``declared``: variables by the package that declares them, as "observables".
    """
    tests = {
        str(path.relative_to(root)): ast.parse(path.read_text("utf-8"))
        for path in sorted((root / "tests").rglob("test_*.py"))
    }
    found: dict[Equation, list[Implementation]] = {}
    for one in (*_documented(root, tests), *_declared(declared, tests)):
        for equation in one.equations:
            found.setdefault(equation, []).append(one)
    return found


def _documented(root: Path, tests: Mapping[str, ast.Module]) -> Iterator[Implementation]:
    """Yield the functions and classes whose docstring has a source."""
    importing: dict[str, list[str]] = {}
    for test, tree in tests.items():
        for name in sorted(_imported(root, tree)):
            importing.setdefault(name, []).append(test)
    checks = root / "nnuniverse" / "claims" / "checks"  # they compute nothing that others use
    for path in sorted((root / "nnuniverse").rglob("*.py")):
        if checks in path.parents:
            continue
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        for name, docstring in _docstrings(path):
            source = SOURCE.search(docstring)
            equations = cited(source[1]) if source else []
            if equations:
                within = module.removeprefix("nnuniverse.")
                named_by = [
                    test
                    for test in importing.get(f"{module}.{name.partition('.')[0]}", [])
                    if test.startswith((f"tests/{within.partition('.')[0]}/", "tests/exact/"))
                ]
                yield Implementation(within, name, tuple(equations), tuple(named_by))


def _declared(
    declared: Mapping[str, list[Variable]], tests: Mapping[str, ast.Module]
) -> Iterator[Implementation]:
    """Yield the declared variables."""
    for package, variables in declared.items():
        texts = {
            path: {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            for path, tree in tests.items()
            if path.startswith(f"tests/{package}/")
        }
        for variable in variables:
            named_by = tuple(path for path, known in texts.items() if variable.name in known)
            equations = tuple(cited(variable.source))
            yield Implementation(package, variable.name, equations, named_by, variable.formula)


def _docstrings(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the functions, classes and methods of a file and their docstrings."""
    for node in _tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, ast.get_docstring(node) or ""
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield f"{node.name}.{method.name}", ast.get_docstring(method) or ""


def _imported(root: Path, test: ast.Module) -> set[str]:
    """Return the full names of what a test imports from the package, by where it is defined."""
    return {
        _origin(root, node.module, alias.name)
        for node in ast.walk(test)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnuniverse")
        for alias in node.names
        if node.module
    }


@cache
def _origin(root: Path, module: str, name: str) -> str:
    """Return the full name of ``name`` where it is defined, if ``module`` only passes it on."""
    path = root.joinpath(*module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in _tree(path).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nnuniverse"):
            for alias in node.names:
                if (alias.asname or alias.name) == name and node.module != module:
                    return _origin(root, node.module or "", alias.name)
    return f"{module}.{name}"


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))
