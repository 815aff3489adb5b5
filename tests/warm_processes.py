"""Commands in processes of their own that start in milliseconds: forks of one that has imported it.

`warm_commands` makes executables ``nnu`` and ``python``, which are used like those of that name,
by a shell, too: with a folder, environment, open files, masked signals and exit code of their own.
JAX starts its devices in the fork, under the flags that its environment has.  A `Fork` is one whose
process is known, to be looked at or killed.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import marshal
import multiprocessing
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn
from unittest import mock

NAMES = ("nnu", "python")

MOST_FILES = 16
"""That a process may begin with."""

NUMBERED_ABOVE = 100
"""Where files wait for the numbers that they had."""

QUICK_VARIABLE = "NNU_TESTS_COMPILE_QUICKLY"
"""In the environment of a command that compiles by `quick_compilation`, as do those it starts."""

GARBAGE = (100_000, 50, 100)
"""Less often than usual: JAX keeps very many objects, and each collection goes through them all."""

IMPORTED = (
    "PIL.BmpImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PpmImagePlugin",
    "dask.array",
    "encodings.ascii",
    "encodings.cp437",
    "h5netcdf.legacyapi",
    "h5py._hl.dims",
    "importlib.readers",
    "jax.experimental.multihost_utils",
    "jaxlib.mlir.dialects.builtin",
    "jaxlib.mlir.dialects.mhlo",
    "matplotlib.backends.backend_svg",
    "matplotlib.style.core",
    "multiprocessing.forkserver",
    "multiprocessing.popen_forkserver",
    "multiprocessing.synchronize",
    "pydantic.type_adapter",
    "scipy.integrate",
    "scipy.interpolate",
    "scipy.optimize",
    "scipy.stats",
    "tqdm",
    "typer._adapters",
    "typer._click.decorators",
    "xarray.computation.nanops",
)
"""What modules of the package, or others, import when it is used."""

CLIENT = """\
#!{python} -IS
import _signal, _socket, marshal, os, sys  # `socket`, `signal`, `json` take as long as Python

listed = map(int, os.listdir("/proc/self/fd"))
files = [file for file in listed if os.path.exists(f"/proc/self/fd/{{file}}")]  # not of the list
asked = {{
    "words": [{name!r}, *sys.argv[1:]],
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "files": files,
    "masked": [int(number) for number in _signal.pthread_sigmask(_signal.SIG_BLOCK, [])],
}}
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
server.connect({address!r})
sent = b"".join(file.to_bytes(4, sys.byteorder) for file in files)
server.sendmsg([b"+"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, sent)])
server.sendall(marshal.dumps(asked))
server.shutdown(_socket.SHUT_WR)
said = b""


def told():
    global said
    while b"\\n" not in said:
        part = server.recv(64)
        if not part:  # the tests have ended
            sys.exit(1)
        said += part
    line, _, said = said.partition(b"\\n")  # the end may come with the beginning
    return int(line)


process = told()
for number in (_signal.SIGINT, _signal.SIGTERM):
    _signal.signal(number, lambda number, _: os.kill(process, number))
code = told()
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""
"""Sends what a process begins with to the server, hands signals on, ends as the process ended."""


