"""The script for sbatch, run by bash as Slurm would."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nnuniverse.errors import ConfigError
from nnuniverse.runs import find_runs
from nnuniverse.sweeps.engines.sbatch import ArrayJob

BASH, TIMEOUT = shutil.which("bash"), shutil.which("timeout")
pytestmark = pytest.mark.skipif(not (BASH and TIMEOUT), reason="needs bash and timeout")

AWKWARD = 'it\'s "a" $HOME `b` \\ *; é'
"""The name of a folder."""


@pytest.fixture
def sweep(config: Path, tmp_path: Path) -> Path:
    """A sweep in an awkward folder, which also is the present one."""
    folder = tmp_path / AWKWARD
    folder.mkdir()
    os.chdir(folder)
    axes = {"train.learning_rate": [0.1, 0.2, 0.3]}
    path = folder / "the sweep.yaml"
    path.write_text(yaml.safe_dump({"name": "array", "base": str(config), "axes": axes}))
    return path


@pytest.fixture
def warm_jobs(warm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs be forks of a process that has imported what they need."""
    monkeypatch.setattr(sys, "executable", str(warm / "python"))


def environment(task: int, **more: str) -> dict[str, str]:
    """Return what Slurm says to the last task of an array: its id is that of the array."""
    ids = {"SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": str(task)}
    return {**os.environ, **ids, **more}


