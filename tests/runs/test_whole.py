"""Files that others wrote, damaged or hold open: read if they are whole, else one line."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pytest
from changing import GENERATORS, changed, damaged, unseal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written import write

from nnuniverse.errors import InUseError, RunError
from nnuniverse.runs import inspection, open_results
from nnuniverse.runs.inspector import _Inspector
from nnuniverse.runs.seal import SEAL_BYTES

SECRET = "the content of another file"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "results.h5")


def line_against(path: Path, error: type[RunError] = RunError) -> str:
    with pytest.raises(RunError) as caught:
        open_results(path)
    assert caught.type is error
    line = str(caught.value)
    assert line.startswith(repr(str(path))) and " must " in line and ". Try " in line
    return line


# --- without a seal ------------------------------------------------------------------------------


def test_a_file_of_version_0_1_0_is_read(path: Path) -> None:
    with changed(path) as file:
        file.attrs["schema_version"] = 1
    unseal(path)
    for _ in range(2):
        with open_results(path) as file:
            np.testing.assert_array_equal(file["mu2"][()], [[0.0, 1.0], [2.0, 3.0]])


Change = Callable[[h5py.File], object]


def put(name: str, value: object, **stored: object) -> Change:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, data=value, **stored)

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((3,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
    file.create_virtual_dataset("virtual", layout)


def external(file: h5py.File) -> None:
    Path("secret.txt").write_text(SECRET)
    stored = [(str(Path("secret.txt").absolute()), 0, 10)]
    file.create_dataset("external", (10,), "u1", external=stored)


HOSTILE: dict[str, tuple[Change, str]] = {
    "more than fits": (lambda file: file.create_dataset("x", (2, 2**46)), "declares more values"),
    "more than chunks can hold": (
        lambda file: file.create_dataset("x", (2, 2**46), chunks=(1, 1024), compression="gzip"),
        "declares more values",
    ),
    "values in another file": (external, "whose values lie in other files"),
    "values of another file": (virtual, "whose values lie in other files"),
    "soft link": (lambda file: file.__setitem__("x", h5py.SoftLink("/mu2")), "a link"),
    "dangling link": (lambda file: file.__setitem__("x", h5py.SoftLink("/x")), "a link"),
    "link to another file": (
        lambda file: file.__setitem__("x", h5py.ExternalLink("other.h5", "/x")),
        "a link",
    ),
    "group": (lambda file: file.create_group("x"), "no dataset"),
    "type": (lambda file: file.__setitem__("x", np.dtype("f8")), "no dataset"),
    "nothing": (lambda file: file.__setitem__("x", h5py.Empty("f8")), "no array"),
    "references": (lambda file: file.create_dataset("x", (3,), h5py.ref_dtype), "no array"),
    "complex": (put("mu2", np.ones((2, 2), complex)), "no array"),
    "long numbers": (put("mu2", np.ones((2, 2), np.longdouble)), "no array"),
    "pairs": (lambda file: file.create_dataset("x", (3,), [("a", "i4")]), "no array"),
    "bytes for epochs": (put("epoch", np.array([b"1", b"2", b"3"])), "is damaged"),
    "complex epochs": (put("epoch", np.array([1j, 2, 3])), "no array"),
    "fractions of epochs": (put("epoch", np.array([1.0, 2.0, 3.0])), "is damaged"),
    "epochs from zero": (put("epoch", np.array([0, 1, 2])), "is damaged"),
    "epochs of two dimensions": (put("epoch", np.array([[1, 2, 3]])), "is damaged"),
    "negative snapshots": (put("snapshot", np.array([-1, 3])), "is damaged"),
    "snapshots backwards": (put("snapshot", np.array([3, 0])), "is damaged"),
    "a snapshot twice": (put("snapshot", np.array([3, 3])), "is damaged"),
    "no replica": (put("replica", np.zeros(0, int)), "is damaged"),
    "seeds of no replica": (put("seed", np.array([1])), "is damaged"),
    "text for an epoch": (put("diverged_epoch", "never"), "no array"),
}


@pytest.mark.parametrize("make", [lambda path: None, unseal], ids=["sealed", "foreign"])
@pytest.mark.parametrize(("change", "said"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_array_of_its_own(
    change: Change,
    said: str,
    make: Callable[[Path], None],
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(path.parent)
    with changed(path) as file:
        change(file)
    make(path)
    line = line_against(path)
    assert said in line
    assert SECRET not in line


@pytest.mark.parametrize(
    "make",
    [
        os.mkfifo,
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/dev/tty"),
        Path.mkdir,
    ],
    ids=["pipe", "endless", "terminal", "folder"],
)
def test_what_is_no_regular_file(make: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "x.h5"
    make(path)
    with pytest.raises(RunError, match=r"cannot be read: |is not there"):
        open_results(path)


def test_a_file_that_only_declares_its_size(tmp_path: Path) -> None:
    path = tmp_path / "results.h5"
    with path.open("wb") as file:
        file.truncate(2**40)
    assert "cannot be read as HDF5" in line_against(path)


# --- damage that HDF5 does not survive -----------------------------------------------------------

READER = """
import sys
from nnuniverse.errors import RunError
from nnuniverse.runs import open_results, read_run
for path in iter(sys.stdin.readline, ""):
    try:
        with open_results(path.strip()) as file:
            for name, dataset in file.items():
                dataset[()], dict(dataset.attrs), [len(dim) for dim in dataset.dims]
        print("read", flush=True)
    except RunError as error:
        print("refused", flush=True)
