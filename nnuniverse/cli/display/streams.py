"""Where the command line prints: to streams that never fail, so that no output ends a command."""

from __future__ import annotations

import io
import os
import re
import select
import sys
import textwrap
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from nnuniverse.errors import EXIT_FAILED, must

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

IN_BACKTICKS = re.compile(r"`[^`]*`")
JOINED = "\0"
"""Stands for a space at which no line may end; no text that is printed has it."""

STANDARD = (0, 1, 2)
"""Descriptors of input, output and errors."""


class Outlet(io.RawIOBase):
    """An open descriptor to write to: what it does not take is dropped, and the ``error`` kept."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.error: OSError | None = None

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return os.isatty(self._descriptor)

    def write(self, content: ReadableBuffer) -> int:
        """Write all of ``content``; return its length, whatever became of it."""
        left = memoryview(content).cast("B")
        length = len(left)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # a terminal or pipe that another process has set to this
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.error = self.error or error
                break
        return length


def prepare_streams() -> Outlet:
    """Let stdout and stderr never fail, for the rest of this process; return the one of stdout.

    A stream that was closed drops everything, and a character that its encoding does not have is
    shown by its number.  A stream that Python has not made itself stays as it is.
    """
    _reopen_closed()
    sys.stdout, output = _prepared(sys.stdout, 1)
    sys.stderr, _ = _prepared(sys.stderr, 2)
    return output


def _reopen_closed() -> None:
    """Keep files that are opened later from becoming the standard streams: XLA writes to those."""
    for descriptor in STANDARD:
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _prepared(stream: TextIO | None, descriptor: int) -> tuple[TextIO, Outlet]:
    """Return ``stream``, None if it was closed, as one that never fails."""
    if stream is None:
        outlet = Outlet(descriptor)
        return _text(outlet, "utf-8", interactive=False), outlet
    if type(stream) is not io.TextIOWrapper:
        return stream, Outlet(descriptor)
    if isinstance(stream.buffer, Outlet):
        stream.buffer.error = None
        return stream, stream.buffer
    outlet = Outlet(stream.fileno())
    return _text(outlet, stream.encoding, interactive=stream.line_buffering), outlet


def _text(outlet: Outlet, encoding: str, *, interactive: bool) -> TextIO:
    buffer: Any = outlet  # whose type lacks what only reading would call
    return io.TextIOWrapper(buffer, encoding, errors="backslashreplace", line_buffering=interactive)


# --- text within the width of a terminal -------------------------------------------------------


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """Return ``text`` in lines within ``width``, broken between words, all but one indented.

    What stands between backticks is one word: a command that is to be copied.
    """
    joined = IN_BACKTICKS.sub(lambda command: command[0].replace(" ", JOINED), text)
    lines = textwrap.wrap(
        joined,
        max(width, 1),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(JOINED, " ") for line in lines]


def fitted(text: str, stream: TextIO) -> str:
    """Return a line as several, broken between words, if ``stream`` is a terminal too narrow."""
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):  # it is none
        return text
    return "\n".join(wrapped(text, width, "  ")) if 0 < width < len(text) else text


def tell(text: str) -> None:
    """Print a line on stderr, whatever becomes of it; a handler of signals may."""
    with suppress(OSError, ValueError, RuntimeError):
        sys.stderr.write(f"{fitted(text, sys.stderr)}\n")
        sys.stderr.flush()


def require_written(output: Outlet, code: object) -> None:
    """Say so if stdout did not take everything, and exit with 1 if the exit ``code`` would be 0.

    A pipe whose reader has gone has not failed.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    if output.error is not None and not isinstance(output.error, BrokenPipeError):
        reason = output.error.strerror or str(output.error)
        tell(f"nnu: {must('stdout', 'be writable', reason, 'another place for it')}")
        if not code:
            sys.exit(EXIT_FAILED)
