"""``nnu sweep``: exit codes, one line for what is wrong, results on stdout, status meanwhile."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xarray as xr

from nnuniverse.cli.sweep import _part
from nnuniverse.cli.time_limits import seconds_of
from nnuniverse.errors import ConfigError
from nnuniverse.runs import find_runs
from nnuniverse.sweeps import Ending, Plan, plan_sweep

ESCAPE = "\x1b"
SECONDS = 120.0
FOREVER = 200_000_000

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Swept = Any


@pytest.fixture
def copy(swept: Swept, tmp_path: Path) -> Swept:
    """A copy of the finished sweep."""
    shutil.copytree(swept.root, tmp_path / "copy")
    return dataclasses.replace(swept, root=tmp_path / "copy")


def parse_json(text: str) -> Any:
    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    return json.loads(text, parse_constant=refuse)


def start(warm: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [warm / "nnu", "sweep", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def status(warm: Path, file: Path) -> Any:
    command = [warm / "nnu", "sweep", str(file), "--status", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return parse_json(done.stdout)


# --- a whole sweep -----------------------------------------------------------------------------


def test_what_a_sweep_prints(swept: Swept) -> None:
    result = swept.result
    assert result.code == 0, result.err
    assert result.out == (
        "2 of 2 runs done, 0 of them diverged\n"
        f"results: {swept.folder / 'sweep.h5'}\n"
        f"table: {swept.folder / 'sweep.csv'}\n"
    )
    first, *lines = result.err.splitlines()
    assert first == f"sweep swept: 2 runs, 0 there already, in {swept.folder}"
    assert len(lines) == 2
    for number, line in enumerate(lines, 1):
        assert line.startswith(f"[{number}/2] epochs=")
        assert ", seeds 0-1: complete in " in line
        assert str(swept.folder) in line
    assert ESCAPE not in result.err


def test_the_results_are_for_xarray(swept: Swept) -> None:
    with xr.open_dataset(swept.folder / "sweep.h5", engine="h5netcdf") as data:
        mean = data.mu3.sel(epochs=3).mean("replica")
        assert mean.sel(snapshot=slice(0, 3)).notnull().all()
        assert data.mu3.sel(epochs=4, snapshot=4).notnull().all()
    assert (swept.folder / "sweep.csv").read_text().count("\n") == 5


def test_again_nothing_is_computed(copy: Swept, nnu: Nnu, content: Any) -> None:
    before = content(copy.root)
    result = nnu("sweep", copy.file, "--out", copy.root)
    assert result.code == 0
    assert result.err == f"sweep swept: 2 runs, 2 there already, in {copy.folder}\n"
    after = content(copy.root)
    # Its own bookkeeping may be written again; results and runs are left alone.
    own = {"swept/sweep.yaml", "swept/.seen.json"}
    assert {k: v for k, v in after.items() if k not in own} == {
        k: v for k, v in before.items() if k not in own
    }


def test_as_json(copy: Swept, nnu: Nnu) -> None:
    result = nnu("sweep", copy.file, "--out", copy.root, "--json")
    found = parse_json(result.out)
    assert found["failed"] == {}
    assert [run["epochs"] for run in found["runs"]] == [3, 4]
    for run in found["runs"]:
        assert run["state"] == "done" and run["seeds"] == [0, 1]
        assert Path(run["run"]).is_dir()
    assert Path(found["results"]).is_file() and Path(found["table"]).is_file()


@pytest.mark.parametrize("where", ["folder", "dot"])
def test_a_folder_is_a_sweep_too(
    where: str, copy: Swept, nnu: Nnu, monkeypatch: pytest.MonkeyPatch
) -> None:
    if where == "dot":
        monkeypatch.chdir(copy.folder)
    result = nnu("sweep", "." if where == "dot" else copy.folder, "--json")
    assert result.code == 0, result.err
    assert {run["state"] for run in parse_json(result.out)["runs"]} == {"done"}
    assert len([path for path in copy.folder.iterdir() if path.is_dir()]) == 2


def test_added_seeds_only_are_computed(copy: Swept, nnu: Nnu) -> None:
    result = nnu("sweep", copy.file, "seeds=4", "--out", copy.root, "--json")
    assert result.code == 0, result.err
    assert [run["seeds"] for run in parse_json(result.out)["runs"]] == [[0, 1], [2, 3]] * 2
    with xr.open_dataset(copy.folder / "sweep.h5", engine="h5netcdf") as data:
        assert list(data.seed.values) == [0, 1, 2, 3]
        assert data.mu3.sel(epochs=4).notnull().all()


def test_a_failing_point_is_named(make_sweep: Callable[..., Path], nnu: Nnu) -> None:
    file = make_sweep("failing", axes={"train.batch": [4, 13]}, set={"train.epochs": 3})
    result = nnu("sweep", file, "--json")
    assert result.code == 1
    states = [run["state"] for run in parse_json(result.out)["runs"]]
    assert states == ["done", "failed"]
    assert result.err.splitlines()[-1] == (
        "nnu: every run must end, but batch=13, seeds 0-1 failed: `train.batch` must be at most "
        "the 12 training samples, but is 13. Try train.batch=12. Try the same again."
    )
    shown = nnu("sweep", file, "--status")
    assert shown.code == 0
    assert "failed: batch=13, seeds 0-1: `train.batch` must be at most" in shown.out
    # What is there is in the results.
    with xr.open_dataset("runs/failing/sweep.h5", engine="h5netcdf") as data:
        assert list(data.status.sel(batch=13).values) == ["", ""]


def test_runs_that_are_not_found_again_are_no_success(
    copy: Swept, nnu: Nnu, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As when the data file changes while the sweep runs."""

    def lose_runs(described: Any, root: Path, *_: object, **__: object) -> tuple[Plan, Ending]:
        for run in find_runs(copy.folder):
            shutil.rmtree(run.folder.path)
        return plan_sweep(described, root), Ending()

    junit = tmp_path / "junit.xml"
    arguments = ("sweep", copy.file, 'expect=["mu3.final < 9"]', "--out", copy.root)
    assert nnu(*arguments, "--junit", junit).code == 0
    assert 'failures="0"' in junit.read_text()
    monkeypatch.setattr("nnuniverse.sweeps.run_sweep", lose_runs)
    result = nnu(*arguments, "--junit", junit)
    assert result.code == 1
    assert result.out == "0 of 2 runs done, 0 of them diverged\n", "old tables are not offered"
    assert result.err == (
        "nnu: every run must be found again, but epochs=3, seeds 0-1 is missing (1 more), "
        "although it was computed. Try data that stay as they are.\n"
    )
    assert 'failures="1"' in junit.read_text(), "nor what held before"


