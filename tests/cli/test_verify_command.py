"""``nnu verify``: verdicts, what they exit with, and what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from nnuniverse.claims import load_statements, registry
from nnuniverse.claims.registry import StatementCheck
from nnuniverse.claims.statements import load_papers

Nnu = Callable[..., Any]


def test_a_table_of_chosen_statements(nnu: Nnu) -> None:
    result = nnu("verify", "A30", "A14")
    assert (result.code, result.err) == (0, "")
    caption, headings, *rows = result.out.splitlines()
    assert caption.startswith("2 statements: 1 right, 1 wrong as printed; ")
    assert headings.split() == [
        "id",
        "equations",
        "printed",
        "corrected",
        "control",
        "s",
        "verdict",
    ]
    assert [row.split()[0] for row in rows] == ["A14", "A30"]
    assert all(len(line) <= 80 for line in result.out.splitlines())


def test_json(nnu: Nnu) -> None:
    document = json.loads(nnu("verify", "A30", "E1", "--json").out)
    first, second = document["checks"]
    assert document["schema"] == 1
    assert (first["id"], first["verdict"], first["changed"]) == ("A30", "wrong as printed", False)
    assert first["printed"]["value"] > 100 * first["tolerance"] > 100 * first["corrected"]["value"]
    assert second["id"] == "E1"
    assert (second["needs"], second["printed"], second["verdict"]) == (
        "a run",
        None,
        "not reproduced",
    )


def test_the_list_says_how_each_is_checked(nnu: Nnu) -> None:
    listed = json.loads(nnu("verify", "--list", "--json").out)
    assert [one["id"] for one in listed] == [one.id for one in load_statements()]
    assert "root finding" in nnu("verify", "--list", "A30").out
    assert "needs: a run" in nnu("verify", "--list", "E1").out


def test_by_paper_and_by_method(nnu: Nnu) -> None:
    listed = json.loads(
        nnu("verify", "2004.09280", "--method", "root finding", "--list", "--json").out
    )
    assert "A30" in [one["id"] for one in listed]
    assert {(one["paper"], one["method"]) for one in listed} == {("2004.09280", "root finding")}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["A99"], "nnu: ID|PAPER must name what there is, but is 'A99'. Try one of 2004.09280"),
        (["--method", "magic"], "nnu: `--method` must name what there is, but is 'magic'. Try one"),
    ],
)
def test_what_there_is_not_is_refused(nnu: Nnu, arguments: list[str], message: str) -> None:
    result = nnu("verify", *arguments)
    assert result.code == 2
    assert result.err.startswith(message)
    assert result.out == ""


def falsified(monkeypatch: pytest.MonkeyPatch, id_: str, verdict: str) -> None:
    """Let a statement be recorded with another verdict."""
    papers = [
        paper.model_copy(
            update={
                "statements": tuple(
                    one.model_copy(update={"verdict": verdict}) if one.id == id_ else one
                    for one in paper.statements
                )
            }
        )
        for paper in load_papers()
    ]
    monkeypatch.setattr(registry, "all_papers", lambda say: papers)


def test_a_verdict_that_differs_is_exit_code_3(nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> None:
    falsified(monkeypatch, "A30", "right")
    result = nnu("verify", "A30", "A14")
    assert result.code == 3
    assert "wrong as printed, not right" in re.sub(r"\s+", " ", result.out)
    assert "A30 is wrong as printed (was right)" in result.err
    assert "A14 is" not in result.err


def test_a_check_that_raises_is_broken(nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise ValueError("no root")

    checks = {**registry.checks_of(), "A30": StatementCheck("A30", fails)}
    monkeypatch.setattr(registry, "checks_of", lambda package=registry.OWN: dict(checks))
    result = nnu("verify", "A30", "A14")
    assert result.code == 3
    assert "A30 is broken (ValueError: no root)" in result.err
    assert nnu("verify", "A30").code == 1