def directives(script: str) -> list[str]:
    lines = script.splitlines()
    return [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH ")]


def test_the_jobs_compute_the_parts_and_the_sweep_collects_them(
    nnu: Callable[..., Any], sweep: Path, warm_jobs: None
) -> None:
    written = nnu("sweep", sweep, "--write-sbatch", "job.sh", "--array-tasks", "2")
    assert (written.code, written.err) == (0, "")
    assert written.out.splitlines()[0] == "script: job.sh"
    script = Path("job.sh").absolute()
    assert "--array=0-1" in directives(script.read_text())
    for task, runs in ((0, 2), (1, 3)):
        # Slurm starts jobs elsewhere if told to.
        done = subprocess.run(["bash", script], cwd="/", env=environment(task), check=False)
        assert done.returncode == 0
        assert len(list(find_runs(Path("runs/array")))) == runs
        assert Path("runs/array/sweep.h5").exists() == (task == 1), "the last one writes it"
    collected = nnu("sweep", sweep)
    assert collected.code == 0
    assert "3 runs, 3 there already" in collected.err
    assert Path("runs/array/sweep.h5").exists()


# --- a job told to end -------------------------------------------------------------------------

SLURM = {
    # As Slurm does: all jobs of the array, by the id that the last one shares with it.
    "squeue": "case $2 in *=7_1) echo RUNNING;; *) echo PENDING; echo RUNNING;; esac",
    "scontrol": 'echo "$@" >> "$BIN/said"',
    "sleep": "",
}
"""What stands in for commands, by name; BIN is their folder."""

TOLD = """\
import signal, sys, time
def end(*_):
    open("told", "w").close()
    sys.exit(CODE)
signal.signal(signal.SIGTERM, end)
open("begun", "w").close()
time.sleep(100)
"""
"""In the place of `nnu`: ends with CODE when it is told to."""


def wait_for(seen: Callable[[], object]) -> None:
    end = time.monotonic() + 120
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def start(script: str, commands: Path, **stand_ins: str) -> subprocess.Popen[str]:
    """Start task 1 of array 7, with ``stand_ins`` for some of the commands of Slurm."""
    commands.mkdir()
    for name, does in {**SLURM, **stand_ins}.items():
        (commands / name).write_text(f"#!/bin/sh\nBIN={commands}\n{does}\n")
        (commands / name).chmod(0o755)
    variables = environment(1, PATH=f"{commands}:{os.environ['PATH']}")
    return subprocess.Popen(
        ["bash", "-c", script], env=variables, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def begun(job: ArrayJob, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start a job that ends with ``code`` when it is told to, and wait until it has begun."""

    def begin(code: int, **stand_ins: str) -> subprocess.Popen[str]:
        python = tmp_path / "python"
        python.write_text(f"#!{sys.executable}\n{TOLD.replace('CODE', str(code))}")
        python.chmod(0o755)
        script = replace(job, python=python, folder=tmp_path).script()
        shell = start(script, tmp_path / "bin", **stand_ins)
        wait_for((tmp_path / "begun").exists)
        return shell

    return begin


def said(folder: Path) -> str | None:
    """Return what scontrol was called with."""
    path = folder / "bin" / "said"
    return path.read_text() if path.exists() else None


@pytest.mark.parametrize("squeue", [None, "echo COMPLETING"], ids=["running", "cancelled"])
def test_a_job_told_to_end_is_queued_again_unless_cancelled(
    nnu: Callable[..., Any], sweep: Path, tmp_path: Path, squeue: str | None, warm_jobs: None
) -> None:
    long = ["train.epochs=1000000", "checkpoint.seconds=0", "--array-tasks", "2"]
    assert nnu("sweep", sweep, *long, "--write-sbatch", "job.sh").code == 0
    shell = start(Path("job.sh").read_text(), tmp_path / "bin", squeue=squeue or SLURM["squeue"])
    wait_for(lambda: list(Path("runs/array").glob("[!.]*/checkpoint*")))
    os.kill(shell.pid, signal.SIGTERM)  # to the shell only, as --signal=B: says
    assert shell.wait(120) == 75
    assert said(tmp_path) == (None if squeue else "requeue 7_1\n")
    assert {run.status for run in find_runs(Path("runs/array"))} == {"interrupted"}


def test_a_job_is_told_to_end_before_slurm_answers(
    begun: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    shell = begun(75, squeue='until [ -e "$BIN/answer" ]; do /bin/sleep 0.02; done; echo RUNNING')
    os.kill(shell.pid, signal.SIGTERM)
    wait_for((tmp_path / "told").exists)
    assert shell.poll() is None
    (tmp_path / "bin" / "answer").touch()
    assert shell.wait(60) == 75
    assert said(tmp_path) == "requeue 7_1\n"


@pytest.mark.parametrize("code", [0, 1, 75])
def test_the_code_is_that_of_the_sweep(
    begun: Callable[..., subprocess.Popen[str]], tmp_path: Path, code: int
) -> None:
    shell = begun(code)
    os.kill(shell.pid, signal.SIGTERM)
    assert shell.wait(60) == code
    assert said(tmp_path) == ("requeue 7_1\n" if code == 75 else None)


def test_slurm_is_asked_again(begun: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    asked = 'echo >> "$BIN/asked"; [ "$(wc -l < "$BIN/asked")" -gt 2 ] && echo RUNNING'
    shell = begun(75, squeue=asked)
    os.kill(shell.pid, signal.SIGTERM)
    assert shell.wait(60) == 75
    assert said(tmp_path) == "requeue 7_1\n"


def test_a_job_whose_state_is_unknown_is_left(
    begun: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    # Hangs; less patience than the script's.
    brief = f'shift; exec {TIMEOUT} 0.1 "$@"'
    shell = begun(75, squeue="exec /bin/sleep 100", timeout=brief)
    os.kill(shell.pid, signal.SIGTERM)
    _, errors = shell.communicate(timeout=60)
    assert shell.returncode == 75
    assert said(tmp_path) is None
    assert "job 7_1 is not queued again: Slurm does not answer. Try sbatch once more." in errors


def test_what_slurm_is_told(nnu: Callable[..., Any], sweep: Path) -> None:
    options = ["--time-limit", "1h1s", "--workers", "3", "--cores", "2", "--array-tasks", "99"]
    more = ["--slurm-option", "partition=long", "--slurm-option", "cpus-per-task=8"]
    assert nnu("sweep", sweep, "--write-sbatch", "job.sh", *options, *more).code == 0
    assert directives(Path("job.sh").read_text()) == [
        "--job-name=array",
        "--array=0-2",
        "--ntasks=1",
        "--cpus-per-task=8",
        "--signal=B:TERM@120",
        "--open-mode=append",
        "--time=61",
        "--partition=long",
        "--requeue",
    ]


# --- quoting -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> ArrayJob:
    """A job whose Python is a script that prints its arguments, each ended by a zero byte."""
    folder = tmp_path_factory.mktemp("jobs") / AWKWARD
    folder.mkdir()
    python = folder / "py'thon"
    python.write_text('#!/bin/sh\nprintf "%s\\0" "$PWD" "$@"\n')
    python.chmod(0o755)
    return ArrayJob(
        name="name",
        parts=4,
        python=python,
        folder=folder,
        sweep=folder / "sweep file.yaml",
        overrides=(),
        out=folder / "runs",
        workers=1,
        cores=1,
        options={},
        time_limit=None,
        slurm_options={},
    )


PRINTABLE = st.text(st.characters(codec="utf-8").filter(str.isprintable), min_size=1, max_size=20)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(override=PRINTABLE, name=PRINTABLE)
@example(override="a='b' \"c\" $(touch x) `d` \\", name="--out")
@example(override="!! # ; & | > y", name="~")
def test_every_word_reaches_python(job: ArrayJob, override: str, name: str) -> None:
    script = replace(job, overrides=(override,), out=Path("/tmp") / name).script()
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    done = subprocess.run(
        ["bash", "-c", script], env=environment(3), capture_output=True, check=True
    )
    words = done.stdout.decode().split("\0")[:-1]
    assert Path(words[0]) == job.folder
    assert words[1:7] == ["-m", "nnuniverse", "sweep", str(job.sweep), override, "--out"]
    assert words[7] == str(Path("/tmp") / name)
    assert words[-2:] == ["--part", "3/4"]


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "\x1b[2J"], ids=ascii)
def test_line_breaks_are_refused(job: ArrayJob, text: str) -> None:
    for changed in (
        replace(job, overrides=(text,)),
        replace(job, sweep=Path("/") / text),
        replace(job, folder=Path("/") / text),
    ):
        with pytest.raises(ConfigError, match="must be printable, in one line"):
            changed.script()


# --- wrong use ---------------------------------------------------------------------------------


def test_nothing_is_overwritten(refused: Callable[..., str], sweep: Path) -> None:
    Path("job.sh").write_text("mine")
    said = refused("sweep", sweep, "--write-sbatch", "job.sh")
    assert said == "`--write-sbatch` must not exist, but 'job.sh' does. Try another name."
    assert Path("job.sh").read_text() == "mine"


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (["--time-limit", "4m"], 2, "`--time-limit` must be at least 5m for a job, but is 240 s."),
        (["--array-tasks", "0"], 2, "`--array-tasks` must be at least 1, but is 0."),
        (["--slurm-option", "a"], 2, "`--slurm-option` must be KEY=VALUE with no spaces"),
        (["--slurm-option", "a=b\n#"], 2, "`--slurm-option` must be KEY=VALUE with no spaces"),
        (["--part", "0/2"], 2, "`--part` must "),
        (["--scheduler", "tcp://a:1"], 2, "a sweep must be computed one way, but"),
        (["name=a b"], 2, "`name` must "),
    ],
    ids=str,
)
def test_wrong_options(
    refused: Callable[..., str], sweep: Path, options: list[str], code: int, says: str
) -> None:
    said = refused("sweep", sweep, *options, "--write-sbatch", "job.sh", code=code)
    assert said.startswith(says)
    assert not Path("job.sh").exists()


def test_a_folder_that_is_not_there(refused: Callable[..., str], sweep: Path) -> None:
    said = refused("sweep", sweep, "--write-sbatch", "none/job.sh", code=1)
    assert said.startswith("'none/job.sh' must be writable, but is not: ")
