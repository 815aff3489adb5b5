"""``nnu runs``: every run folder has its line, whatever state it is in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

from nnuniverse.runs.lock import writing

HEADINGS = ["run", "status", "epochs", "replicas", "boundary loss", "error rate", "size"]
FIELDS = [
    "path",
    "status",
    "epochs",
    "of_epochs",
    "replicas",
    "boundary_loss",
    "error_rate",
    "bytes",
]

Nnu = Callable[..., Any]
Copied = Callable[[], Path]


def listed(nnu: Nnu, root: Path | str) -> list[dict[str, Any]]:
    """Return what ``nnu runs --json`` lists, after checking that the table agrees."""
    result = nnu("runs", "--json", "--out", root)
    assert (result.code, result.err) == (0, "")
    assert "NaN" not in result.out
    summaries = json.loads(result.out)
    assert all(list(summary) == FIELDS for summary in summaries)

    table = nnu("runs", "--out", root)
    assert (table.code, table.err) == (0, "")
    assert "\x1b" not in table.out
    heading, *rows = table.out.splitlines()
    assert heading.split() == " ".join(HEADINGS).split()
    assert len(rows) == len(summaries)
    for row, summary in zip(rows, summaries, strict=True):
        assert row.startswith(summary["path"])
        cells = row.removeprefix(summary["path"]).split()
        assert cells[:2] == [summary["status"], f"{summary['epochs']}/{summary['of_epochs']}"]
    return summaries


def status(nnu: Nnu, folder: Path) -> str:
    (summary,) = listed(nnu, folder.parent.parent)
    assert summary["path"] == str(folder)
    return str(summary["status"])


@pytest.mark.parametrize("root", ["none", "empty", "file", "stray"])
def test_no_runs(root: str, nnu: Nnu) -> None:
    Path("empty").mkdir()
    Path("file").write_text("not a folder")
    Path("stray/a/b").mkdir(parents=True)
    Path("stray/config.yaml").write_text("")
    assert listed(nnu, root) == []
    assert not Path("none").exists()


def test_the_default_folder_is_runs(nnu: Nnu) -> None:
    Path("runs/a/b").mkdir(parents=True)
    Path("runs/a/b/config.yaml").write_text("seed: 3\n")
    assert json.loads(nnu("runs", "--json").out)[0]["path"] == "runs/a/b"


def test_a_finished_run(finished: Any, nnu: Nnu) -> None:
    (summary,) = listed(nnu, finished.folder.parent.parent)
    with h5py.File(finished.folder / "results.h5") as file:
        loss, errors = (file[name][:, -1].mean() for name in ("boundary_loss", "error_rate"))
    assert summary == {
        "path": str(finished.folder),
        "status": "complete",
        "epochs": 3,
        "of_epochs": 3,
        "replicas": 2,
        "boundary_loss": pytest.approx(loss),
        "error_rate": pytest.approx(errors),
        "bytes": sum(file.stat().st_size for file in finished.folder.rglob("*") if file.is_file()),
    }
    table = nnu("runs", "--out", finished.folder.parent.parent).out
    assert f"{loss:.4g}" in table
    assert f"{errors:.2%}" in table


def test_a_diverged_run(diverged: Any, nnu: Nnu) -> None:
    folder = Path(json.loads(diverged.out)["run"])
    (summary,) = listed(nnu, folder.parent.parent)
    assert summary["status"] == "diverged"
    assert summary["of_epochs"] == 3
    assert summary["boundary_loss"] is None
    assert summary["error_rate"] is None


def test_a_run_that_is_being_written(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    with writing(folder):
        assert status(nnu, folder) == "running"
    assert status(nnu, folder) == "complete"


def test_a_run_that_has_only_begun(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    for file in folder.iterdir():
        if file.name != "config.yaml":
            file.unlink()
    assert status(nnu, folder) == "resumable"


def test_a_run_that_stopped_on_its_way(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("epochs: 3\n", "epochs: 300\n"))
    (summary,) = listed(nnu, folder.parent.parent)
    assert (summary["status"], summary["epochs"]) == ("resumable", 3)
    assert summary["of_epochs"] == 300


def cut(name: str, length: int) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:length])


def blank(start: int, end: int) -> Callable[[Path], object]:
    """Fill a part of the results with zeros, as a bad disk does."""

    def damage(folder: Path) -> None:
        content = bytearray((folder / "results.h5").read_bytes())
        content[start:end] = bytes(end - start)
        (folder / "results.h5").write_bytes(content)

    return damage


def replace(variable: str, by: str | None) -> Callable[[Path], object]:
    """Remove a variable of the results, or put something else in its place."""

    def damage(folder: Path) -> None:
        with h5py.File(folder / "results.h5", "r+") as file:
            del file[variable]
            if by == "group":
                file.create_group(variable)
            elif by == "text":
                file[variable] = "text"
            elif by == "scalar":
                file[variable] = 1.0

    return damage


def make_folder(name: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).mkdir()

    return damage


DAMAGE = {
    "empty config": cut("config.yaml", 0),
    "half a config": cut("config.yaml", 100),
    "config of another kind": lambda folder: (folder / "config.yaml").write_bytes(b"\xff\xfe\x00"),
    "wrong config": lambda folder: (folder / "config.yaml").write_text("unknown: 1\n"),
    "config is a folder": make_folder("config.yaml"),
    "empty results": cut("results.h5", 0),
    "first bytes of the results": cut("results.h5", 100),
    "half the results": cut("results.h5", 20_000),
    "zeros in the results": blank(3_000, 20_000),
    "results of another kind": lambda folder: (folder / "results.h5").write_text("text"),
    "results are a folder": make_folder("results.h5"),
    "no epochs": replace("epoch", None),
    "no record of divergence": replace("diverged_epoch", None),
    "epochs are a group": replace("epoch", "group"),
    "epochs are a scalar": replace("epoch", "scalar"),
    "record of divergence is text": replace("diverged_epoch", "text"),
    "record of divergence is a group": replace("diverged_epoch", "group"),
    "loss is a group": replace("boundary_loss", "group"),
    "loss is text": replace("boundary_loss", "text"),
    "loss is a scalar": replace("boundary_loss", "scalar"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_folder(damage: Callable[[Path], object], copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    damage(folder)
    assert status(nnu, folder) == "unreadable"


def test_a_damaged_folder_does_not_hide_the_others(copied: Copied, nnu: Nnu) -> None:
    whole = copied()
    broken = whole.with_name("0-damaged")
    broken.mkdir()
    (broken / "config.yaml").write_text("[")
    summaries = listed(nnu, whole.parent.parent)
    assert [summary["status"] for summary in summaries] == ["unreadable", "complete"]


def test_runs_are_listed_by_name_and_time(nnu: Nnu) -> None:
    for name in ("b/2", "a/3", "c/1", "b/1", "a/1", "c/3", "a/2"):
        Path("runs", name).mkdir(parents=True)
        Path("runs", name, "config.yaml").write_text("seed: 3\n")
    paths = [summary["path"] for summary in listed(nnu, "runs")]
    assert paths == [f"runs/{name}" for name in ("a/1", "a/2", "a/3", "b/1", "b/2", "c/1", "c/3")]


def test_files_that_vanish_while_they_are_listed(
    copied: Copied, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied()
    (folder / ".results.h5.1.tmp").symlink_to("none")
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: path.suffix == ".tmp" or is_file(path))
    assert status(nnu, folder) == "complete"


@pytest.mark.parametrize("root", ["with [red]brackets[/]", "with [/closing", "ünïcode", "a b"])
def test_odd_names_of_folders(root: str, nnu: Nnu) -> None:
    folder = Path(root) / "name" / "run"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("seed: 3\n")
    assert status(nnu, folder) == "resumable"
