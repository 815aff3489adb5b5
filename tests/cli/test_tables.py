"""Tables on stdout: nothing is lost, whatever they are printed to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.cli.display.layout import FEW_ROWS
from nnuniverse.cli.display.tables import (
    MANY_SNAPSHOTS,
    print_snapshots,
    print_table,
    print_tables,
    snapshots_as_json,
)
from nnuniverse.runs import Results
from nnuniverse.text_table import TextTable
from nnuniverse.variables import Axis, Schema, Variable

Captured = pytest.CaptureFixture[str]

LONG = "runs/a-name-of-more-than-a-few-characters/20260102T030405Z-0123abcd"
WIDE = ["epoch", *(f"a column called {n}" for n in range(9))]


def results_file(
    path: Path, snapshots: np.ndarray, mu2: np.ndarray, complexity: np.ndarray | None = None
) -> Path:
    """Write results with one observable of each kind that a table shows, and one it does not."""
    replicas = len(mu2)
    complexity = np.zeros((replicas, len(snapshots), 2)) if complexity is None else complexity
    dims = ("replica", "snapshot")
    results = Results(
        range(replicas),
        Schema(
            axes=[
                Axis("complexity_n", "n", np.array([20, 834])),
                Axis("eigenvalue", "number of the eigenvalue", np.arange(3)),
            ],
            running_losses=[
                Variable("running_boundary_loss", ("replica", "epoch"), "loss", "2004.09280 (2.11)")
            ],
            observables=[
                Variable("mu2", dims, "second moment", "here"),
                Variable("complexity", (*dims, "complexity_n"), "complexity", "here"),
                Variable("log_eigenvalues", (*dims, "eigenvalue"), "logarithms", "here"),
            ],
        ),
        {},
    )
    last = int(snapshots[-1])
    results.append(
        {"running_boundary_loss": np.zeros((replicas, last))},
        snapshots,
        {
            "mu2": mu2,
            "complexity": complexity,
            "log_eigenvalues": np.zeros((replicas, len(snapshots), 3)),
        },
        np.full(replicas, -1),
    )
    results.write(path, {})
    return path


# --- any table ---------------------------------------------------------------------------------


def test_columns_are_aligned_under_the_caption(capsys: Captured) -> None:
    print_table(["run", "loss"], [["a", "1.5"], ["longer", "10.25"]], "a caption")
    assert capsys.readouterr().out.splitlines() == [
        "a caption",
        "run      loss",
        "a         1.5",
        "longer  10.25",
    ]


def test_a_blank_line_between_tables(capsys: Captured) -> None:
    print_tables([TextTable(["a"], [["1"]], "first"), TextTable(["b"], [["2"]], "second")])
    assert capsys.readouterr().out == "first\na\n1\n\nsecond\nb\n2\n"


@pytest.fixture(params=[60, 80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Columns that there are, of which a pipe is told by COLUMNS or, if 80, by nobody."""
    columns: int = request.param
    if columns == 80:
        monkeypatch.delenv("COLUMNS")
    else:
        monkeypatch.setenv("COLUMNS", str(columns))
    return columns


def test_a_table_fits_and_keeps_its_cells_whole(width: int, capsys: Captured) -> None:
    rows = [[str(epoch), *(f"0.1234{n} +0.5{epoch} -0.2" for n in range(9))] for epoch in range(9)]
    print_table(WIDE, rows, "a caption that is longer than are the columns of a narrow terminal")
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= width
    caption, *parts = text.split("\n\n")
    assert f"columns in {len(parts) + 1} parts" in " ".join(caption.split("epoch")[0].split())
    for cell in (cell for row in rows for cell in row[1:]):
        assert cell in text
    for part in [caption, *parts]:  # each with the first column
        assert [line.split()[0] for line in part.splitlines()[-9:]] == list("012345678")


