"""The statements of the papers: strict about their form, and shown where they say so."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from nnuniverse.claims import VERDICTS, load_papers, load_statements
from nnuniverse.claims.statements import read_paper, require_unique
from nnuniverse.errors import ConfigError
from nnuniverse.markdown import anchor

ROOT = Path(__file__).parents[2]
PAPERS = load_papers()
EVIDENCE = sorted({evidence for s in load_statements() for evidence in s.evidence})

PAPER = """
paper: "2004.09280"
title: A title
authors: [A. Author]
year: 2020
statements:
  - id: A1
    equations: ["2.1-2.3", "Fig. 7", "2008.01540 (4.6)"]
    statement: It is so.
    verdict: right
    method: symbolic
    reason: It is.
    evidence: [tests/a/test_b.py::test_c, docs/d.md#e-f]
"""


def test_a_statement_is_read() -> None:
    paper = read_paper(PAPER, "FILE")
    (statement,) = paper.statements
    assert (statement.id, statement.verdict) == ("A1", "right")
    assert [str(equation) for equation in paper.cited_by(statement)] == [
        *("(2.1)", "(2.2)", "(2.3)"),
        *("Fig. 7", "(4.6)"),
    ]
    assert paper.cited_by(statement)[-1].paper == "2008.01540"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    reason", "    because: x\n    reason", "`statements.0.because` must be a known key"),
        ("title: A title", "title: A title\npages: 1", "`pages` must be a known key"),
        ("method: symbolic", "method: magic", "`statements.0.method` must be one of algebra"),
        ("method: symbolic", "tolerance: 1.0e-9", "have either a method or a need"),
        (
            "method: symbolic",
            "method: symbolic\n    needs: a run",
            "have either a method or a need",
        ),
        ("verdict: right", "verdict: not computable", "neither if not computable"),
        ("verdict: right", "verdict: true", "`statements.0.verdict` must be a string"),
        (
            "verdict: right",
            "verdict: nice",
            "verdict` must be one of right, needs a condition",
        ),
        ("    reason: It is.\n", "", "`statements.0.reason` must be given"),
        ("reason: It is.", "reason: ''", "`statements.0.reason` must have at least 1 character"),
        ("id: A1", "id: F1", "`statements.0.id` must match"),
        ('"Fig. 7"', '"Figure 7"', "`statements.0.equations.1` must match"),
        ("docs/d.md#e-f", "the docs", "`statements.0.evidence.1` must match"),
        ('"2004.09280"', "2004.09280", "`paper` must be a string"),
        ("year: 2020", "year: 2020\nyear: 2021", "key 'year' appears twice"),
    ],
)
def test_what_is_no_statement_is_refused(old: str, new: str, message: str) -> None:
    assert old in PAPER
    with pytest.raises(ConfigError, match=re.escape(message)) as error:
        read_paper(PAPER.replace(old, new), "FILE")
    assert str(error.value).startswith("FILE")


def test_an_id_is_that_of_one_statement() -> None:
    paper = read_paper(PAPER, "FILE")
    require_unique([paper])
    with pytest.raises(ConfigError, match="id A1 must be that of one statement, but is of 2"):
        require_unique([paper, paper])


def test_every_statement_names_equations_and_every_verdict_is_used() -> None:
    assert [paper.paper for paper in PAPERS] == ["2004.09280", "2008.01540", "2012.05082"]
    assert all(paper.cited_by(statement) for paper in PAPERS for statement in paper.statements)
    assert {statement.verdict for statement in load_statements()} == set(VERDICTS)


@cache
def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("evidence", EVIDENCE)
def test_evidence_is_there(evidence: str) -> None:
    path, _, name = evidence.replace("::", "#").partition("#")
    if path.startswith("tests/"):
        assert name in functions(ROOT / path)
    else:
        headings = re.findall(r"^#+ (.*)", (ROOT / path).read_text("utf-8"), re.MULTILINE)
        assert name in map(anchor, headings)
