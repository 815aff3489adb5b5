"""``nnu runs``: every run folder has its line, whatever state it is in."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import h5py
import pytest
from changing import changed

from nnuniverse.config import load_config
from nnuniverse.experiments.train import start_run
from nnuniverse.runs.lock import writing

HEADINGS = [
    "run",
    "status",
    "epochs",
    "replicas",
    "boundary loss",
    "error rate",
    "test error",
    "mu_2",
    "size",
]
FIELDS = [
    "path",
    "status",
    "epochs",
    "of_epochs",
    "replicas",
    "boundary_loss",
    "error_rate",
    "bytes",
    "test_error_rate",
    "mu2",
    "started",
    "tags",
    "note",
    "neurons",
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
    assert (table.code, table.err) == (0, "" if summaries else f"nnu: no run is in '{root}'\n")
    assert "\x1b" not in table.out
    if not summaries:
        assert table.out == ""
        return []
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
        names = ("boundary_loss", "error_rate", "test_error_rate", "mu2")
        loss, errors, test_errors, mu2 = (file[name][:, -1].mean() for name in names)
    assert summary == {
        "path": str(finished.folder),
        "status": "complete",
        "epochs": 3,
        "of_epochs": 3,
        "replicas": 2,
        "boundary_loss": pytest.approx(loss),
        "error_rate": pytest.approx(errors),
        "bytes": sum(file.stat().st_size for file in finished.folder.rglob("*") if file.is_file()),
        "test_error_rate": pytest.approx(test_errors),
        "mu2": pytest.approx(mu2),
        "started": f"{datetime.strptime(finished.folder.name[:16], '%Y%m%dT%H%M%SZ').isoformat()}Z",
        "tags": {},
        "note": "",
        "neurons": None,
    }
    table = nnu("runs", "--out", finished.folder.parent.parent).out
    assert f"{loss:.4g}" in table
    assert f"{errors:.2%}" in table
    assert f"{test_errors:.2%}" in table
    assert f"{mu2:.4g}" in table


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


def test_a_run_that_stopped_on_its_way(config: Path, tmp_path: Path, nnu: Nnu) -> None:
    asked = iter([False, True])
    begun = start_run(load_config(config), tmp_path / "begun", stop=lambda: next(asked)).folder
    (summary,) = listed(nnu, begun.path.parent.parent)
    assert (summary["status"], summary["epochs"]) == ("resumable", 0)
    assert summary["of_epochs"] == 3


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
        with changed(folder / "results.h5") as file:
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


# --- which runs --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def three(config: Path, tmp_path_factory: pytest.TempPathFactory, nnu: Nnu) -> Path:
    """A root with three trained runs, of two names, which nobody changes."""
    root = tmp_path_factory.mktemp("three")
    for overrides in (["name=a"], ["name=b", "train.epochs=2"], ["name=b", "network.hidden=[2]"]):
        assert nnu("train", config, *overrides, "--out", root).code == 0
    return root


def chosen(nnu: Nnu, root: Path, *arguments: object) -> list[str]:
    result = nnu("runs", *arguments, "--json", "--out", root)
    assert (result.code, result.err) == (0, "")
    return [Path(summary["path"]).parent.name for summary in json.loads(result.out)]


def test_filters(three: Path, nnu: Nnu) -> None:
    assert chosen(nnu, three) == ["a", "b", "b"]
    assert chosen(nnu, three, "name=b") == ["b", "b"]
    assert chosen(nnu, three, "name=b", "train.epochs<3") == ["b"]
    assert chosen(nnu, three, "network.hidden=[3]", "status=complete") == ["a", "b"]
    assert chosen(nnu, three, "boundary_loss>=0", "epochs!=2") == ["a", "b"]
    assert chosen(nnu, three, "status=diverged") == []
    losses = [run["boundary_loss"] for run in json.loads(nnu("runs", "--json", "--out", three).out)]
    assert len(chosen(nnu, three, f"boundary_loss<={sorted(losses)[1]!r}")) == 2


def test_folders(three: Path, nnu: Nnu) -> None:
    first, second = sorted(three.glob("b/*"))
    assert chosen(nnu, Path("elsewhere"), first, second, first) == ["b", "b"]
    assert chosen(nnu, Path("elsewhere"), first, second, "name=a") == []
    table = nnu("runs", second).out
    assert str(second) in table
    assert str(first) not in table
    Path("name=a").symlink_to(first)  # what is there is meant before what it says
    assert [run["path"] for run in json.loads(nnu("runs", "name=a", "--json").out)] == ["name=a"]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["c"], "RUN 'c' must be a run folder, `latest`, a name, the begin of an id or KEY=VALUE"),
        (
            ["learning_rate=1"],
            "`learning_rate` must be a known key, but is not. Try `train.learning",
        ),
        (["train.epochs>many"], "the value of `train.epochs>` must be a number, but is 'many'"),
        (["."], "RUN '.' must be a run folder, but holds no config.yaml"),
        (["x" * 300], "must be a run folder, `latest`"),
        (["--yes"], "`--yes` must go with --remove"),
        (["--remove"], "`--remove` must be told which runs"),
        (["name=a", "--remove", "--compare"], "`--compare` must stand alone"),
        (["name=a", "--compare"], "`--compare` must have two runs or more, but has 1"),
        (["name=b", "--remove"], "MB must be confirmed, but this is no terminal. Try `--yes`."),
        (["name=b", "--remove", "--json"], "must be confirmed, but `--json` asks nothing"),
    ],
)
def test_what_is_refused(
    arguments: list[str], error: str, three: Path, refused: Callable[..., str], content: Any
) -> None:
    before = content(three)
    assert error in refused("runs", *arguments, "--out", three)
    assert content(three) == before


# --- comparing ---------------------------------------------------------------------------------


def test_runs_are_compared(three: Path, nnu: Nnu) -> None:
    result = nnu("runs", "--compare", "--json", "--out", three)
    runs = listed(nnu, three)
    paths, epochs = ([run[field] for run in runs] for field in ("path", "of_epochs"))
    assert sorted(epochs[1:]) == [2, 3], "two of one name, maybe of one second, in any order"
    hidden = [[3]] + [{2: [3], 3: [2]}[number] for number in epochs[1:]]
    assert json.loads(result.out) == {
        "runs": paths,
        "differing": {
            "name": ["a", "b", "b"],
            "network.hidden": hidden,
            "train.epochs": epochs,
        },
    }
    heading, *rows = nnu("runs", "--compare", "--out", three).out.splitlines()
    assert heading.split() == ["run", "name", "network.hidden", "train.epochs"]
    assert [row.split() for row in rows] == [
        [path, name, str(layers), str(number)]
        for path, name, layers, number in zip(paths, "abb", hidden, epochs, strict=True)
    ]


def test_few_runs_that_differ_in_much_are_columns(three: Path, copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    provenance = json.loads((folder / "provenance.json").read_text())
    provenance["data"]["fingerprint"] = "0123456789abcdef"
    provenance["segments"][-1]["packages"]["jax"] = "0.0"
    (folder / "provenance.json").write_text(json.dumps(provenance))
    (other,) = three.glob("a/*")
    heading, *rows = nnu("runs", folder, other, "--compare").out.splitlines()
    assert heading.split() == ["key", str(folder), str(other)]
    assert [row.split()[:2] for row in rows] == [
        ["name", "tiny"],
        ["data.fingerprint", "0123456789ab"],
        ["packages.jax", "0.0"],
    ]


def test_runs_that_do_not_differ_and_one_that_cannot_be_read(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    twin = folder.with_name("twin")
    twin.mkdir()
    for name in ("config.yaml", "provenance.json"):
        (twin / name).write_bytes((folder / name).read_bytes())
    broken = folder.with_name("broken")
    broken.mkdir()
    (broken / "config.yaml").write_text("[")
    result = nnu("runs", "--compare", "--out", folder.parent.parent)
    assert result.code == 0
    assert result.err.splitlines() == [
        f"nnu: left out {broken}, which is unreadable",
        "nnu: these runs do not differ",
    ]


# --- removing ----------------------------------------------------------------------------------


@pytest.fixture
def answered(nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run ``nnu`` with a terminal on which an answer is typed."""

    class Typed(io.StringIO):
        def isatty(self) -> bool:
            return True

    def run(answer: str, *arguments: object) -> Any:
        monkeypatch.setattr("sys.stdin", Typed(answer))
        return nnu(*arguments)

    return run