"""


@pytest.fixture(scope="module")
def reader() -> Iterator[Callable[[Path], str]]:
    """Read files in a process of its own; returns whether they were refused, "" if it died."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def read(path: Path) -> str:
        print(path, file=process.stdin, flush=True)
        return process.stdout.readline().strip()

    yield read
    process.communicate()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    random=GENERATORS,
    length=st.sampled_from([1.0, 1.0, 1.0, 0.9]),
)
def test_any_damage_to_a_foreign_file_is_survived(
    random: Random,
    length: float,
    reader: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "foreign.h5")
    content = damaged(path.read_bytes()[SEAL_BYTES:], random)
    path.write_bytes(content[: int(length * len(content))])
    assert reader(path) in ("read", "refused")


PROGRAM = """
import json, os, signal, sys
print(json.dumps(""), flush=True)
for line in sys.stdin:
    name = os.path.basename(json.loads(line)[0])
    if name != "fine":
        os.kill(os.getpid(), getattr(signal, name))
    print(json.dumps(""), flush=True)
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program in the place of the one that looks at files: it dies as the file is called."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    monkeypatch.setattr(inspection, "__file__", str(path))
    return path


def test_a_file_may_kill_who_looks_at_it(program: Path, tmp_path: Path) -> None:
    inspector = _Inspector()
    said = {}
    for name in ("fine", "SIGSEGV", "fine", "SIGABRT", "SIGALRM", "fine"):
        (tmp_path / name).touch()
        said[name] = inspector.reason(tmp_path / name, sparse=False)
    inspector.end()
    assert said == {
        "fine": "",
        "SIGSEGV": "cannot be read as HDF5",
        "SIGABRT": "cannot be read as HDF5",
        "SIGALRM": "takes longer than 10 s to read",
    }


def test_somebody_else_may_kill_it_between_two_files(program: Path, tmp_path: Path) -> None:
    inspector = _Inspector()
    (tmp_path / "fine").touch()
    assert inspector.reason(tmp_path / "fine", sparse=False) == ""
    inspector._process.kill()
    inspector._process.wait()
    assert inspector.reason(tmp_path / "fine", sparse=False) == ""
    inspector.end()


@pytest.mark.parametrize("content", ["", "import h5pie"])
def test_without_such_a_process_the_file_is_not_blamed(
    content: str, program: Path, tmp_path: Path
) -> None:
    program.write_text(content)
    inspector = _Inspector()
    (tmp_path / "fine").touch()
    assert "no process can be started" in inspector.reason(tmp_path / "fine", sparse=False)
    assert inspector.end() is None


def test_what_did_not_change_is_looked_at_once(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inspector = _Inspector()
    asked = []
    monkeypatch.setattr(inspector, "_ask", lambda question: asked.append(question) or "odd")
    for age, times in ((3600.0, 1), (0.0, 3)):
        path = tmp_path / str(age)
        path.touch()
        changed_at = time.time() - age
        os.utime(path, (changed_at, changed_at))
        asked.clear()
        assert [inspector.reason(path, sparse=False) for _ in range(3)] == ["odd"] * 3
        assert len(asked) == times, "what has just changed may change again within the same time"


# --- the end of that process ---------------------------------------------------------------------

ENDING = """
import os, signal, sys
from nnuniverse.runs import inspector, open_results
open_results(sys.argv[1]).close()
print(inspector._INSPECTOR._process.pid, flush=True)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("how", "code"), [("kill", -signal.SIGKILL), ("exit", 0)])
def test_it_ends_with_its_parent(how: str, code: int, path: Path) -> None:
    unseal(path)
    done = subprocess.run(
        [sys.executable, "-c", ENDING, str(path), how], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (code, "")
    while runs(int(done.stdout)):
        time.sleep(0.01)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"  # whoever adopts it may not reap it


FORKING = """
import os, sys
from nnuniverse.runs import inspector, open_results
for name in sys.argv[1:]:
    open_results(name).close()
    mine = inspector._INSPECTOR._process.pid
inspector._INSPECTOR._lock.acquire()  # as another thread may have, just then
child = os.fork()
if not child:
    assert inspector._INSPECTOR._lock.acquire(blocking=False)
    inspector._INSPECTOR._lock.release()
    open_results(sys.argv[1]).close()
    assert inspector._INSPECTOR._process.pid != mine
    inspector._INSPECTOR.end()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
inspector._INSPECTOR._lock.release()
open_results(sys.argv[1]).close()
assert inspector._INSPECTOR._process.pid == mine
"""


def test_a_fork_has_one_of_its_own(path: Path) -> None:
    unseal(path)
    subprocess.run([sys.executable, "-c", FORKING, str(path)], check=True)


# --- locks ---------------------------------------------------------------------------------------


@pytest.fixture
def held(path: Path) -> Iterator[Path]:
    """The results while another program has them open for writing, as HDF5 locks them."""
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield path


def test_a_whole_file_is_read_though_it_is_locked(held: Path) -> None:
    with open_results(held) as file:
        assert file["mu2"].shape == (2, 2)


def test_it_is_in_use_while_h5py_writes_it(path: Path) -> None:
    """HDF5 says so in the file too, which therefore is not what was sealed until that ends."""
    program = f"import h5py; file = h5py.File({str(path)!r}, 'r+'); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout.readline() == b"1\n"
    assert "is open for writing in another program" in line_against(path, InUseError)
    holder.communicate(b"\n")
    with open_results(path) as file:
        assert file["mu2"].shape == (2, 2)


def test_reading_keeps_nobody_from_writing(path: Path) -> None:
    with open_results(path):
        program = f"import h5py; h5py.File({str(path)!r}, 'r+').close()"
        subprocess.run([sys.executable, "-c", program], check=True)


def test_it_may_be_open_in_this_process_too(path: Path) -> None:
    with h5py.File(path) as mine, open_results(path) as file, h5py.File(path) as other:
        assert mine["mu2"][0, 1] == file["mu2"][0, 1] == other["mu2"][0, 1] == 1.0


@pytest.mark.parametrize("make", [unseal, lambda path: path.write_bytes(path.read_bytes()[:-1])])
def test_a_locked_file_that_may_be_half_written(make: Callable[[Path], object], held: Path) -> None:
    make(held)
    assert "is open for writing in another program" in line_against(held, InUseError)


@pytest.mark.parametrize("reason", [errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP])
def test_without_locks_nothing_is_locked(
    reason: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(reason, os.strerror(reason))

    unseal(path)
    monkeypatch.setattr(fcntl, "flock", refuse)
    with open_results(path) as file:
        assert file["mu2"].shape == (2, 2)


def test_the_program_answers_in_lines(path: Path) -> None:
    """Also for names that are no text."""
    odd = path.rename(os.fsdecode(os.fsencode(path) + b"\xff\n"))
    unseal(odd)
    question = json.dumps([str(odd), False, 10]) + "\n"
    done = subprocess.run(
        [sys.executable, "-P", inspection.__file__],
        input=question * 2,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == '""\n' * 3
