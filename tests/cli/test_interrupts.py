"""SIGINT where there is nothing to resume, and too little memory: one line, no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WHEN_IMPORTED = """
import importlib.abc, os, signal, sys, weakref
class Thing: pass
class Interrupt(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            {interrupt}
sys.meta_path.insert(0, Interrupt())
from nnuniverse.cli import main
main()
"""
"""A program that is interrupted when it first imports ``module``."""

AT_ONCE = "os.kill(os.getpid(), signal.SIGINT)"

IN_A_CALLBACK = (
    "thing = Thing(); "
    "ref = weakref.ref(thing, lambda _: os.kill(os.getpid(), signal.SIGINT)); del thing"
)
"""Where Python drops an exception, after it has printed it."""


def run(code: str, *arguments: object, before: str = ":") -> subprocess.CompletedProcess[str]:
    """Run the program ``code`` after the shell's command ``before``."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", f'{before}; exec "$@"', "sh", *command],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("how", [AT_ONCE, IN_A_CALLBACK], ids=["at once", "in a callback"])
@pytest.mark.parametrize("module", ["typer", "nnuniverse.config", "h5py"])
def test_an_interrupt(module: str, how: str, tmp_path: Path) -> None:
    code = WHEN_IMPORTED.format(module=module, interrupt=how)
    done = run(code, "runs", "--out", tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "nnu: interrupted\n")


def test_an_interrupt_that_is_ignored(tmp_path: Path) -> None:
    """As in the background of a script, where the terminal's are not meant."""
    code = WHEN_IMPORTED.format(module="h5py", interrupt=AT_ONCE)
    done = run(code, "runs", "--out", tmp_path, before="trap '' INT")
    assert (done.returncode, done.stderr) == (0, f"nnu: no run is in '{tmp_path}'\n")


# --- memory ------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="other systems limit no address space")
def test_too_little_memory_to_load_what_a_command_needs(config: Path, tmp_path: Path) -> None:
    code = "from nnuniverse.cli import main; main()"
    room = "ulimit -v 100000"  # for Python, not for NumPy
    done = run(code, "train", config, "--out", tmp_path / "runs", before=room)
    assert done.returncode == 1
    assert done.stderr.startswith("nnu: the run must fit into memory, but does not")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libopenblas.so: failed to map segment from shared object"),
        RuntimeError("can't start new thread"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("RESOURCE_EXHAUSTED: Out of memory allocating 8 bytes."),
    ],
    ids=str,
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_lack_of_memory_is_told_as_one(error: Exception, wrapped: bool) -> None:
    from nnuniverse.cli.shortage import shortage_as_memory_error

    with pytest.raises(MemoryError, match="does not: "), shortage_as_memory_error():
        if wrapped:
            raise ImportError("numpy cannot be imported") from error
        raise error


def test_other_errors_stay_what_they_are() -> None:
    from nnuniverse.cli.shortage import shortage_as_memory_error

    error = ImportError("No module named 'nothing'")
    with pytest.raises(ImportError) as caught, shortage_as_memory_error():
        raise error
    assert caught.value is error
