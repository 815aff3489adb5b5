"""Tasks as real processes: killed, stopped, orphaned, failing, with threads of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from made_runs import Heard, make_sweep
from warm_processes import Fork
from warm_processes import __file__ as warm_processes

from nnuniverse.config import SweepConfig
from nnuniverse.processors import usable_processors
from nnuniverse.runs import find_runs, open_results, read_run
from nnuniverse.runs.folder import UNFINISHED_SECONDS
from nnuniverse.sweeps import Ending, Plan, ProcessEngine, Report, Task, plan_sweep, run_sweep
from nnuniverse.sweeps.engines.interface import Ended, Progress
from nnuniverse.sweeps.engines.processes import free_memory, share_out

SECONDS = 120.0
"""No test takes as long; what hangs is to fail."""

# Points differ by their number of epochs, which is no part of a compiled program: one serves all.
FOREVER = 200_000_000
OFTEN = {"checkpoint.seconds": 0}


def make(data_file: Path, epochs: tuple[int, ...] = (3, 4), **changed: Any) -> SweepConfig:
    axes = {"train.epochs": {"kind": "values", "values": list(epochs)}}
    return make_sweep(data_file, **{"axes": axes, "set": OFTEN, **changed})


@pytest.fixture
def engine() -> Iterator[ProcessEngine]:
    engine = ProcessEngine(workers=2, cores=1, hang_seconds=SECONDS)
    yield engine
    engine.close()


@pytest.fixture
def sweep(data_file: Path) -> SweepConfig:
    return make(data_file)


@pytest.fixture
def long_sweep(data_file: Path) -> SweepConfig:
    """One run that ends only when it is made to."""
    return make(data_file, (FOREVER,))


def submit(engine: ProcessEngine, sweep: SweepConfig, root: Path) -> Task:
    task = plan_sweep(sweep, root).tasks[0]
    engine.submit(task)
    return task


def wait_for(engine: ProcessEngine, kind: type) -> Any:
    """Return the next event of a kind."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for event in engine.wait(0.1):
            if isinstance(event, kind):
                return event
            assert not isinstance(event, Ended), event
    raise AssertionError("nothing happened")


def only_pid(engine: ProcessEngine) -> int:
    (child,) = engine._children.values()
    assert child.process.pid is not None
    return child.process.pid


def eventually(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def numbers(path: Path) -> dict[str, np.ndarray]:
    with open_results(path) as file:
        return {name: dataset[()] for name, dataset in file.items()}


# --- a run, whole ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(
    data_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Plan, Ending, Heard]:
    """A sweep of two runs that was carried out by processes."""
    root, heard = tmp_path_factory.mktemp("finished"), Heard()
    engine = ProcessEngine(workers=2, cores=1, hang_seconds=SECONDS)
    plan, ending = run_sweep(make(data_file), root, engine, heard)
    return plan, ending, heard


def test_a_sweep_of_processes(finished: tuple[Plan, Ending, Heard]) -> None:
    plan, ending, heard = finished
    assert ending == Ending() and plan.todo == []
    assert heard.messages == []
    for task in plan.tasks:
        record = read_run(task.found.folder.path)
        assert (record.epochs, record.replicas) == (task.config.train.epochs, 2)
        assert np.isfinite(record["mu3"]).all()


