"""`nnu explain` knows every heading that a table of the package can have, and its words."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import nnuniverse
from nnuniverse.claims.headings import HEADINGS, ROWS
from nnuniverse.claims.quantities import all_quantities, find
from nnuniverse.claims.words import WORDS, all_words
from nnuniverse.expectations.output import HEADINGS as VERDICT_HEADINGS

PACKAGE = Path(nnuniverse.__file__).parent
PRINTED_BY = ("TextTable", "print_table")
quantities = cache(all_quantities)


def words(node: ast.expr, module: str, local: dict[str, ast.expr]) -> Iterator[str]:
    """Yield the headings that an expression names, but for what only a run tells."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from words(part, module, local)
    elif isinstance(node, ast.Dict):
        for key in filter(None, node.keys):
            yield from words(key, module, local)
    elif isinstance(node, ast.IfExp):
        yield from words(node.body, module, local)
        yield from words(node.orelse, module, local)
    elif isinstance(node, ast.ListComp):
        yield from words(node.elt, module, local)
        for part in node.generators:
            yield from words(part.iter, module, local)
    elif isinstance(node, ast.Starred):
        yield from words(node.value, module, local)
    elif isinstance(node, ast.Name) and node.id in local:
        yield from words(local[node.id], module, local)
    elif isinstance(node, ast.Call) and ast.unparse(node.func) == "list":
        yield from words(node.args[0], module, local)
    else:
        yield from of_constant(node, module)


def of_constant(node: ast.expr, module: str) -> Iterator[str]:
    """Yield what a constant of the module holds: headings, or headings by or of names."""
    root = ast.unparse(node).partition(".")[0].partition("[")[0]
    value = getattr(importlib.import_module(module), root, None)
    if isinstance(value, dict) and ast.unparse(node).endswith(".values()"):
        value = list(value.values())
    if isinstance(value, dict | list | tuple):
        yield from (text for text in value if isinstance(text, str))


def headings() -> Iterator[tuple[str, str]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        if not any(name in text for name in PRINTED_BY):
            continue
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for function in ast.walk(ast.parse(text)):
            if isinstance(function, ast.FunctionDef):
                assigned = [
                    (target, node.value)
                    for node in ast.walk(function)
                    if isinstance(node, ast.Assign)
                    for target in node.targets
                ]
                local = {to.id: of for to, of in assigned if isinstance(to, ast.Name)}
                added = [
                    to.slice
                    for to, _ in assigned
                    if isinstance(to, ast.Subscript) and ast.unparse(to.value) == "columns"
                ]
                for key in added:
                    yield from ((module, word) for word in words(key, module, {}))
                for node in ast.walk(function):
                    called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                    if called in PRINTED_BY and isinstance(node, ast.Call) and node.args:
                        yield from ((module, word) for word in words(node.args[0], module, local))


def test_every_heading_is_known() -> None:
    found = sorted({(module, word) for module, word in headings() if word})
    found += [("nnuniverse.expectations.output", word) for word in VERDICT_HEADINGS]
    assert len(found) > 150
    assert [one for one in found if not find(one[1], quantities())] == []


def test_no_text_is_of_a_heading_that_is_gone() -> None:
    code = "\n".join(
        path.read_text() for path in PACKAGE.rglob("*.py") if path.name != "headings.py"
    )
    texts = {heading for by_heading in HEADINGS.values() for heading in by_heading}
    assert [heading for heading in sorted(texts) if f'"{heading}' not in code] == []


def test_no_word_is_gone() -> None:
    own = ("headings.py", "words.py")
    code = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py") if path.name not in own)
    words = [word.removesuffix(" window") for by_word in WORDS.values() for word in by_word]
    assert [word for word in words if word not in code] == []


def test_every_word_is_found_with_its_command() -> None:
    for word in all_words():
        kinds = {one.kind.partition(" of ")[0] for one in find(word, quantities())}
        assert kinds & {"word", "verdict"}, word
    undecided = find("undecided", quantities())
    assert [one.kind for one in undecided[:2]] == [
        "verdict of nnu reproduce",
        "verdict of nnu verify",
    ]
    assert len({(one.kind, one.meaning) for one in undecided}) == len(undecided) > 3


@pytest.mark.parametrize(
    ("heading", "name", "kind"),
    [
        ("A-C/beta-F", "split_error", "analysis"),
        ("U / U_boundary", "bulk_ratio_whole", "analysis"),
        ("gap", "gap", "heading of nnu analyze"),
        ("first law", "first law", "heading of nnu analyze"),
        ("dU = T dS_0 + T dC at", "dU = T dS_0 + T dC at", "heading of nnu analyze"),
        ("replica", "replica", "heading of any table"),
        ("beta, gap,\nprinted", "beta, gap, printed", "word of nnu analyze"),
        ("beta from gap, exact", "beta from gap, exact", "word of nnu analyze"),
        ("agrees", "agrees", "heading of nnu reproduce"),
    ],
)
def test_what_a_heading_shows(heading: str, name: str, kind: str) -> None:
    assert (name, kind) in {(one.name, one.kind) for one in find(heading, quantities())}
    assert set(ROWS) & {heading} or kind != "heading of any table"
