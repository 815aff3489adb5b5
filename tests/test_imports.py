"""Imports point one way, and what needs no JAX loads none."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import nnuniverse

PACKAGE = Path(nnuniverse.__file__).parent
SWEEP = PACKAGE.parent / "configs" / "sweeps" / "quick.yaml"
MODULES = sorted(PACKAGE.rglob("*.py"))

NUMERICS = {
    "networks",
    "losses",
    "spectra",
    "observables",
    "nets",
    "training",
    "thermodynamics",
    "physics",
}
BASE = {
    "archives",
    "counted",
    "errors",
    "extensions",
    "numerical_settings",
    "precision",
    "regular_files",
    "threads",
    "variables",
}
"""Leaves of the house, which everybody may use."""

ARROWS = {
    "errors": set(),
    "extensions": {"errors"},
    "axis_labels": {"errors"},
    "csv_cells": {"errors"},
    "sweep_dataset": set(),
    "archives": {"errors"},
    "precision": {"numerical_settings"},
    "numerical_settings": {"errors", "processors", "program_cache"},
    "processors": set(),
    "program_cache": {"errors", "processors"},
    "regular_files": set(),
    "counted": set(),
    "supports": set(),
    "text_table": set(),
    "intervals": {"supports"},
    "markdown": set(),
    "threads": set(),
    "variables": set(),
    "networks": BASE,
    "losses": BASE | {"networks"},
    "spectra": BASE | {"networks"},
    "observables": BASE | {"markdown", "networks", "losses", "spectra"},
    "nets": BASE | {"networks", "losses", "spectra", "observables"},
    # Thermodynamics: the terms of an objective are functions of the spectrum.
    "training": BASE | {"networks", "losses", "spectra", "observables", "nets", "thermodynamics"},
    "thermodynamics": BASE | {"networks"},
    "physics": BASE
    | {"intervals", "supports", "networks", "losses", "spectra", "observables", "nets"}
    | {"thermodynamics"},
    "expectations": {
        "errors",
        "intervals",
        "axis_labels",
        "csv_cells",
        "sweep_dataset",
        "supports",
    },
    "data": {"archives", "errors", "extensions", "regular_files"},
    "config": {"errors", "axis_labels", "extensions", "regular_files"},
    "runs": {"counted", "errors", "regular_files", "axis_labels", "config", "variables"},
    "analysis": {
        "counted",
        "errors",
        "intervals",
        "networks",
        "physics",
        "runs",
        "supports",
        "text_table",
        "thermodynamics",
        "variables",
    },
    "plots": {
        "errors",
        "extensions",
        "axis_labels",
        "csv_cells",
        "markdown",
        "regular_files",
        "sweep_dataset",
        "runs",
        "analysis",
        "intervals",
        "physics",
        "supports",
        "thermodynamics",
    },
    "bibliography": {"config", "errors", "regular_files", "runs"},
    "exports": {"counted", "errors", "csv_cells", "config", "regular_files", "runs"},
    "reports": {
        "counted",
        "text_table",
        "errors",
        "intervals",
        "regular_files",
        "runs",
        "analysis",
        "plots",
        "claims",
    },
    # What observables, training, analysis and plots declare; config: how YAML is read; the other
    # numerics: what the checks check.  To compare printed numbers with runs: what finds, trains and
    # measures these.
    "claims": BASE
    | NUMERICS
    | {
        "supports",
        "counted",
        "errors",
        "axis_labels",
        "intervals",
        "markdown",
        "regular_files",
        "sweep_dataset",
        "text_table",
        "variables",
        "config",
        "analysis",
        "plots",
        "expectations",
        "experiments",
        "runs",
        "sweeps",
    },
    "xarray_engine": {"runs"},
    # The commands as functions.
    "api": {
        "counted",
        "errors",
        "intervals",
        "numerical_settings",
        "processors",
        "config",
        "runs",
        "analysis",
        "physics",
        "plots",
        "training",
        "experiments",
        "sweeps",
    },
    # What leads from a config to a result.
    "experiments": BASE
    | NUMERICS
    | {"config", "counted", "data", "expectations", "intervals", "processors", "runs", "supports"},
    "sweeps": {
        "counted",
        "errors",
        "regular_files",
        "axis_labels",
        "csv_cells",
        "sweep_dataset",
        "config",
        "data",
        "runs",
        "variables",
        "processors",
        "experiments",
    },
}
"""What each part may import besides itself.  A new part has to be given its arrows here."""

ENTRANCES = {"cli", "__main__", "__init__"}
"""Parts that may import any other, as far as the tests below let them."""

FOREIGN = {
    "numerics": (NUMERICS, {"h5py", "typer", "rich", "pydantic", "yaml"}),
    "config": ({"config"}, {"jax", "jaxlib", "optax", "numpy", "h5py", "typer", "rich"}),
    "expectations": (
        {"expectations"},
        {"jax", "jaxlib", "optax", "h5py", "typer", "rich", "pydantic", "yaml"},
    ),
    "claims": ({"claims"}, {"h5py", "typer", "rich"}),
    "runs": ({"runs"}, {"jax", "jaxlib", "optax", "typer", "rich"}),
    "data": ({"data"}, {"jax", "jaxlib", "optax", "h5py", "typer", "rich", "pydantic", "yaml"}),
    "errors": ({"errors"}, {"jax", "numpy", "h5py", "typer", "rich", "pydantic", "yaml"}),
}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> str:
    """Return the part of the house that a module belongs to: its name after ``nnuniverse.``."""
    return [*module.split("."), "__init__"][1]


PARTS = {part_of(module_name(module)) for module in MODULES} - {"__init__"}


def imported(source: str, package: str) -> Iterator[str]:
    """Yield the absolute name of everything that ``source`` imports, also inside functions.

    ``package``: the one that its relative imports start from.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")
            base = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _name(node.func).endswith("import_module"):
            yield from (arg.value for arg in node.args if isinstance(arg, ast.Constant))