def test_the_same_numbers_as_nnu_train(
    finished: tuple[Plan, Ending, Heard], tmp_path: Path, warm: Path
) -> None:
    """A run of this size does not depend on how many processors there are."""
    run = finished[0].tasks[0].found.folder
    command = [str(warm / "nnu"), "train", str(run.config), "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    (alone,) = tmp_path.glob("made/*/results.h5")
    ours, theirs = numbers(run.results), numbers(alone)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def test_relative_paths_start_where_the_sweep_does(
    engine: ProcessEngine, data_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fork server, and what multiprocessing makes of it, stay where they were begun."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(data_file, "here.npz")
    plan, ending = run_sweep(make(Path("here.npz")), Path("runs"), engine, Heard())
    assert ending == Ending()
    assert len(list(tmp_path.glob("runs/made/*/results.h5"))) == 2
    assert plan.todo == []


def test_a_wrong_config_fails_with_its_line_and_the_rest_go_on(
    engine: ProcessEngine, data_file: Path, tmp_path: Path
) -> None:
    heard = Heard()
    sweep = make_sweep(data_file, set={"train.epochs": 3} | OFTEN, axes={"train.batch": [4, 13]})
    plan, ending = run_sweep(sweep, tmp_path, engine, heard)
    assert ending.failed == {
        "batch=13, seeds 0-1": "`train.batch` must be at most the 12 training samples, but is 13. "
        "Try train.batch=12."
    }
    assert [plan.state(task) for task in plan.tasks] == ["done", "failed"]
    assert ("batch=13, seeds 0-1", 2) not in heard.starts


def test_a_diverging_point(engine: ProcessEngine, data_file: Path, tmp_path: Path) -> None:
    changed = {"network.activation": "identity", "train.epochs": 30}
    sweep = make_sweep(data_file, axes={"train.learning_rate": [1e30]}, set=changed, seeds=1)
    plan, ending = run_sweep(sweep, tmp_path, engine, Heard())
    assert ending == Ending()
    assert [plan.state(task) for task in plan.tasks] == ["diverged"]


# --- what goes wrong ---------------------------------------------------------------------------


def test_a_killed_process_is_said_and_its_run_gone_on_with(
    engine: ProcessEngine, long_sweep: SweepConfig, tmp_path: Path
) -> None:
    task = submit(engine, long_sweep, tmp_path)
    wait_for(engine, Progress)
    eventually(lambda: list(task.folder.path.glob("*/checkpoint.1.npz")))
    os.kill(only_pid(engine), signal.SIGKILL)
    report = wait_for(engine, Ended).report
    assert (report.result, report.retry) == ("failed", True)
    assert report.reason == "its process was killed by SIGKILL"
    assert engine.unfinished == 0
    plan = plan_sweep(long_sweep, tmp_path)
    assert [plan.state(task) for task in plan.tasks] == ["resumable"], "the claim has ended with it"
    engine.submit(task)
    assert wait_for(engine, Progress).epoch > 0, "from the checkpoint"
    engine.ask_to_stop()
    while not isinstance(event := wait_for(engine, Progress | Ended), Ended):
        pass
    assert event.report.result == "interrupted"
    assert len(list(task.folder.path.glob("*/results.h5"))) == 1


def test_a_process_that_hangs_is_killed(long_sweep: SweepConfig, tmp_path: Path) -> None:
    engine = ProcessEngine(workers=1, cores=1, hang_seconds=SECONDS)
    try:
        submit(engine, long_sweep, tmp_path)
        while wait_for(engine, Progress).epoch == 0:
            pass
        pid = only_pid(engine)
        os.kill(pid, signal.SIGSTOP)
        while engine.wait(1.0):
            pass
        assert is_alive(pid)
        engine._hang_seconds = 0.5
        report = wait_for(engine, Ended).report
        assert (report.result, report.retry) == ("failed", True)
        assert report.reason == "said nothing for 0.5 s"
        assert not is_alive(pid)
        assert engine.unfinished == 0
    finally:
        engine.close()


def test_a_process_that_hangs_at_its_end_holds_up_nothing(
    engine: ProcessEngine, sweep: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nnuniverse.sweeps.engines.processes.GRACE_SECONDS", 0.2)
    submit(engine, sweep, tmp_path)
    pid = only_pid(engine)
    (child,) = engine._children.values()
    # It has said that it is done, but does not go.
    os.kill(pid, signal.SIGSTOP)
    engine._end(child)
    assert not is_alive(pid)


def test_a_killed_fork_server_costs_nothing(
    engine: ProcessEngine, long_sweep: SweepConfig, sweep: SweepConfig, tmp_path: Path
) -> None:
    task = submit(engine, long_sweep, tmp_path)
    wait_for(engine, Progress)
    pid = only_pid(engine)
    server = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(server, signal.SIGKILL)
    eventually(lambda: not is_alive(server))
    assert is_alive(pid)
    wait_for(engine, Progress)
    engine.ask_to_stop()
    while not isinstance(event := wait_for(engine, Progress | Ended), Ended):
        pass
    assert event.report.result == "interrupted"
    # The next task finds a new one.
    engine.submit(task)
    wait_for(engine, Progress)


def test_a_task_whose_run_is_being_written_is_busy(
    engine: ProcessEngine, long_sweep: SweepConfig, tmp_path: Path
) -> None:
    first = submit(engine, long_sweep, tmp_path)
    wait_for(engine, Progress)
    # Without the claims of others it has one too, but the run is being written.
    claims = first.folder.path / ".claims"
    away = claims.rename(tmp_path / "claims")
    other = ProcessEngine(workers=1, cores=1, hang_seconds=SECONDS)
    try:
        other.submit(first)
        second = wait_for(other, Ended)
    finally:
        other.close()
    assert (second.task_id, second.report) == (first.id, Report("busy"))
    away.replace(claims)
    plan = plan_sweep(long_sweep, tmp_path)
    assert [plan.state(task) for task in plan.tasks] == ["running"]


def test_a_half_made_folder_is_not_in_the_way(
    engine: ProcessEngine, sweep: SweepConfig, tmp_path: Path
) -> None:
    """Of a process that was killed before the folder of its run had its name."""
    plan = plan_sweep(sweep, tmp_path)
    task = plan.tasks[0]
    left = plan.folder.path / f".new.20260102T030405Z-{task.run_hash[:8]}-0123abcd"
    (left / "figures").mkdir(parents=True)
    (left / "config.yaml").write_text("seed: 0\n")
    (left / ".provenance.json.1-0123abcd.tmp").write_text("{")
    old = time.time() - 2 * UNFINISHED_SECONDS
    os.utime(left, (old, old))
    assert not list(find_runs(plan.folder.path))
    engine.submit(task)
    while not isinstance(event := wait_for(engine, Progress | Ended), Ended):
        pass
    assert event.report.result == "complete", event.report
    (folder,) = [path for path in plan.folder.path.iterdir() if path.is_dir()]
    assert not folder.name.startswith(".")


DAMAGES: list[Callable[[Path], Any]] = [
    lambda run: (run / "results.h5").write_bytes(b"damaged"),
    lambda run: (run / "config.yaml").write_text("train: {epochs: x}"),
    lambda run: (run / "config.yaml").unlink(),
    lambda run: (run / "config.yaml").write_text("seed: 0\n"),
    lambda run: [file.write_bytes(b"") for file in run.glob("checkpoint.*.npz")],
]


def test_damaged_runs_are_computed_anew(
    engine: ProcessEngine, finished: tuple[Plan, Ending, Heard], data_file: Path, tmp_path: Path
) -> None:
    """Each kind of damage to the run of a point; what comes out is the same as before."""
    sweep = make(data_file, (3, 4, 5, 6, 7))
    run_sweep(sweep, tmp_path, engine, Heard())
    before = plan_sweep(sweep, tmp_path)
    kept = [numbers(task.found.folder.results) for task in before.tasks]
    for task, damage in zip(before.tasks, DAMAGES, strict=True):
        damage(task.found.folder.path)
        if damage is DAMAGES[-1]:  # half-done, and no checkpoint can be read
            path = task.found.folder.provenance
            content = json.loads(path.read_text())
            content["segments"][-1]["status"] = "running"
            path.write_text(json.dumps(content))
    heard = Heard()
    again = ProcessEngine(workers=2, cores=1, hang_seconds=SECONDS)
    plan, ending = run_sweep(sweep, tmp_path, again, heard)
    assert ending == Ending() and plan.todo == []
    assert sum(text.endswith("It is computed anew.") for text in heard.messages) >= len(DAMAGES)
    for task, old in zip(plan.tasks, kept, strict=True):
        new = numbers(task.found.folder.results)
        for name, values in old.items():
            np.testing.assert_array_equal(values, new[name], err_msg=name)
    heard = Heard()
    run_sweep(sweep, tmp_path, again, heard)
    assert heard.messages == [] and heard.starts == []


def test_a_full_disk_starts_no_run_over(data_file: Path, tmp_path: Path, warm: Path) -> None:
    """A half-done run that cannot be written stays the one that is gone on with."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "sys.path[:0] = sys.argv[1], str(Path(sys.argv[1]).parent)\n"
        "from test_processes import make\n"
        "from nnuniverse.sweeps import plan_sweep\n"
        "from nnuniverse.sweeps.engines.carry_out import carry_out\n"
        "root, sweep = Path(sys.argv[3]), make(Path(sys.argv[2]), (60_000,))\n"
        "task = lambda: plan_sweep(sweep, root).tasks[0]\n"
        "stops = iter([False, True])\n"
        "print(carry_out(task(), lambda: next(stops), print).result)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))\n"
        "print(carry_out(task(), lambda: False, lambda epoch: None).reason)\n"
    )
    arguments = [str(Path(__file__).parent), str(data_file), str(tmp_path)]
    done = subprocess.run(
        [str(warm / "python"), "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    *_, first, second = done.stdout.splitlines()
    assert first == "interrupted"
    assert "must be writable" in second and "File too large" in second
    assert len([path for path in (tmp_path / "made").iterdir() if path.is_dir()]) == 1


# --- signals, and the end of the sweep ---------------------------------------------------------


class Below:
    """What a sweep in a fork of the warm process starts, forks of the same all of them."""

    def __init__(self, warm: Path, sweep: SweepConfig, folder: Path) -> None:
        (folder / "sweep.yaml").write_text(json.dumps(sweep.model_dump(mode="json")))
        command = ["nnu", "sweep", "sweep.yaml", "--out", ".", "--workers", "2"]
        (warm_process,) = (
            one for one in psutil.Process().children() if warm_processes in one.cmdline()
        )
        self._server = warm_process.pid
        before = descendants(self._server)  # what the engines of other tests have started
        self.process = Fork(warm, command, folder)
        self._others = before | {self.process.pid}

    @property
    def started(self) -> set[int]:
        """The processes that are there at present: fork server, workers and what waits for them."""
        return descendants(self._server) - self._others


def descendants(pid: int, *, recursive: bool = True) -> set[int]:
    try:
        return {child.pid for child in psutil.Process(pid).children(recursive=recursive)}
    except psutil.NoSuchProcess:
        return set()


def test_when_the_sweep_is_killed_all_of_it_ends_by_itself(
    data_file: Path, tmp_path: Path, warm: Path
) -> None:
    below = Below(warm, make(data_file, (FOREVER, FOREVER + 1)), tmp_path)

    def trained() -> list[Path]:
        assert below.process.poll() is None
        return [path for path in tmp_path.glob("made/2*/results.h5") if len(numbers(path)["epoch"])]

    eventually(lambda: len(trained()) == 2)
    others = below.started
    assert len(others) >= 3, "a fork server and two workers"
    below.process.kill()
    below.process.communicate()
    eventually(lambda: not any(map(is_alive, others)))
    for run in (tmp_path / "made").glob("2*"):
        segment = json.loads((run / "provenance.json").read_text())["segments"][-1]
        assert segment["status"] == "interrupted", "checkpointed, not killed"


def test_a_signal_to_the_group_before_workers_listen_loses_nothing(
    data_file: Path, tmp_path: Path
) -> None:
    """Ctrl-C while the fork server loads JAX: nobody dies of it, and the exit code is 75."""
    (tmp_path / "sweep.yaml").write_text(
        json.dumps(make(data_file, (FOREVER, FOREVER + 1)).model_dump(mode="json"))
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "nnuniverse", "sweep", "sweep.yaml"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    eventually(
        lambda: len(descendants(process.pid, recursive=False)) == 2
    )  # fork server and resource tracker
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=SECONDS)
    assert process.returncode == 75, err
    assert "Traceback" not in err
    assert err.splitlines()[-1] == ("nnu: stopped with 2 runs left. Go on with the same command.")


def test_no_orphan_is_left_when_all_is_done(data_file: Path, tmp_path: Path, warm: Path) -> None:
    below = Below(warm, make(data_file), tmp_path)
    seen: set[int] = set()
    while below.process.poll() is None:
        seen |= below.started
        time.sleep(0.02)
    below.process.communicate()
    assert below.process.returncode == 0
    assert len(seen) >= 3
    eventually(lambda: not any(map(is_alive, seen)), seconds=20)


# --- processors and memory ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "workers", "cores", "shares"),
    [
        (9, None, None, (4, 1)),
        (4, None, None, (4, 1)),
        (3, None, None, (4, 1)),
        (2, None, None, (2, 2)),
        (1, None, None, (1, 4)),
        (9, 2, None, (2, 2)),
        (9, 1, None, (1, 4)),
        (9, 8, None, (8, 1)),
        (1, 8, None, (8, 4)),
        *((1, None, cores, (workers, cores)) for cores, workers in enumerate([4, 4, 2, 1, 1])),
        (1, 3, 1, (3, 1)),
    ],
)
def test_processors_are_shared_out(
    points: int,
    workers: int | None,
    cores: int | None,
    shares: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nnuniverse.sweeps.engines.processes.GPU", Path("/no/such/device"))
    monkeypatch.setattr("nnuniverse.sweeps.engines.processes.usable_processors", lambda: 4)
    assert share_out(points, workers, cores) == shares


@pytest.mark.parametrize(("cores", "replicas", "threads"), [(1, 2, 1), (2, 1, 1), (2, 2, 2)])
def test_a_process_has_threads_for_the_replicas_on_its_processors(
    cores: int,
    replicas: int,
    threads: int,
    data_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if usable_processors() < cores:
        pytest.skip("takes two processors")
    monkeypatch.delenv("NPROC", raising=False)
    engine = ProcessEngine(workers=1, cores=cores, hang_seconds=SECONDS)
    submit(engine, make(data_file, (FOREVER,), seeds=replicas), tmp_path)
    wait_for(engine, Progress)
    names = [path.read_text() for path in Path(f"/proc/{only_pid(engine)}/task").glob("*/comm")]
    engine.close()
    assert sum("XLAEigen" in name for name in names) == threads


def test_on_an_accelerator_one_at_a_time_with_all_processors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("nnuniverse.sweeps.engines.processes.GPU", tmp_path)
    assert share_out(points=9, workers=None, cores=None) == (1, 0)
    assert share_out(points=9, workers=2, cores=1) == (2, 0)


def test_room_is_workers_and_memory(engine: ProcessEngine) -> None:
    assert free_memory() > 0
    assert engine.has_room(10**18), "one always fits"


def test_a_process_that_leaves_is_waited_for_only_on_an_accelerator(
    engine: ProcessEngine, sweep: SweepConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(engine, sweep, tmp_path)
    wait_for(engine, Ended)
    assert engine.unfinished == 0
    leaving = SimpleNamespace(process=SimpleNamespace(is_alive=lambda: True))
    monkeypatch.setattr(engine, "_leaving", [leaving])
    assert engine.has_room(0)
    monkeypatch.setattr("nnuniverse.sweeps.engines.processes.has_accelerator", lambda: True)
    assert not engine.has_room(0), "its memory there is still taken"
    leaving.process.is_alive = lambda: False
    assert engine.has_room(0)
