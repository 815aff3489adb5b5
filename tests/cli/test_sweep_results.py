"""What becomes of a finished sweep: expectations, figures, analyses of its runs."""

from __future__ import annotations

import csv
import json
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Swept = Any


@pytest.fixture
def sweep(swept: Swept, tmp_path: Path) -> Callable[..., tuple[str, ...]]:
    """Return the arguments of a sweep that is there, with something expected of it."""
    shutil.copytree(swept.root, tmp_path / "sweeps")

    def arguments(*lines: str) -> tuple[str, ...]:
        expected = json.dumps(list(lines))
        return ("sweep", str(swept.file), f"expect={expected}", "--out", str(tmp_path / "sweeps"))

    return arguments


# --- expectations ------------------------------------------------------------------------------


def test_what_holds(sweep: Callable[..., tuple[str, ...]], nnu: Nnu) -> None:
    result = nnu(*sweep("boundary_loss.final > 0", "mu2.final[epochs=4] >= 0"))
    assert result.code == 0, result.err
    table = result.out.splitlines()[4:]
    assert table[0].split()[:3] == ["expectation", "holds", "value"]
    assert [line.split("  ")[0] for line in table[1:]] == [
        "boundary_loss.final > 0",
        "mu2.final[epochs=4] >= 0",
    ]


def test_what_does_not_hold_is_exit_3(
    sweep: Callable[..., tuple[str, ...]], nnu: Nnu, tmp_path: Path
) -> None:
    lines = ("boundary_loss.final < -1", "mu2.final > -1", "no_such.final > 0")
    junit = tmp_path / "junit.xml"
    for _ in range(2):  # an earlier JUnit file is replaced
        result = nnu(*sweep(*lines), "--junit", junit)
        assert result.code == 3
    (failure,) = result.err.splitlines()[1:]
    assert failure == (
        "nnu: what is expected must hold, but `boundary_loss.final < -1` does not (1 more). "
        "Try the table."
    )
    suite = ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failed = [
        case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None
    ]
    assert failed == [lines[0], lines[2]]


def test_verdicts_as_json(sweep: Callable[..., tuple[str, ...]], nnu: Nnu) -> None:
    result = nnu(*sweep("boundary_loss.final < -1"), "--json")
    assert result.code == 3
    (verdict,) = json.loads(result.out)["expectations"]
    assert (verdict["text"], verdict["holds"]) == ("boundary_loss.final < -1", False)
    assert verdict["margin"] == pytest.approx(-1.0 - verdict["value"])


def test_a_line_that_is_no_expectation_starts_nothing(
    make_sweep: Callable[..., Path], refused: Refused, tmp_path: Path
) -> None:
    file = make_sweep("wrong", expect=["mu3.final <"])
    assert "mu3.final <" in refused("sweep", file)
    assert not (tmp_path / "runs").exists()


def test_junit_replaces_nothing_else(swept: Swept, refused: Refused, tmp_path: Path) -> None:
    notes = tmp_path / "notes.xml"
    notes.write_text("<notes/>")
    line = refused("sweep", swept.file, "--junit", notes)
    assert "must be new or an earlier JUnit file" in line
    assert notes.read_text() == "<notes/>"
    assert "must lie in a folder" in refused("sweep", swept.file, "--junit", tmp_path / "a/b.xml")


def test_a_part_judges_nothing(sweep: Callable[..., tuple[str, ...]], nnu: Nnu) -> None:
    result = nnu(*sweep("boundary_loss.final < -1"), "--part", "0/2")
    assert result.code == 0, result.err
    assert "expectation" not in result.out


# --- ranking -----------------------------------------------------------------------------------


def test_points_in_order(swept: Swept, nnu: Nnu) -> None:
    with (swept.folder / "sweep.csv").open() as file:
        runs = list(csv.DictReader(file))
    losses = {
        epochs: statistics.fmean(float(r["boundary_loss"]) for r in runs if r["epochs"] == epochs)
        for epochs in ("3", "4")
    }
    ranked = nnu("rank", swept.folder, "boundary_loss.final", "--json")
    assert ranked.code == 0, ranked.err
    points = json.loads(ranked.out)
    assert [str(p["point"]["epochs"]) for p in points] == sorted(losses, key=losses.__getitem__)
    assert [p["value"] for p in points] == pytest.approx(sorted(losses.values()))
    largest = nnu("rank", swept.folder, "boundary_loss.final", "--largest", "--top", 1)
    headings, row = largest.out.splitlines()
    assert headings.split()[:3] == ["rank", "epochs", "value"]
    assert row.split()[:2] == ["1", max(losses, key=losses.__getitem__)]


def test_a_person_can_type_a_ranked_point_again(swept: Swept, nnu: Nnu, tmp_path: Path) -> None:
    axes = json.dumps({"train.learning_rate": [0.123456, 0.123457]})
    made = nnu("sweep", swept.file, f"axes={axes}", "train.epochs=1", "--out", tmp_path)
    assert made.code == 0, made.err
    ranked = nnu("rank", tmp_path / "swept", "boundary_loss.final")
    shown = {line.split()[1] for line in ranked.out.splitlines()[1:]}
    assert shown == {"0.123456", "0.123457"}


def test_points_without_a_value_are_counted(swept: Swept, nnu: Nnu) -> None:
    result = nnu("rank", swept.folder, "boundary_loss.at(4)")
    assert result.code == 0, result.err
    assert [line.split()[1] for line in result.out.splitlines()] == ["epochs", "4"]
    assert result.err.startswith("nnu: 1 point has no value: `boundary_loss` must be there")