def _name(function: ast.expr) -> str:
    """Return the last name of what is called, as ``b`` of ``a.b``."""
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


@cache
def imports(path: Path) -> set[str]:
    package = module_name(path.parent / "__init__.py")
    return set(imported(path.read_text(encoding="utf-8"), package))


@cache
def parts_imported(path: Path) -> set[str]:
    """Return the parts of the house that a file imports, without its own."""
    found = {part_of(name) for name in imports(path) if name.split(".")[0] == "nnuniverse"}
    return (found & PARTS) - {part_of(module_name(path))}


def identify(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def loaded_after(code: str, *argv: str) -> dict[str, object]:
    """Run ``code`` in a fresh interpreter; return the names of the modules that it loaded."""
    report = (
        "import json, os, sys\n"
        "before = dict(os.environ)\n"
        f"try:\n    {code}\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "facts = {'modules': sorted(sys.modules), 'same_environment': before == os.environ}\n"
        "print(json.dumps(facts), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", report, *argv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stderr.splitlines()[-1])


# --- the arrows, read from the source ----------------------------------------------------------


def test_every_form_of_import_is_seen() -> None:
    source = (
        "import jax.numpy as jnp\n"
        "def late():\n"
        "    from nnuniverse.experiments import assemble\n"
        "    from ..config import load_config\n"
        "    from . import options\n"
        "    importlib.import_module('h5py')\n"
    )
    assert set(imported(source, "nnuniverse.cli")) == {
        "jax.numpy",
        "nnuniverse.experiments",
        "nnuniverse.experiments.assemble",
        "nnuniverse.config",
        "nnuniverse.config.load_config",
        "nnuniverse.cli",
        "nnuniverse.cli.options",
        "h5py",
    }


def test_every_part_has_its_arrows() -> None:
    parts = {part_of(module_name(path)) for path in MODULES}
    assert parts >= {"cli", "config", "runs", "data"} | NUMERICS
    assert parts <= set(ARROWS) | ENTRANCES, "a new part needs its arrows in ARROWS"


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_arrows(path: Path) -> None:
    part = part_of(module_name(path))
    if part in ARROWS:
        forbidden = parts_imported(path) - ARROWS[part]
        assert not forbidden, f"{part} must not import {forbidden}"


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_foreign_packages(path: Path) -> None:
    part = part_of(module_name(path))
    used = {name.split(".")[0] for name in imports(path)}
    for parts, forbidden in FOREIGN.values():
        if part in parts:
            assert not used & forbidden


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_config_meets_numerics_in_one_place(path: Path) -> None:
    parts = parts_imported(path)
    if "config" in parts and parts & NUMERICS:
        assert part_of(module_name(path)) == "experiments"


@pytest.mark.parametrize("path", MODULES, ids=identify)
def test_nothing_imports_the_command_line(path: Path) -> None:
    if "cli" in parts_imported(path):
        assert part_of(module_name(path)) == "__main__"


# --- what is loaded, found by running ----------------------------------------------------------


def test_importing_the_package_loads_and_changes_nothing() -> None:
    facts = loaded_after("import nnuniverse")
    assert not {"jax", "numpy", "h5py", "pydantic"} & set(facts["modules"])
    assert facts["same_environment"]


@pytest.mark.parametrize(
    "module",
    [
        "analysis",
        "claims",
        "config",
        "data",
        "errors",
        "expectations",
        "numerical_settings",
        "runs",
        "sweeps",
    ],
)
def test_parts_without_jax(module: str) -> None:
    facts = loaded_after(f"import nnuniverse.{module}")
    assert f"nnuniverse.{module}" in facts["modules"]
    assert "jax" not in facts["modules"]


def test_statements_are_read_without_hdf5() -> None:
    facts = loaded_after("from nnuniverse.claims import load_statements; load_statements()")
    assert not {"jax", "h5py"} & set(facts["modules"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["train", "--help"],
        ["config", "template"],
        ["runs", "--out", "no-such-folder"],
        ["verify", "--list"],
        ["sweep", str(SWEEP), "--status", "--out", "no-such-folder"],
    ],
    ids=" ".join,
)
def test_quick_commands_load_no_jax(arguments: list[str]) -> None:
    facts = loaded_after("from nnuniverse.cli import main; main()", *arguments)
    assert "nnuniverse.cli" in facts["modules"]
    assert "jax" not in facts["modules"]


def test_help_loads_no_numpy() -> None:
    facts = loaded_after("from nnuniverse.cli import main; main()", "--help")
    assert not {"numpy", "h5py", "pydantic", "rich"} & set(facts["modules"])


# --- the public names --------------------------------------------------------------------------


@pytest.mark.parametrize("name", nnuniverse.__all__)
def test_public_name_resolves(name: str) -> None:
    assert getattr(nnuniverse, name) is not None
    assert name in dir(nnuniverse)


def test_public_names_are_those_of_their_modules() -> None:
    assert nnuniverse.load_config is importlib.import_module("nnuniverse.config").load_config
    assert nnuniverse.start_run is importlib.import_module("nnuniverse.experiments.train").start_run


def test_no_other_name() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = nnuniverse.no_such_name


@pytest.mark.parametrize(
    "package",
    [
        "claims",
        "config",
        "data",
        "expectations",
        "losses",
        "observables",
        "runs",
        "spectra",
        "sweeps",
        "training",
    ],
)
def test_exported_names_exist(package: str) -> None:
    module = importlib.import_module(f"nnuniverse.{package}")
    missing = [name for name in module.__all__ if not hasattr(module, name)]
    assert not missing
