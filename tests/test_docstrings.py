"""Docstrings of public functions name every argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

import nnuniverse

PACKAGE = Path(nnuniverse.__file__).parent

MODULES = [
    module
    for path in sorted(PACKAGE.rglob("*.py"))
    if not (module := path.relative_to(PACKAGE).as_posix()).startswith("cli/")
]
"""But those of commands, whose options say what they are."""


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text())


class Function(NamedTuple):
    node: ast.FunctionDef
    owner: ast.ClassDef | None


def functions(tree: ast.AST, owner: ast.ClassDef | None = None) -> Iterator[Function]:
    for child in ast.iter_child_nodes(tree):
        if getattr(child, "name", "_").startswith("_"):
            continue
        if isinstance(child, ast.ClassDef):
            yield from functions(child, child)
        elif isinstance(child, ast.FunctionDef):
            yield Function(child, owner)


@cache
def classes() -> dict[str, ast.ClassDef]:
    nodes = [node for module in MODULES for node in parsed(module).body]
    return {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}


def inherits(owner: ast.ClassDef | None, method: str) -> bool:
    """Return whether a class that this one derives from has the method, and documents it."""
    for base in owner.bases if owner else ():
        name = ast.unparse(base).split("[")[0]
        above = classes().get(name)
        if above is not None and above is not owner:
            named = {getattr(child, "name", "") for child in above.body}
            if method in named or inherits(above, method):
                return True
    return False


def unnamed(function: Function) -> list[str]:
    node = function.node
    decorators = {ast.unparse(each).split("(")[0] for each in node.decorator_list}
    if "overload" in decorators or inherits(function.owner, node.name):
        return []
    known = {"self", "cls"} | (
        {"random"} if "check" in decorators else set()
    )  # checks draw from it
    arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    text = ast.get_docstring(node) or ""
    names = [argument.arg for argument in arguments if argument.arg not in known]
    return [name for name in names if not re.search(rf"\b{re.escape(name)}\b", text)]


ROOMS = sorted({module.split("/")[0] for module in MODULES})


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_name_every_argument(room):
    modules = [module for module in MODULES if module.split("/")[0] == room]
    lacking = {
        f"{module}: {function.node.name}": unnamed(function)
        for module in modules
        for function in functions(parsed(module))
    }
    assert {name: arguments for name, arguments in lacking.items() if arguments} == {}
