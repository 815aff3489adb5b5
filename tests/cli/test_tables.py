"""Tables on stdout: nothing is lost, whatever they are printed to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.cli.display.tables import (
    MANY_SNAPSHOTS,
    print_snapshots,
    print_table,
    snapshots_as_json,
)
from nnuniverse.runs import Results
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


def test_columns_are_aligned(capsys: Captured) -> None:
    print_table(["run", "loss"], [["a", "1.5"], ["longer", "10.25"]], "a caption")
    assert capsys.readouterr().out.splitlines() == [
        "run      loss",
        "a         1.5",
        "longer  10.25",
        "a caption",
    ]


def test_a_pipe_has_no_width(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    row = [LONG * 5, *("0.123456789" for _ in WIDE[1:])]
    print_table(WIDE, [row], "a caption that is longer than the columns")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].split() == row


def test_a_terminal_cuts_nothing(
    terminal: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen = terminal()
    row = [LONG, *(f"0.12345678{n}" for n in range(9))]
    print_table(WIDE, [row])
    assert "…" not in screen.getvalue()
    for cell in row:
        assert cell in screen.getvalue()


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
    heading, *rows, caption = capsys.readouterr().out.splitlines()
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
    heading, first, second, third, caption = capsys.readouterr().out.splitlines()
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
    _, *rows, caption = capsys.readouterr().out.splitlines()
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
