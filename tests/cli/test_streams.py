"""Streams that are closed, full, left by their reader, or that lack characters end no command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.cli.display.streams import wrapped
from nnuniverse.errors import EXIT_FAILED

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")

QUICKLY = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
"""What compiles is a Python of its own, which begins with the streams."""


def shell(command: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run ``nnu`` with ``arguments`` as ``"$@"`` of a shell's ``command``."""
    nnu = [sys.executable, "-m", "nnuniverse", *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", command, "sh", *nnu],
        env={**os.environ, **QUICKLY, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def status(run: Path) -> str:
    content = json.loads((run / "provenance.json").read_text())
    return str(content["segments"][-1]["status"])


# --- training ----------------------------------------------------------------------------------


@needs_full
def test_training_beside_a_full_log_and_without_a_character(config: Path, tmp_path: Path) -> None:
    done = shell('"$@" 2>/dev/full', "train", config, "--out", tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    caption, *table, last = done.stdout.splitlines()
    assert " \\xb1 " in table[1]
    assert "\\xb1 or + - their 95 % interval" in caption
    assert status(Path(last.removeprefix("run folder: "))) == "complete"


@needs_full
def test_results_that_cannot_be_printed(config: Path, tmp_path: Path) -> None:
    done = shell('"$@" >/dev/full', "train", config, "--out", tmp_path)
    assert done.returncode == EXIT_FAILED
    *_, last = done.stderr.splitlines()
    assert last.startswith("nnu: stdout must be writable, but No space left on device. Try ")
    (run,) = (tmp_path / "tiny").iterdir()
    assert status(run) == "complete"


def test_a_reader_of_the_log_that_has_gone_away(copied: Callable[[], Path]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "nnuniverse", "train", "--resume", str(copied())]
    environment = {**os.environ, **QUICKLY}
    done = subprocess.run(command, stdout=writing, stderr=writing, env=environment, check=False)
    os.close(writing)
    assert done.returncode == 0


def test_files_do_not_become_closed_streams(tmp_path: Path) -> None:
    """XLA writes to descriptor 2, whatever that is: an HDF5 file, if it had been closed."""
    code = (
        "import os\n"
        "from nnuniverse.cli.display.streams import prepare_streams\n"
        "prepare_streams()\n"
        f"file = open({str(tmp_path / 'file')!r}, 'w')\n"
        "os.write(2, b'noise')\n"
        "assert file.fileno() > 2\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    done = subprocess.run(["sh", "-c", f"{sys.executable} {script} <&- >&- 2>&-"], check=False)
    assert done.returncode == 0
    assert (tmp_path / "file").read_bytes() == b""


# --- encodings ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variables", "shown"),
    [
        ({"PYTHONIOENCODING": "ascii"}, "\\xb1 \\u03bb \\u2588"),
        ({"PYTHONIOENCODING": "latin-1"}, "\xb1 \\u03bb \\u2588"),
        (
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            "\\xb1 \\u03bb \\u2588",
        ),
        ({"PYTHONIOENCODING": "utf-8"}, "± λ █"),
    ],
    ids=str,
)
def test_characters_that_a_stream_lacks_are_shown_by_number(
    variables: dict[str, str], shown: str
) -> None:
    code = (
        "import sys\n"
        "from nnuniverse.cli.display.consoles import make_console\n"
        "from nnuniverse.cli.display.streams import prepare_streams, tell\n"
        "prepare_streams()\n"
        "text = '\\xb1 \\u03bb \\u2588'\n"
        "make_console().print(text)\n"
        "make_console(stderr=True).print(text)\n"
        "print(text)\n"
        "tell(text + '\\udcff')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )
    coding = "utf-8" if variables.get("PYTHONIOENCODING") == "utf-8" else "latin-1"
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode(coding) == f"{shown}\n{shown}\n"
    assert done.stderr.decode(coding) == f"{shown}\n{shown}\\udcff\n"


# --- an outlet ---------------------------------------------------------------------------------


def outlet(descriptor: int) -> Any:
    from nnuniverse.cli.display.streams import Outlet

    return Outlet(descriptor)


@needs_full
def test_an_outlet_keeps_the_first_error() -> None:
    with FULL.open("wb") as full:
        one = outlet(full.fileno())
        assert one.write(b"lost") == 4
        first = one.error
        assert one.write(b"lost too") == 8
    assert one.write(b"closed") == 6
    assert one.error is first
    assert first.strerror == "No space left on device"


def test_an_outlet_waits_for_a_pipe_that_is_full() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    content = bytes(range(256)) * 4096  # more than a pipe holds
    one, read = outlet(writing), bytearray()

    def drain() -> None:
        while len(read) < len(content):
            read.extend(os.read(reading, 65536))

    reader = threading.Thread(target=drain)
    reader.start()
    assert one.write(content) == len(content)
    reader.join()
    os.close(reading)
    os.close(writing)
    assert one.error is None
    assert bytes(read) == content


def test_streams_of_somebody_else_stay(capsys: pytest.CaptureFixture[str]) -> None:
    from nnuniverse.cli.display.streams import prepare_streams, tell

    streams = sys.stdout, sys.stderr
    assert prepare_streams().error is None
    assert (sys.stdout, sys.stderr) == streams
    tell("heard")
    assert capsys.readouterr().err == "heard\n"


def test_words_that_are_to_be_copied_stay_together() -> None:
    text = "interrupted after epoch 7. Continue with `nnu train --resume runs/name/id`."
    assert wrapped(text, 40, "  ") == [
        "interrupted after epoch 7. Continue with",
        "  `nnu train --resume runs/name/id`.",
    ]
