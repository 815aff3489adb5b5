"""Tags and notes lie beside the results, which do not change, and survive what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import begin

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import annotate, look_at, parse_condition, parse_tag, select_runs
from nnuniverse.runs.annotations import Annotations, annotations_of


def test_tags_and_notes_are_set_changed_and_removed(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    before = {path: path.read_bytes() for path in folder.path.iterdir() if path.is_file()}
    annotate(folder, {"figure": 3, "state": "good"}, "for the talk")
    annotate(folder, {"figure": 4, "ready": True})
    tags = {"figure": 4, "state": "good", "ready": True}
    assert annotations_of(folder) == Annotations(tags, "for the talk")
    annotate(folder, {"figure": None, "state": None}, "")
    assert annotations_of(folder) == Annotations({"ready": True})
    after = {path: path.read_bytes() for path in folder.path.iterdir() if path.is_file()}
    assert after.pop(folder.annotations)
    assert after == before


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("figure=3", ("figure", 3)),
        ("beta=0.5", ("beta", 0.5)),
        ("a.b-c=yes or no", ("a.b-c", "yes or no")),
        ("ready=true", ("ready", True)),
        ("x=.inf", ("x", ".inf")),
        ("x=[1,2]", ("x", "[1,2]")),
        ("x=a=b", ("x", "a=b")),
        ("x=", ("x", None)),
    ],
)
def test_what_is_a_tag(text: str, tag: tuple[str, object]) -> None:
    assert parse_tag(text) == tag


@pytest.mark.parametrize("text", ["figure", "=3", "a b=3", "ä=3", "x" * 65 + "=3"])
def test_what_is_no_tag(text: str) -> None:
    with pytest.raises(ConfigError, match="`--tag` must be KEY=VALUE"):
        parse_tag(text)


def test_filters(tmp_path: Path) -> None:
    tagged, other = begin(tmp_path), begin(tmp_path, second=1)
    annotate(tagged, {"figure": 3}, "a Good one")

    def found(text: str) -> list[object]:
        runs = [look_at(tagged), look_at(other)]
        return [run.folder for run in select_runs(runs, [parse_condition(text)])]

    for text in ("tag.figure=3", "tag.figure>2", "note~good", "note=a Good one"):
        assert found(text) == [tagged], text
    assert found("tag.figure!=4") == [tagged], "a run without the tag is never meant"
    assert found("tag.other=1") == []


@pytest.mark.parametrize("content", ["", "[]", '{"tags": {"a": []}, "note": ""}', "[" * 10_000])
def test_a_damaged_file_hides_nothing_and_is_kept(content: str, tmp_path: Path) -> None:
    folder = begin(tmp_path)
    folder.annotations.write_text(content)
    assert look_at(folder).summary.status == "resumable"
    with pytest.raises(RunError, match="must hold tags and a note, but does not"):
        annotate(folder, {"a": 1})
    assert folder.annotations.read_text() == content


def test_too_long(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at most 10000 characters"):
        annotate(begin(tmp_path), {}, "x" * 10_001)