def test_what_is_there_needs_no_jax(copy: Swept) -> None:
    """Neither for all the runs, nor to write their results anew."""
    (copy.folder / "sweep.csv").unlink()
    code = (
        "import sys\n"
        "from nnuniverse.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n    assert not end.code\n"
        "assert 'nnuniverse.sweeps' in sys.modules\n"
        "assert 'jax' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "sweep", str(copy.folder)], check=False)
    assert done.returncode == 0
    assert (copy.folder / "sweep.csv").exists()


# --- before, meanwhile, and stopping -----------------------------------------------------------


def test_a_dry_run_says_what_and_how_much(copy: Swept, nnu: Nnu, content: Any) -> None:
    before = content(copy.root)
    arguments = ["sweep", copy.file, "axes.train.epochs=[3, 4, 40]", "--out", copy.root]
    result = nnu(*arguments, "--dry-run", "--json")
    assert (result.code, result.err) == (0, "")
    runs = parse_json(result.out)
    assert [run["state"] for run in runs] == ["done", "done", "pending"]
    assert [run["operations"] is None for run in runs] == [True, True, False]
    assert runs[2]["operations"] > 0 and runs[2]["seconds"] > 0
    text = nnu(*arguments, "--dry-run").out
    assert "3 runs, 1 to do" in text.splitlines()[0]
    assert {k: v for k, v in content(copy.root).items() if not k.endswith(".seen.json")} == {
        k: v for k, v in before.items() if not k.endswith(".seen.json")
    }


def test_status_of_what_is_not_there(make_sweep: Callable[..., Path], nnu: Nnu) -> None:
    result = nnu("sweep", make_sweep("never"), "--status", "--json")
    found = parse_json(result.out)
    assert (result.code, result.err) == (0, "")
    assert found["counts"] == {"pending": 2}
    assert found["seconds_left"] is None
    assert not Path("runs").exists()


@pytest.fixture
def endless(make_sweep: Callable[..., Path]) -> Path:
    axes = {"train.epochs": [FOREVER, FOREVER + 1]}
    return make_sweep("endless", axes=axes, set={"checkpoint.seconds": 0})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_checkpoints_everything_and_exits_75(
    number: signal.Signals, endless: Path, warm: Path
) -> None:
    process = start(warm, endless, "--workers", "2", "--json")
    runs = Path("runs/endless")
    deadline = time.monotonic() + SECONDS
    while len(list(runs.glob("*/checkpoint.1.npz"))) < 2:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    if number == signal.SIGTERM:
        found = status(warm, endless)
        assert found["counts"] == {"running": 2}
        assert {Path(run["run"]).parent for run in found["runs"]} == {runs}
    process.send_signal(number)
    out, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 75, err
    assert parse_json(out)["failed"] == {}
    assert "stopping; runs are checkpointed" in err
    assert err.splitlines()[-1] == "nnu: stopped with 2 runs left. Go on with the same command."
    assert err.count(": interrupted in ") == 2
    assert status(warm, endless)["counts"] == {"resumable": 2}
    for run in runs.glob("2*"):
        segments = json.loads((run / "provenance.json").read_text())["segments"]
        assert segments[-1]["status"] == "interrupted"
        assert segments[-1]["last_epoch"] > 0


def test_the_end_of_the_time_given_exits_75(endless: Path, warm: Path) -> None:
    process = start(warm, endless, "--time-limit", "2s", "--workers", "1")
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 75, err
    assert err.splitlines()[-1] == "nnu: stopped with 2 runs left. Go on with the same command."
    assert "Traceback" not in err


def test_no_time_is_needed_for_what_is_there(copy: Swept, nnu: Nnu) -> None:
    assert nnu("sweep", copy.file, "--out", copy.root, "--time-limit", "0").code == 0


def test_status_needs_no_right_to_write(copy: Swept) -> None:
    (copy.folder / ".seen.json").unlink()
    full = f"ulimit -f 0; exec {sys.executable} -m nnuniverse sweep {copy.folder} --status --json"
    done = subprocess.run(["bash", "-c", f"{full} | cat"], capture_output=True, check=False)
    assert done.stderr == b""
    assert parse_json(done.stdout.decode())["counts"] == {"done": 2}


def test_a_full_disk_is_one_line(copy: Swept) -> None:
    (copy.folder / "sweep.csv").unlink()
    full = f"ulimit -f 0; exec {sys.executable} -m nnuniverse sweep {copy.folder}"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; ({full}) 2>&1 | cat"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert last.startswith("nnu: ") and "must be writable" in last and "File too large" in last
    assert "Traceback" not in done.stdout


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.yaml"], "SWEEP 'none.yaml' must be a readable file"),
        (["."], "SWEEP '.' must be a sweep's folder, but holds no sweep.yaml."),
        (["axes.train.bach=[1]"], "at epochs=3, bach=1: `train.bach` must be a known key"),
        (["axes.train.epochs=[3, x]"], "at epochs=x: `train.epochs` must be an integer"),
        (["axes.train.epochs=[]"], "`axes.train.epochs.values` must"),
        (["axes={}"], "`axes` must"),
        (["axes.e={kind: zip, keys: {train.epochs: [1]}}"], "must set keys that no other axis"),
        (["trian.epochs=3"], "at epochs=3: `trian` must be a known key"),
        (["sedes=2"], "at epochs=3: `sedes` must be a known key"),
        (["seeds=0"], "`seeds` must"),
        (["name=../x"], "`name` must match"),
        (["data.path=none.npz"], "`data.path` must name a readable file"),
        (["--workers", "0"], "`--workers` must be at least 1, but is 0."),
        (["--cores", "-1"], "`--cores` must be at least 0"),
        (["--retries", "-1"], "`--retries` must be at least 0"),
        (["--time-limit", "soon"], "`--time-limit` must be a time, but is 'soon'."),
        (["--time-limit", ""], "`--time-limit` must be a time"),
        (["--hang-timeout", "1.5h"], "`--hang-timeout` must be a time"),
        (["--hang-timeout", "0"], "`--hang-timeout` must be at least 1, but is 0."),
        (["--part", "0/2", "--junit", "x.xml"], "`--junit` must be of a whole sweep"),
        (["--part", "4/4"], "`--part` must be K/N with K from 0 to N - 1, but is '4/4'."),
        (["--part", "1"], "`--part` must be K/N"),
        (["--dry-run", "train.batch=13"], "at epochs=3, seeds 0-1: `train.batch` must be at most"),
    ],
)  # fmt: skip
def test_wrong_usage_is_one_line(
    arguments: list[str], message: str, make_sweep: Callable[..., Path], refused: Refused
) -> None:
    file = make_sweep("refused")
    given = [] if arguments[0] in ("none.yaml", ".") else [file]
    assert message in refused("sweep", *given, *arguments)
    assert not Path("runs").exists()


