"""Messages: one line of a sensible length, of nothing that a terminal would obey."""

from __future__ import annotations

import errno
import os
import unicodedata
from pathlib import Path

import pytest

from nnuniverse.errors import (
    EXIT_FAILED,
    EXIT_USAGE,
    LONGEST_MESSAGE,
    ConfigError,
    NNUniverseError,
    must,
    printable,
    system_failure,
)

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@pytest.mark.parametrize("character", [*BIDI, "\x1b", "\n", "\r", "\x9b", "\u2028", "\udcff"])
def test_what_a_terminal_would_obey_is_escaped(character: str) -> None:
    assert unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl"}
    shown = printable(f"a{character}b")
    assert shown.isprintable()
    assert shown.encode("ascii").decode("unicode_escape") == f"a{character}b"
    assert printable("ünï漢 |") == "ünï漢 |"


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    short = must("`key`", "be short", f"is {'x' * 700}", "less")
    assert str(ConfigError(short)) == short
    long = str(ConfigError("`key`", "be short", f"is {'x' * 100_000}", "less"))
    assert len(long) < LONGEST_MESSAGE + 50
    assert long.startswith("`key` must be short, but is xxx")
    assert long.endswith("xxx. Try less.")
    assert "characters ...]" in long
    assert len(str(NNUniverseError("\x1b" * 100_000))) < LONGEST_MESSAGE + 50


def test_what_the_system_refuses_is_named() -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert "output must be writable, but is not: No space left" in str(system_failure(full))
    with pytest.raises(OSError) as denied:
        Path("/proc/none/here").read_bytes()
    failed = system_failure(denied.value)
    assert str(failed).startswith("'/proc/none/here' must be there, readable and writable, but")
    assert "No such file" in str(failed)
    assert failed.exit_code == EXIT_FAILED
    with pytest.raises(OSError) as long:
        Path("x" * 300).read_bytes()
    assert system_failure(long.value).exit_code == EXIT_USAGE
    odd = system_failure(OSError(errno.EIO, "Input/output error", b"a\x1b\xff"))
    assert str(odd).isprintable()
    assert "is not: words" in str(system_failure(OSError("words")))
