"""Every id of a statement that text or code cites is one of docs/papers.md."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from nnuniverse.claims import load_statements
from nnuniverse.claims.statements import ID

ROOT = Path(__file__).parents[2]
FOLDERS = ("nnuniverse", "docs", "configs", "benchmarks", "tests")
FILES = [
    ROOT / "README.md",
    *(
        path
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".md", ".yaml"} and path != Path(__file__)
    ),
]
BARE = re.compile(rf"(?<![\w.-]){ID}(?![\w-])")
IN_BRACKETS = re.compile(rf"\({ID}(?:, {ID})*\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def prose(path: Path, text: str) -> Iterator[str]:
    """Yield what is meant for people: there an id may stand alone."""
    if path.suffix == ".py":
        yield from (
            token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        )
        documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, documented):
                yield ast.get_docstring(node) or ""
    elif path.suffix == ".md" or path.parent.name == "papers":
        yield CODE.sub("", text)
    else:
        yield "\n".join(re.findall(r"#.*", text))


@cache
def cited_ids(path: Path, text: str) -> set[str]:
    """Return the ids that a file cites; elsewhere than in prose they stand in brackets, as (A30).

    So a colour C1, a cell B2 or a sheet of A4 in code is none.
    """
    if not re.search(ID, text):  # most files, which need not be parsed
        return set()
    alone = {match[0] for part in prose(path, text) for match in BARE.finditer(part)}
    bracketed = {one for match in IN_BRACKETS.finditer(text) for one in re.findall(ID, match[0])}
    return alone | bracketed


def test_what_counts_as_a_citation() -> None:
    python = Path("a.py")
    assert cited_ids(python, '"""See (A1), and A2."""\n# A3, C_n, C0\n') == {"A1", "A2", "A3"}
    assert cited_ids(python, 'x = "C1"\ny = f"wrong (A4, B5)"\n') == {"A4", "B5"}
    assert cited_ids(Path("a.md"), "A6 `B7`\n```\nB8\n```\nE9-like A100") == {"A6"}
    assert cited_ids(Path("a.yaml"), "cell: B2  # A7\n") == {"A7"}


@pytest.fixture(scope="module")
def known() -> set[str]:
    """The ids that there are."""
    return {statement.id for statement in load_statements()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_cited_ids_exist(path: Path, known: set[str]) -> None:
    assert cited_ids(path, path.read_text("utf-8")) <= known


def test_citations_are_found_at_all() -> None:
    cited = {one for path in FILES for one in cited_ids(path, path.read_text("utf-8"))}
    assert cited >= {"A4", "A30", "A34", "E1"}
