"""How a package is built, in figures, so that houses can be held beside each other.

``python -m benchmarks.house nnuniverse tests [OTHER_PACKAGE OTHER_TESTS ...]``
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

LONG_BODY = 50
"""Lines of a function's body, its docstring left out, beyond which it wants splitting."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class House(NamedTuple):
    """The figures of a package; shares are in per cent, of functions, parameters, public names.

    ``lines``: of its files; ``tests``: lines of tests per line of code; ``long``: bodies over
    `LONG_BODY` lines; ``longest``: lines of the longest; ``annotated``: parameters and results with
    a type; ``documented``: public functions, methods and classes with a docstring; ``any``: `Any`
    in types per 1,000 lines; ``classes``, ``files``: names that more than one file gives a class,
    or bears.  ``words``: of a docstring that there is, on average; ``named``: arguments that it
    names; ``examples``: public functions and classes whose docstring has one.
    """

    lines: int
    tests: float
    long: float
    longest: int
    annotated: float
    documented: float
    any: float
    classes: int
    files: int
    words: float
    named: float
    examples: float


def measure(package: Path, tests: Path) -> House:
    """Return the figures of the ``package``, whose tests lie in the folder ``tests``."""
    sources = {
        path: path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.py"))
        if tests not in path.parents
    }
    trees = {path: ast.parse(text) for path, text in sources.items()}
    lines = sum(text.count("\n") for text in sources.values())
    functions = [node for tree in trees.values() for node in _functions(tree)]
    bodies = [_body_lines(function) for function in functions]
    typed = [there for function in functions for there in _annotations(function)]
    public = [node for tree in trees.values() for node in _public(tree)]
    docstrings = [text for node in public if (text := ast.get_docstring(node)) is not None]
    names = [node for tree in trees.values() for node in ast.walk(tree)]
    options = _options(trees.values())
    return House(
        lines=lines,
        tests=sum(path.read_text("utf-8").count("\n") for path in tests.rglob("*.py")) / lines,
        long=_share([length > LONG_BODY for length in bodies]),
        longest=max(bodies),
        annotated=_share(typed),
        documented=100.0 * len(docstrings) / len(public),
        any=1000.0 * sum(isinstance(n, ast.Name) and n.id == "Any" for n in names) / lines,
        classes=_repeated(
            {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
            for tree in trees.values()
        ),
        files=_repeated({path.name} - {"__init__.py", "__main__.py"} for path in trees),
        words=sum(len(text.split()) for text in docstrings) / max(1, len(docstrings)),
        named=_share([there for node in public for there in _named(node, options)]),
        examples=100.0 * sum(map(_has_example, docstrings)) / len(public),
    )


def _named(node: Function | ast.ClassDef, options: Collection[str]) -> list[bool]:
    """Return which arguments of a function, but for self and cls, its docstring names, if any.

    The option of a command is named by its help, beside it or in its type, one of ``options``.
    """
    text = ast.get_docstring(node)
    if text is None or isinstance(node, ast.ClassDef):
        return []
    arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    return [
        re.search(rf"\b{re.escape(a.arg)}\b", text) is not None
        or (a.annotation is not None and _has_help(a.annotation, options))
        for a in arguments
        if a.arg not in ("self", "cls")
    ]


def _has_help(annotation: ast.expr, options: Collection[str] = ()) -> bool:
    return any(
        (isinstance(node, ast.keyword) and node.arg == "help")
        or (isinstance(node, ast.Name) and node.id in options)
        for node in ast.walk(annotation)
    )


def _options(trees: Iterable[ast.Module]) -> set[str]:
    """Return the names of types that carry the help of an option."""
    return {
        target.id
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign) and _has_help(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _has_example(docstring: str) -> bool:
    return any(mark in docstring for mark in (">>>", "```", "Example"))


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _body_lines(function: Function) -> int:
    has_docstring = ast.get_docstring(function) is not None
    body = function.body[1:] if has_docstring else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _annotations(function: Function) -> list[bool]:
    """Return which of its parameters, but for self and cls, and its result have a type."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [a for a in (arguments.vararg, arguments.kwarg) if a is not None]
    typed = [a.annotation is not None for a in every if a.arg not in ("self", "cls")]
    return [*typed, function.returns is not None]


def _public(tree: ast.Module) -> Iterator[Function | ast.ClassDef]:
    """Yield the public functions and classes of a module, and the public methods of the latter."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function) and not inner.name.startswith("_"):
                        yield inner


def _share(which: list[bool]) -> float:
    return 100.0 * sum(which) / max(1, len(which))


def _repeated(names: Iterator[set[str]]) -> int:
    return sum(count > 1 for count in Counter(name for some in names for name in some).values())


def main(arguments: list[str]) -> None:
    """Print a row of a Markdown table for every pair of a package and its tests."""
    print(f"| package | {' | '.join(House._fields)} |")
    print("|---" * (1 + len(House._fields)) + "|")
    for package, tests in zip(arguments[::2], arguments[1::2], strict=True):
        house = measure(Path(package), Path(tests))
        cells = [f"{x:.2f}" if isinstance(x, float) else f"{x:,}" for x in house]
        print(f"| {Path(package).name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