def test_headings_are_broken_before_columns_are(capsys: Captured, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    print_table(["epoch", "a long heading", "another"], [["1", "0.5", "2"]])
    assert capsys.readouterr().out.splitlines() == [
        "        a long",
        "epoch  heading  another",
        "    1      0.5        2",
    ]


def test_rows_with_long_names_take_several_lines(capsys: Captured, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    rows = [[LONG, "complete", "10/10", "0.4383"], [LONG[:-1] + "e", "running", "1/10", ""]]
    print_table(["run", "status", "epochs", "boundary loss"], rows)
    assert capsys.readouterr().out.splitlines() == [
        "each row on several lines",
        LONG,
        "  status complete  epochs 10/10  boundary loss 0.4383",
        LONG[:-1] + "e",
        "  status running   epochs  1/10  boundary loss      -",
    ]


def test_many_rows_are_not_parted(capsys: Captured, monkeypatch: Any) -> None:
    """Nobody finds the other half of a row pages further down."""
    monkeypatch.setenv("COLUMNS", "40")
    rows = [[str(n), *("0.12345678" for _ in range(4))] for n in range(FEW_ROWS + 1)]
    print_table(["epoch", "a", "b", "c", "d"], rows)
    remark, first, second, third, *_ = capsys.readouterr().out.splitlines()
    assert remark == "each row on several lines"
    assert (first, second) == ("epoch 0", "  a 0.12345678  b 0.12345678")
    assert third == "  c 0.12345678  d 0.12345678"


def test_words_wider_than_all_columns_are_broken_between(
    capsys: Captured, monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    print_table(["check", "finding"], [["sum = 0", "is off in replica 3 by much"]])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "sum = 0",
        "  finding is off in",
        "    replica 3 by much",
    ]


def test_a_table_on_a_terminal_has_a_rule(terminal: Callable[[], Any]) -> None:
    screen = terminal()
    print_table(["run", "loss"], [["a", "1.5"]])
    assert "──" in screen.getvalue()


def test_no_colour_on_a_terminal(
    terminal: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    screen = terminal()
    print_table(["run", "loss"], [["a", "1.5"]], "a caption")
    assert "1.5" in screen.getvalue()
    assert "\x1b" not in screen.getvalue()


def test_cells_are_no_markup(capsys: Captured) -> None:
    row = ["[red]x", "[/]", "[bold]1[/bold]", ":smile:"]
    print_table(["a", "b", "c", "d"], [row])
    assert capsys.readouterr().out.splitlines()[1].split() == row


def test_a_table_without_rows(capsys: Captured) -> None:
    print_table(["run", "loss"], [])
    assert capsys.readouterr().out.split() == ["run", "loss"]


# --- snapshots ---------------------------------------------------------------------------------


def test_snapshots_of_one_replica(tmp_path: Path, capsys: Captured) -> None:
    mu2 = np.array([[6.25, 1234567.0, 1e-9]])
    complexity = np.arange(6.0).reshape(1, 3, 2)
    print_snapshots(results_file(tmp_path / "results.h5", np.array([0, 1, 5]), mu2, complexity))
    caption, heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["epoch", "mu2", "C_20", "C_834"]
    assert [row.split() for row in rows] == [
        ["0", "6.25", "0", "1"],
        ["1", "1.235e+06", "2", "3"],
        ["5", "1e-09", "4", "5"],
    ]
    assert caption == "3 of 3 snapshots"


def test_snapshots_of_several_replicas(tmp_path: Path, capsys: Captured) -> None:
    mu2 = np.array([[1.0, 1.0, np.nan], [2.0, np.nan, np.nan], [6.0, 4.0, np.nan]])
    print_snapshots(results_file(tmp_path / "results.h5", np.array([0, 1, 2]), mu2))
    caption, heading, first, second, third = capsys.readouterr().out.splitlines()
    assert heading.split()[:2] == ["epoch", "mu2"]
    # Student's t times sqrt(7/3) and, of the two that are there, 1.5, about the log of the mean
    assert first.split()[:4] == ["0", "3", "+24", "-2.7"]
    assert second.split()[:4] == ["1", "2.5", "+5.1e+03", "-2.5"]
    assert third.split()[:2] == ["2", "-"]
    assert caption == ("3 of 3 snapshots; means over 3 replicas, ± or + - their 95 % interval")


@pytest.mark.parametrize("count", [MANY_SNAPSHOTS, MANY_SNAPSHOTS + 1, 200])
def test_many_snapshots_are_thinned_out(count: int, tmp_path: Path, capsys: Captured) -> None:
    possible = np.unique(np.rint(np.geomspace(1, 3000, 4 * count)).astype(int))
    chosen = np.linspace(0, len(possible) - 1, count - 1).astype(int)
    snapshots = np.concatenate([[0], possible[chosen]])
    path = results_file(tmp_path / "results.h5", snapshots, np.zeros((1, count)))
    print_snapshots(path)
    caption, _, *rows = capsys.readouterr().out.splitlines()
    shown = [int(row.split()[0]) for row in rows]
    assert caption == f"{len(shown)} of {count} snapshots"
    if count <= MANY_SNAPSHOTS:
        assert shown == list(snapshots)
    else:
        assert len(shown) <= MANY_SNAPSHOTS
        assert shown == sorted(set(shown))
        assert (shown[0], shown[-1]) == (0, 3000)
        for decade in (1, 10, 100, 1000):
            assert any(decade <= epoch < 10 * decade for epoch in shown)


def test_snapshots_as_json_have_null_where_nothing_is(tmp_path: Path) -> None:
    mu2 = np.array([[1.0, np.nan], [2.5, 3.5]])
    path = results_file(tmp_path / "results.h5", np.array([0, 2]), mu2)
    assert snapshots_as_json(path) == {
        "snapshot": [0, 2],
        "mu2": [[1.0, None], [2.5, 3.5]],
        "C_20": [[0.0, 0.0], [0.0, 0.0]],
        "C_834": [[0.0, 0.0], [0.0, 0.0]],
    }
