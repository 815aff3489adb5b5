"""The verdicts of a paper as Markdown, and where pages hold them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_claims import STATEMENTS, measured

from nnuniverse.claims.reproduction.judged_claims import JudgedPaper, ProtocolShare
from nnuniverse.claims.reproduction.judging import judge_numbers
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
from nnuniverse.claims.reproduction.results_table import (
    PAPER,
    results_blocks,
    with_blocks,
)
from nnuniverse.errors import ConfigError


@pytest.fixture(scope="module")
def judged() -> JudgedPaper:
    """The paper's numbers, of which runs gave two."""
    paper = load_printed_numbers(PAPER).paper
    given = {
        "E4.deep.mu2": measured([1.5, 1.7, 1.6, 1.4, 1.3]),
        "E4.deep.mu3": measured([-0.1, -0.9, -0.5, -0.8, -0.7]),
    }
    claims = judge_numbers(paper.numbers, given, STATEMENTS)
    return JudgedPaper(paper, claims, (), (), True, "0", "nnu reproduce it --judge")


def rows(block: str, of: str) -> list[list[str]]:
    """The cells of the rows that hold a text."""
    lines = [line for line in block.splitlines() if of in line and line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_claim_has_a_row_with_its_verdict(judged: JudgedPaper) -> None:
    block = results_blocks(judged)["verdicts"]
    for claim in judged.claims:
        (row,) = rows(block, f"| {claim.number.id} |")
        assert row[-2] == f"**{claim.verdict}**"
    assert f"{len(judged.claims)} claims (" in block
    assert "`nnu reproduce it --judge`" in block


def test_numbers_are_told_seed_by_seed(judged: JudgedPaper) -> None:
    block = results_blocks(judged)["numbers"]
    (row,) = rows(block, "E4.deep.mu3")
    claim = next(claim for claim in judged.claims if claim.number.id == "E4.deep.mu3")
    assert row[3] == "-0.1 -0.9 -0.5 -0.8 -0.7"
    assert row[-2:] == ["**undecided**", "none"]
    assert claim.p is not None and row[4] == f"{claim.p:.2g}"
    (row,) = rows(block, "E4.deep.mu2")
    assert row[-1].endswith("(differs)")
    assert len(rows(block, "| E")) == 12


def test_protocols_have_a_column_where_there_are_any(judged: JudgedPaper) -> None:
    claims = tuple(replace(claim, protocols=ProtocolShare(2, 5, 9)) for claim in judged.claims)
    (row,) = rows(results_blocks(replace(judged, claims=claims))["verdicts"], "E4.deep.mu2")
    assert row[-1] == "2, 5 of 9"


def test_only_what_is_marked_is_replaced(judged: JudgedPaper) -> None:
    blocks = results_blocks(judged)
    page = "before\n\n<!-- numbers -->\nold\n<!-- end of numbers -->\n\nafter\n"
    found = with_blocks(page, blocks, "page")
    assert found.startswith("before\n") and found.endswith("\nafter\n")
    assert blocks["numbers"] in found and "old" not in found
    assert with_blocks(found, blocks, "page") == found
    for wrong in ("<!-- numbers -->\nno end", page + page):
        with pytest.raises(ConfigError, match="page must have one `<!-- numbers -->`"):
            with_blocks(wrong, blocks, "page")