def test_a_renamed_folder(copy: Swept, refused: Refused) -> None:
    copy.folder.rename(copy.root / "other")
    line = refused("sweep", copy.root / "other")
    assert "must be called swept, but is called other. Try renaming it." in line


def test_a_base_that_is_not_there(make_sweep: Callable[..., Path], refused: Refused) -> None:
    line = refused("sweep", make_sweep("baseless", base="none.yaml"))
    assert "`base` '" in line and "none.yaml' must be a readable file" in line


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("45m", 2700), ("1h30m", 5400), ("2h", 7200), ("0", 0)],
)
def test_times(text: str, seconds: float) -> None:
    assert seconds_of("--time-limit", text) == seconds


def test_parts() -> None:
    part = _part("2/4")
    assert (part.number, part.of) == (2, 4)
    with pytest.raises(ConfigError):
        _part("-1/4")


def test_a_live_view_on_a_terminal(copy: Swept, warm: Path) -> None:
    pty = pytest.importorskip("pty")
    shutil.rmtree(next(path for path in copy.folder.iterdir() if path.is_dir()))
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [warm / "nnu", "sweep", str(copy.folder)],
        stdout=subprocess.PIPE,
        stderr=slave,
        env={**os.environ, "COLUMNS": "200"},
    )
    os.close(slave)
    written = b""
    try:
        while block := os.read(master, 65536):
            written += block
    except OSError:  # the other end is closed
        pass
    os.close(master)
    out, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    text = written.decode()
    assert "sweep swept" in text and "1 done, 1 running" in text
    assert "has been deleted. It is computed anew." in text
    assert out.decode().startswith("2 of 2 runs done")