def test_rankings_that_cannot_be(swept: Swept, refused: Refused, tmp_path: Path) -> None:
    assert "Try one of boundary_loss, test_boundary_loss." in refused(
        "rank", swept.folder, "boundary_los.final"
    )
    assert "must have its end" in refused("rank", swept.folder, "mu3.final < 0")
    refused("rank", tmp_path, "mu3.final")
    line = refused("rank", swept.folder, "complexity.final")
    assert "has one for every complexity_n. Try its number after the name" in line
    assert "must have an epoch" in refused("rank", swept.folder, f"mu3.at({'9' * 400})")


# --- figures and analyses ----------------------------------------------------------------------


def test_a_plot_of_the_sweep(swept: Swept, nnu: Nnu, tmp_path: Path) -> None:
    options = ("--x", "epochs", "--y", "boundary_loss", "--out", tmp_path)
    result = nnu("plot", "sweep", swept.folder, *options)
    assert (result.code, result.err) == (0, "")
    names = [Path(line).name for line in result.out.splitlines()]
    assert names == [f"sweep-boundary_loss-over-epochs.{s}" for s in ("png", "svg", "pdf", "csv")]
    with (tmp_path / names[-1]).open() as drawn, (swept.folder / "sweep.csv").open() as file:
        rows, runs = list(csv.DictReader(drawn)), list(csv.DictReader(file))
    for row in rows:
        losses = [float(r["boundary_loss"]) for r in runs if r["epochs"] == row["epochs"]]
        assert row["replicas"] == str(len(losses)) == "2"
        assert float(row["boundary_loss"]) == pytest.approx(sum(losses) / 2)
        assert float(row["low"]) < float(row["boundary_loss"]) < float(row["high"])
    assert [row["epochs"] for row in rows] == ["3", "4"]


def test_plots_that_cannot_be(swept: Swept, refused: Refused) -> None:
    plot = ("plot", "sweep", swept.folder)
    assert "must be given one SWEEP folder" in refused(*plot, "--x", "epochs")
    assert "`--x` must name an axis" in refused(*plot, "--x", "depth", "--y", "mu3")
    assert "`--y` must name what was measured" in refused(*plot, "--x", "epochs", "--y", "mu9")
    assert "`--hue` must name an axis" in refused(
        *plot, "--x", "epochs", "--y", "mu3", "--hue", "a"
    )
    left_open = refused(*plot, "--x", "snapshot", "--y", "mu3")
    assert "the axis epochs must be drawn or chosen from" in left_open
    chosen = (*plot, "--x", "snapshot", "--y", "mu3", "--where")
    assert "is '7'. Try one of 3, 4." in refused(*chosen, "epochs=7")
    assert "`--where` must name an axis" in refused(*chosen, "replica=0")
    for name in ("replica", "seed"):
        assert "`--x` must name an axis" in refused(*plot, "--x", name, "--y", "mu3")
        over = refused(*plot, "--x", "epochs", "--y", "mu3", "--hue", name)
        assert "`--hue` must name an axis of the sweep, but is" in over
    twice = refused(*plot, "--x", "epochs", "--y", "mu3", "--hue", "epochs")
    assert "`--hue` must be along another axis than --x" in twice
    unknown = refused(*plot, "--x", "epochs", "--y", "complexity_999")
    known = unknown.partition("Try ")[2].split(", ")
    assert {"mu3", "complexity_2", "log_eigenvalues_1"} <= set(known)
    assert not {"measured", "complexity"} & set(known)
    assert "`--where` must be KEY=LABEL" in refused(*chosen, "epochs")
    assert "`--epoch` must be a snapshot" in refused(
        *plot, "--x", "epochs", "--y", "mu3", "--epoch", 99
    )


def test_commands_for_runs_take_a_sweep(swept: Swept, nnu: Nnu, tmp_path: Path) -> None:
    analysis = nnu("analyze", swept.folder, "--json", "--resamples", 99)
    assert analysis.code == 0, analysis.err
    assert len(json.loads(analysis.out)["runs"]) == 2
    files = nnu("plot", "moments", swept.folder, "--out", tmp_path, "--format", "svg")
    assert files.code == 0, files.err


def test_a_sweep_is_listed_and_its_runs_ranked(swept: Any, nnu: Nnu) -> None:
    listed = json.loads(nnu("runs", swept.folder, "--json").out)
    assert len(listed) == 2
    paths = [run["path"] for run in listed]
    ranked = json.loads(nnu("rank", *paths, "mu2.final", "--json").out)
    assert sorted(run["point"]["run"] for run in ranked) == sorted(paths)
    assert sorted(run["settings"]["train.epochs"] for run in ranked) == [3, 4]
    alone = json.loads(nnu("rank", swept.folder, "mu2.final", "--json").out)
    assert [run["value"] for run in ranked] == pytest.approx([point["value"] for point in alone])


def test_a_sweep_by_its_name(swept: Swept, nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("runs").symlink_to(swept.root)
    status = json.loads(nnu("sweep", "swept", "--status", "--json").out)
    assert status == json.loads(nnu("sweep", "runs/swept", "--status", "--json").out)
    ranked = [nnu("rank", of, "mu2.final").out for of in ("swept", swept.folder)]
    assert ranked[0] == ranked[1]
    drawn = nnu("plot", "sweep", "swept", "--x", "epochs", "--y", "mu2", "--out", "here")
    assert drawn.code == 0, drawn.err
