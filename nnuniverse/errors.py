"""The exceptions of nnuniverse, and how they are worded.

Every message is one line in one grammar: what is concerned, what it must be,
what it is, what to try.  The command line prints the message and exits with
the class's ``exit_code``; a traceback therefore always means a bug.
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CHECK = 3
EXIT_INTERRUPTED = 75


class NNUniverseError(Exception):
    """A failure while running: the user can act on it, so it has one clear line.

    Whatever a user's file or key put into ``message``, it prints as one line of plain text.
    """

    exit_code = EXIT_FAILED

    def __init__(self, message: str) -> None:
        super().__init__(printable(" ".join(message.split())))


class ConfigError(NNUniverseError):
    """Wrong usage or config: nothing has been computed or written."""

    exit_code = EXIT_USAGE


class DataError(NNUniverseError):
    """A data file that is there but cannot be what it claims to be, or cannot be had."""


class RunError(NNUniverseError):
    """A run that its machine has no room for, or a folder that cannot be written or continued."""


class NotWritableError(RunError):
    """A run folder that cannot be written, for lack of space or rights: it may be later."""


def printable(text: str) -> str:
    """Return ``text`` with escapes for what a terminal would obey, or cannot print."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def must(subject: str, requirement: str, actual: object, remedy: str) -> str:
    """Word an error as ``SUBJECT must REQUIREMENT, but ACTUAL. Try REMEDY.`` in one line.

    >>> must("`train.batch`", "be at least 1", "is 0", "train.batch=100")
    '`train.batch` must be at least 1, but is 0. Try train.batch=100.'
    """
    return f"{subject} must {requirement}, but {actual}. Try {remedy}."
