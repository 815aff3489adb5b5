"""The exceptions of nnuniverse, and how they are worded.

Every message is one line in one grammar: what is concerned, what it must be,
what it is, what to try.  The command line prints the message and exits with
the class's ``exit_code``; a traceback therefore always means a bug.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CHECK = 3
EXIT_INTERRUPTED = 75

LONGEST_MESSAGE = 1000
"""Characters of a message; chosen empirically: lists of all names that may be meant fit."""


class NNUniverseError(Exception):
    """A failure while running: the user can act on it, so it has one clear line.

    ``subject``: what is concerned, a key or a file; ``requirement``: what it must be; ``actual``:
    what it is; ``remedy``: what to try.  The message is ``SUBJECT must REQUIREMENT, but ACTUAL. Try
    REMEDY.``, or ``subject`` as it stands where it is the whole line already.  Whatever a user's
    file or key put into it prints as plain text.

    What is raised is a subclass: ConfigError for wrong usage, DataError, RunError, CheckError,
    StoppedError; each has the ``exit_code`` of the command that meets it.

    >>> try:
    ...     nnuniverse.train({"replicas": 0})
    ... except nnuniverse.NNUniverseError as error:
    ...     print(error.exit_code, error)
    2 `replicas` must be greater than or equal to 1, but is 0. Try replicas=1.
    """

    exit_code = EXIT_FAILED

    def __init__(
        self, subject: str, requirement: str = "", actual: object = "", remedy: str = ""
    ) -> None:
        message = must(subject, requirement, actual, remedy) if requirement else subject
        super().__init__(shortened(printable(" ".join(message.split()))))


class ConfigError(NNUniverseError):
    """Wrong usage or config: nothing has been computed or written."""

    exit_code = EXIT_USAGE


class DataError(NNUniverseError):
    """A data file that is there but cannot be what it claims to be, or cannot be had."""


class RunError(NNUniverseError):
    """A run that its machine has no room for, or a folder that cannot be written or continued."""


class CheckError(NNUniverseError):
    """A check or an expectation that does not hold, of results that are there all the same."""

    exit_code = EXIT_CHECK


class StoppedError(NNUniverseError):
    """Stopped when asked to, in a state from which the same can go on."""

    exit_code = EXIT_INTERRUPTED


class NotWritableError(RunError):
    """A run folder that cannot be written, for lack of space or rights: it may be later."""


class InUseError(RunError):
    """A file that another program has open for writing, and that cannot be told to be whole."""


def printable(text: str) -> str:
    """Return ``text`` with escapes for what a terminal would obey, or cannot print."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shortened(message: str) -> str:
    """Return a message, without its middle if it is long: its ends say what, and what to try."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    kept = LONGEST_MESSAGE // 2
    left_out = len(message) - 2 * kept
    return f"{message[:kept]} [... {left_out} characters ...] {message[-kept:]}"


def must(subject: str, requirement: str, actual: object, remedy: str) -> str:
    """Word an error as ``SUBJECT must REQUIREMENT, but ACTUAL. Try REMEDY.`` in one line.

    >>> must("`train.batch`", "be at least 1", "is 0", "train.batch=100")
    '`train.batch` must be at least 1, but is 0. Try train.batch=100.'

    ``subject``: the key or thing; ``requirement``: what must hold; ``actual``: what it is instead;
    ``remedy``: what the error advises.
    """
    told = str(actual)
    if not told.endswith("..."):
        told = told.removesuffix(".")  # that of an exception's own text
    return f"{subject} must {requirement}, but {told}. Try {remedy}."


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three of the ``known`` names that could be meant by ``name``, nearest first.

    >>> nearest("Mu_3", ["mu2", "mu3", "boundary_loss"])
    ['mu3']
    """
    from difflib import get_close_matches  # only where something is wrong

    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in get_close_matches(name.casefold(), folded)]


def one_of(name: str, known: Iterable[str]) -> str:
    """Return what to try where ``name`` is none of the ``known``: what is near, else all of them.

    >>> one_of("mu_3", ["mu2", "mu3", "boundary_loss"])
    'mu3'
    """
    names = list(known)
    shown = nearest(name, names) or names
    return ("one of " if len(shown) > 1 else "") + ", ".join(shown)


def system_failure(error: OSError) -> NNUniverseError:
    """Word what the system has refused, and to which file, where nobody nearer has done so.

    A name that no file can have is wrong usage, all else a failure while running.

    ``error``: as it was raised.
    """
    reason = error.strerror or str(error) or type(error).__name__
    subject = "output" if error.filename is None else repr(_text(error.filename))
    if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
        return ConfigError(subject, "be the path of a file", f"is not: {reason}", "another")
    if error.filename is None:
        return RunError(subject, "be writable", f"is not: {reason}", "another place for it")
    requirement = "be there, readable and writable"
    return RunError(subject, requirement, f"is not: {reason}", "another path, or its rights")


def _text(filename: str | bytes | int) -> str:
    return filename.decode(errors="replace") if isinstance(filename, bytes) else str(filename)