@pytest.mark.parametrize(
    ("answer", "removed"),
    [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False), ("yn\n", False)],
)
def test_a_question_comes_first(
    answer: str, removed: bool, copied: Copied, answered: Any, content: Any
) -> None:
    folder = copied()
    before = content(folder)
    result = answered(answer, "runs", "name=tiny", "--remove", "--out", "copies")
    assert result.code == 0
    size = f"{sum(len(read) for read, _ in before.values()) / 1e6:.1f} MB"
    refusal = "" if removed else "nnu: nothing is removed\n"
    assert result.err == f"remove 1 run, {size}? [y/N] {refusal}"
    row = result.out.splitlines()[1]
    assert row.startswith(f"copies/tiny/{folder.name}")
    assert row.endswith(size)
    assert Path("copies/tiny").exists() != removed
    assert removed or content(folder) == before
    assert (f"removed 1 run, {size}" in result.out) == removed


def test_removing_without_a_question(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    size = sum(file.stat().st_size for file in folder.iterdir())
    result = nnu("runs", folder, "epochs=3", "--remove", "--yes", "--json")
    assert json.loads(result.out) == {"removed": [str(folder)], "bytes": size}
    assert not folder.parent.exists()
    assert nnu("runs", "name=tiny", "--remove", "--out", "copies").out == "removed 0 runs, 0.0 MB\n"


def test_one_running_run_keeps_all(copied: Copied, refused: Callable[..., str]) -> None:
    folder = copied()
    other = folder.with_name("20260101T000000Z-00000000")
    other.mkdir()
    (other / "config.yaml").write_bytes((folder / "config.yaml").read_bytes())
    with writing(folder):
        line = refused("runs", "name=tiny", "--remove", "--yes", "--out", "copies")
    assert line == (
        f"RUN 'copies/tiny/{folder.name}' must not be running, but is. Try again when it has ended."
    )
    assert other.exists()


def test_what_an_interrupted_removal_left_is_not_listed_and_goes_with_the_next(
    copied: Copied, nnu: Nnu
) -> None:
    folder = copied()
    remains = folder.rename(folder.with_name(f".removed.{folder.name}"))
    assert listed(nnu, "copies") == []
    copied()
    assert nnu("runs", "name=tiny", "--remove", "--yes", "--out", "copies").code == 0
    assert not remains.exists()
    assert not Path("copies/tiny").exists()


def test_neurons_that_come_and_go_are_counted(copied: Copied, nnu: Nnu) -> None:
    folder = copied()
    root = folder.parent.parent
    assert "neurons" not in nnu("runs", "--out", root).out.splitlines()[0]
    with changed(folder / "results.h5") as file:
        file["active_neurons"] = [[[9.0, 4.0]] * 2 + [[7.0, 4.0]], [[9.0, 4.0]] * 2 + [[8.0, 4.0]]]
    (summary,) = json.loads(nnu("runs", "--json", "--out", root).out)
    assert summary["neurons"] == "7.5-4"
    heading, row = nnu("runs", "--out", root).out.splitlines()
    assert row[heading.index("neurons") :].split()[0] == "7.5-4"
    heading, row = nnu(
        "runs", "--out", root, "--columns", "neurons,network.hidden"
    ).out.splitlines()
    assert row.split()[1] == "7.5-4"
    with changed(folder / "results.h5") as file:
        file["active_neurons"][0, -1] = float("nan")  # that replica has ended
    (summary,) = json.loads(nnu("runs", "--json", "--out", root).out)
    assert summary["neurons"] == "8-4"
