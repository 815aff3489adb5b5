"""Verdicts as a table and as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from sweeps import sweep

from nnuniverse.expectations import (
    Verdict,
    junit_xml,
    parse_expectation,
    verdict_remarks,
    verdict_rows,
)

LINES = ["mu3.final < 0", "all(mu2.final > 2)", "mu4.final < 0"]
VERDICTS = [parse_expectation(line).judge(sweep()) for line in LINES]


def test_a_row_per_verdict() -> None:
    headings, rows = verdict_rows(VERDICTS)
    assert headings == ["expectation", "holds", "value", "95 % interval", "margin", "at"]
    assert [row[:2] for row in rows] == [
        ["mu3.final < 0", "yes"],
        ["all(mu2.final > 2)", "no"],
        ["mu4.final < 0", "no"],
    ]
    value, interval, margin, at = rows[0][2:]
    assert float(margin) == -float(value)
    low, high = map(float, interval[1:-1].split(", "))
    assert low < float(value) < high
    assert at.startswith("depth=")
    assert rows[1][3] == ""
    assert "replica=" in rows[1][5]
    assert rows[2][2:] == ["", "", "", VERDICTS[2].error]


def test_a_test_case_per_verdict() -> None:
    root = ElementTree.fromstring(junit_xml(VERDICTS, "a sweep"))
    assert root.tag == "testsuites"
    (suite,) = root
    counts = {"tests": "3", "failures": "2", "errors": "0"}
    assert root.attrib == counts
    assert suite.attrib == {"name": "a sweep", **counts, "skipped": "0"}
    assert [case.get("name") for case in suite] == LINES
    assert {case.get("classname") for case in suite} == {"a sweep"}
    assert [[child.tag for child in case] for case in suite] == [
        ["system-out"],
        ["failure"],
        ["failure"],
    ]
    passed, failed, unjudged = (case[0] for case in suite)
    assert f"value {VERDICTS[0].value:.5g}, 95 % interval [" in passed.text
    assert f"margin {VERDICTS[1].margin:.5g}" in failed.get("message")
    assert unjudged.get("message") == VERDICTS[2].error
    assert all(child.get("type") == "expectation" for child in (failed, unjudged))


def test_no_verdicts() -> None:
    assert verdict_rows([])[1] == []
    assert ElementTree.fromstring(junit_xml([], "none"))[0].get("tests") == "0"


@given(text=st.text(st.characters()), error=st.text(st.characters()), name=st.text())
def test_any_text_is_escaped(text: str, error: str, name: str) -> None:
    document = junit_xml([Verdict(text, holds=False, error=error or "e")], name)
    (case,) = ElementTree.fromstring(document.encode())[0]
    assert case.get("name").isprintable()
    if text.isprintable():
        assert case.get("name") == " ".join(text.split())


def test_a_verdict_is_plain_data() -> None:
    import json

    fields = json.loads(json.dumps([verdict.as_dict() for verdict in VERDICTS], allow_nan=False))
    assert list(fields[0]) == [
        *("text", "holds", "value", "interval", "margin", "point", "error", "bound_in_interval")
    ]
    assert fields[1]["point"].keys() == {"depth", "replica"}


def test_a_mark_where_the_interval_contains_the_bound() -> None:
    wide = Verdict("a < 0", True, -0.1, (-0.51, 0.3), 0.1, bound_in_interval=True)
    assert [row[1] for row in verdict_rows([wide, *VERDICTS])[1]] == ["yes *", "yes", "no", "no"]
    (remark,) = verdict_remarks([*VERDICTS, wide])
    assert remark.startswith("* The 95 % interval contains the bound")
    assert verdict_remarks(VERDICTS) == []
    assert "[-0.51, 0.3] with the bound in it" in junit_xml([wide], "a sweep")


def test_the_bound_is_looked_for_in_the_interval_of_what_is_compared() -> None:
    low, high = VERDICTS[0].interval or (0.0, 0.0)
    between, beyond = 0.1 * low + 0.9 * high, 3.0 * high - 2.0 * low
    lines = {
        f"mu3.final < {between}": True,
        f"{between} > mu3.final": True,
        f"mu3.final < {beyond}": False,
        f"mu3.final in [{low - 1e6}, {between}]": True,
        f"all(mu3.final < {between})": False,
    }
    found = {line: parse_expectation(line).judge(sweep()) for line in lines}
    assert {line: verdict.bound_in_interval for line, verdict in found.items()} == lines
