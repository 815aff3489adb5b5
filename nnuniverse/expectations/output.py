"""Verdicts as a table, and as the JUnit XML that continuous integration reads."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from nnuniverse.axis_labels import label_text, labels_in_words
from nnuniverse.errors import printable
from nnuniverse.expectations.judgement import Verdict
from nnuniverse.expectations.ranking import RankedPoint

HEADINGS = ["expectation", "holds", "value", "95 % interval", "margin", "at"]

MARK = "*"
"""Stands where the interval contains the bound."""

REMARK = f"{MARK} The 95 % interval contains the bound: other seeds may say the opposite."


def verdict_rows(verdicts: Sequence[Verdict]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and rows of a table; what could not be judged says why at the end.

    ``verdicts``: one per expectation.
    """
    return HEADINGS, [
        [
            verdict.text,
            _holds(verdict),
            _number(verdict.value),
            _interval(verdict.interval),
            _number(verdict.margin),
            verdict.error or labels_in_words(verdict.point),
        ]
        for verdict in verdicts
    ]


def verdict_remarks(verdicts: Sequence[Verdict]) -> list[str]:
    """Return the sentences that stand below the table of `verdict_rows`: what its mark means.

    ``verdicts``: one per expectation.
    """
    return [REMARK] if any(verdict.bound_in_interval for verdict in verdicts) else []


def ranking_rows(points: Sequence[RankedPoint]) -> tuple[list[str], list[list[str]]]:
    """Return the headings and rows of a table of points that have a value, at least one."""
    return ["rank", *points[0].point, *points[0].settings, "value", "95 % interval"], [
        [
            str(number),
            *map(label_text, [*point.point.values(), *point.settings.values()]),
            _number(point.value),
            _interval(point.interval),
        ]
        for number, point in enumerate(points, 1)
    ]


def junit_xml(verdicts: Sequence[Verdict], suite_name: str) -> str:
    """Return one test suite with a test case per verdict, as JUnit XML.

    ``verdicts``: one per expectation; ``suite_name``: what the suite is called.
    """
    failures = str(sum(not verdict.holds for verdict in verdicts))
    counts = {"tests": str(len(verdicts)), "failures": failures, "errors": "0"}
    suites = ElementTree.Element("testsuites", counts)
    name = _legal(suite_name)
    suite = ElementTree.SubElement(suites, "testsuite", {"name": name, **counts, "skipped": "0"})
    for verdict in verdicts:
        case = ElementTree.SubElement(
            suite, "testcase", {"classname": name, "name": _legal(verdict.text), "time": "0"}
        )
        if verdict.holds:
            ElementTree.SubElement(case, "system-out").text = _legal(_sentence(verdict))
        else:
            message = {"message": _legal(_sentence(verdict)), "type": "expectation"}
            failure = ElementTree.SubElement(case, "failure", message)
            failure.text = _legal(f"{verdict.text}: {_sentence(verdict)}")
    ElementTree.indent(suites)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(suites, 'unicode')}\n"


def _sentence(verdict: Verdict) -> str:
    if verdict.error:
        return verdict.error
    parts = [f"value {_number(verdict.value)}", f"margin {_number(verdict.margin)}"]
    if verdict.interval:
        contains = " with the bound in it" if verdict.bound_in_interval else ""
        parts.insert(1, f"95 % interval {_interval(verdict.interval)}{contains}")
    return ", ".join(parts) + (f" at {labels_in_words(verdict.point)}" if verdict.point else "")


def _holds(verdict: Verdict) -> str:
    return ("yes" if verdict.holds else "no") + f" {MARK}" * verdict.bound_in_interval


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _interval(interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    low, high = interval
    return f"[{_number(low)}, {_number(high)}]"


def _legal(text: str) -> str:
    """Return ``text`` in one line without the characters that XML does not allow."""
    return printable(" ".join(text.split()))