@contextmanager
def warm_commands(folder: Path) -> Iterator[Path]:
    """Let commands be run by the executables in a new subfolder of ``folder``, which is returned.

    ``python`` knows ``-c CODE``, ``-m MODULE`` and scripts.  The processes that sweeps start are
    forks as well.
    """
    bin_, address = folder / "bin", folder / "socket"
    bin_.mkdir()
    for name in NAMES:
        client = CLIENT.format(python=sys.executable, name=name, address=str(address))
        (bin_ / name).write_text(client)
        (bin_ / name).chmod(0o755)
    server = subprocess.Popen([sys.executable, __file__, str(address)], stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    try:
        yield bin_
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()  # which those that wait for a fork server have, too


class Fork:
    """A command in a fork of its own, as `subprocess.Popen` has one; signals reach the fork itself.

    ``words``: the command, as of an executable in the folder ``bin_`` of `warm_commands`.
    """

    def __init__(self, bin_: Path, words: Sequence[str], cwd: Path) -> None:
        self._out = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._err = tempfile.TemporaryFile("w+")  # noqa: SIM115
        asked = {
            "words": list(words),
            "folder": str(cwd),
            "environment": dict(os.environ),
            "files": [0, 1, 2],
            "masked": [],
        }
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(str(bin_.parent / "socket"))
        with Path(os.devnull).open() as nothing:
            files = [nothing.fileno(), self._out.fileno(), self._err.fileno()]
            socket.send_fds(self._server, [b"+"], files)
        self._server.sendall(marshal.dumps(asked))
        self._server.shutdown(socket.SHUT_WR)
        self._answers = self._server.makefile()
        self.pid = int(self._answers.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative: the signal that ended it; None while it runs."""
        return self._ended(within=0.0)

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL, if it runs."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for its end and return its output and errors; raises `TimeoutError`."""
        if self._ended(within=timeout) is None:
            raise TimeoutError(f"{self.pid} has not ended")
        self._server.close()
        texts = []
        for file in (self._out, self._err):
            file.seek(0)
            texts.append(file.read())
            file.close()
        return texts[0], texts[1]

    def _ended(self, within: float | None) -> int | None:
        if self.returncode is None and select.select([self._server], [], [], within)[0]:
            self.returncode = int(self._answers.readline())
        return self.returncode


# --- the process that forks ----------------------------------------------------------------------


@dataclass
class _Command:
    """A command that runs: its process, and who is told its end."""

    process: int
    client: socket.socket

    def tell(self, number: int) -> None:
        """Tell the client one of two numbers, unless it has gone."""
        with suppress(OSError):
            self.client.sendall(f"{number}\n".encode())


def _serve(address: str) -> None:
    """Fork for everybody who connects, and tell how the forks end, until there is a signal."""
    get_warm()
    running: dict[int, _Command] = {}  # by a file that can be read when it has ended
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while True:
            ready, _, _ = select.select([listener.fileno(), *running], [], [])
            for file in ready:
                if file != listener.fileno():
                    os.close(file)
                    _end(running.pop(file))
                elif started := _start(listener, running.values()):
                    running[os.pidfd_open(started.process)] = started


def get_warm() -> None:
    """Import what forks may need, and leave them little garbage to look for.

    Nothing that starts the devices of JAX, whose threads no fork would have.
    """
    import jax.numpy as jnp
    import numpy as np
    from jax._src.api import clean_up
    from jax._src.xla_bridge import backends_are_initialized

    import nnuniverse

    atexit.unregister(clean_up)  # JAX takes itself apart for longer than a fork
    own = (found.name for found in walk_packages(nnuniverse.__path__, "nnuniverse."))
    with mock.patch.object(jnp, "log", np.log):  # blackjax computes log 2 when it is imported
        for module in (*IMPORTED, *own):
            import_module(module)

    from nnuniverse.claims.statements import load_papers
    from nnuniverse.data import load_embedded
    from nnuniverse.runs.provenance import environment

    # What a process reads or asks once: git and the system; our papers; the digits.
    environment()
    load_papers()
    load_embedded()
    assert not backends_are_initialized()
    gc.collect()
    gc.freeze()  # else collecting garbage would copy all of this memory in every fork
    gc.set_threshold(*GARBAGE)


def _start(listener: socket.socket, others: Iterable[_Command]) -> _Command | None:
    """Start what the next client asks for; None if that was killed before it had said it all."""
    client, _ = listener.accept()
    _, received, _, _ = socket.recv_fds(client, 1, MOST_FILES)
    with client.makefile("rb") as said:
        try:
            asked = marshal.loads(said.read())
        except (EOFError, ValueError):
            client.close()
            asked = None
    command = None
    if asked:
        process = os.fork()
        if not process:
            for inherited in (listener, client, *(other.client for other in others)):
                inherited.close()
            _become(received=received, **asked)
        command = _Command(process, client)
        command.tell(process)
    for file in received:
        os.close(file)
    return command


def _end(command: _Command) -> None:
    _, status = os.waitpid(command.process, 0)
    command.tell(os.waitstatus_to_exitcode(status))
    command.client.close()


def _become(
    words: Sequence[str],
    folder: str,
    environment: dict[str, str],
    files: Sequence[int],
    masked: Sequence[int],
    received: Sequence[int],
) -> NoReturn:
    """Turn this process into the one of a command, and end it.

    ``files``: the numbers that those ``received`` had there.
    """
    _number(received, files)
    signal.pthread_sigmask(signal.SIG_SETMASK, masked)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None  # the environment may name another
    code: object = 0
    try:
        _customise()
        with quick_compilation() if QUICK_VARIABLE in environment else nullcontext():
            _run(words)
    except SystemExit as stop:
        code = stop.code or 0
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(code)  # what is left to Python takes longer than to start another


def _number(files: Sequence[int], numbers: Sequence[int]) -> None:
    """Give open files the ``numbers``, which some of them may have at present."""
    above = [fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, NUMBERED_ABOVE) for file in files]
    for file in files:
        os.close(file)
    for file, number in zip(above, numbers, strict=True):
        os.dup2(file, number)
        os.close(file)


def _customise() -> None:
    """Run what Python runs when it begins, of the folders that the environment names."""
    for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep):
        customisation = Path(folder) / "sitecustomize.py"
        if folder and customisation.is_file():
            runpy.run_path(str(customisation))


def _run(words: Sequence[str]) -> None:
    match words:
        case ["nnu", *_]:
            from nnuniverse.cli import main

            sys.argv = list(words)
            main()
        case ["python", "-B", *rest]:  # multiprocessing hands on how Python was started
            _run(["python", *rest])
        case ["python", "-c", code, *rest]:
            sys.argv = ["-c", *rest]
            sys.path.insert(0, "")
            exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        case ["python", "-m", module, *rest]:
            sys.argv = [module, *rest]
            sys.path.insert(0, str(Path.cwd()))
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        case ["python", script, *rest] if not script.startswith("-"):
            sys.argv = [script, *rest]
            sys.path.insert(0, str(Path(script).parent.resolve()))
            runpy.run_path(script, run_name="__main__")
        case _:
            sys.exit(f"{words}: not known here")


if __name__ == "__main__":
    from quick_jit import quick_compilation, share_contexts

    share_contexts()
    multiprocessing.set_executable(str(Path(sys.argv[1]).parent / "bin" / "python"))
    del sys.path[0]  # where this file is
    _serve(sys.argv[1])
