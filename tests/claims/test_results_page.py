"""Pages state the verdicts that the shipped scalars give; no others are on record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from nnuniverse.claims.reproduction.judged_claims import JudgedPaper
from nnuniverse.claims.reproduction.results_table import (
    PAGES,
    PAPER,
    judged_from_shipped,
    results_blocks,
    with_blocks,
)
from nnuniverse.claims.statements import load_statements

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def judged() -> JudgedPaper:
    return judged_from_shipped(PAPER)


@pytest.mark.parametrize("page", PAGES)
def test_pages_show_what_the_scalars_give(page: str, judged: JudgedPaper) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert with_blocks(text, results_blocks(judged), page) == text
    assert "<!-- end of " in text


def test_every_verdict_is_on_record(judged: JudgedPaper) -> None:
    assert judged.shipped
    assert "out of reach" not in {one.verdict for one in judged.claims}
    recorded = {one.number.id: one.number.recorded for one in judged.claims}
    assert recorded == {one.number.id: one.verdict for one in judged.claims}
    assert judged.changed == ()


def test_a_statement_on_moments_quotes_the_same_intervals(judged: JudgedPaper) -> None:
    (statement,) = (one for one in load_statements() if one.id == "E4")
    reason = " ".join(statement.reason.split())
    rows = results_blocks(judged)["outcome"].splitlines()
    for net in ("deep", "shallow"):
        for k in (2, 3):
            (row,) = (row for row in rows if f"mu_{k} per eigenvalue of the {net} net" in row)
            assert row.split("|")[3].strip() in reason


def test_the_runs_are_named_with_what_made_them(judged: JudgedPaper) -> None:
    assert {run.of for run in judged.runs} == {"deep", "shallow", "depth"}
    for run in judged.runs:
        assert len(run.commit) >= 40
        assert run.packages["jax"]
        assert run.folder is None
        assert run.seeds == tuple(range(10))


def test_one_of_them_by_hand(judged: JudgedPaper) -> None:
    (claim,) = (one for one in judged.claims if one.number.id == "E4.deep.mu2")
    assert claim.measured is not None
    ours = np.sqrt(claim.measured.values)
    half = 0.5 * (np.sqrt(2.445) - np.sqrt(2.435))
    error = ours.std(ddof=1) * np.sqrt(1.0 + 1.0 / len(ours))
    p = 2.0 * stats.t.sf(abs(np.sqrt(2.44) - ours.mean()) / error - half / error, len(ours) - 1)
    np.testing.assert_allclose(claim.p, p)
