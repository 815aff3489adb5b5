"""``nnu completion``: the script that a shell needs, and the question that the script asks."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from nnuniverse.errors import ConfigError, printable

BASH_BREAKS = " \t\n\"'><=;|&(:"
"""Where bash divides words, unless the user has changed `COMP_WORDBREAKS`."""


def completion(
    shell: Annotated[
        str, typer.Argument(metavar="bash|zsh|fish", help="The shell.", show_default=False)
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[-- WORD...]",
            help="Print what the last word may become, as the script asks; bash: the whole line.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print the script that completes commands, options, config keys and runs in a shell.

    In ~/.bashrc: source <(nnu completion bash); docs/command-line.md says how in zsh and fish.
    """
    from nnuniverse.cli.completion.scripts import SCRIPTS

    if shell not in SCRIPTS:
        raise ConfigError("the shell", "be bash, zsh or fish", f"is {shell!r}", "bash")
    if words is None:
        typer.echo(SCRIPTS[shell], nl=False)
        return
    for line in _answer(shell, words):
        typer.echo(line)


def _answer(shell: str, words: list[str]) -> list[str]:
    """Return a line for each word that the last of ``words`` may become, as ``shell`` reads it."""
    from nnuniverse.cli.completion.words import may_become

    if shell == "bash":
        words = _bash_words(words[0])
    found = [one for one in may_become(words) if one.value.isprintable()]
    if shell == "bash":
        done = _done_in_bash(words[-1])
        return [one.value[done:] for one in found]
    return [f"{one.value}\t{printable(one.help)}" if one.help else one.value for one in found]


def _bash_words(line: str) -> list[str]:
    """Return the words after the first of a ``line`` up to the cursor; the last may be empty.

    Quotes are left as they are: bash itself then completes the name of a file.
    """
    return [*line.split()[1:], ""] if line[-1:].isspace() else line.split()[1:] or [""]


def _done_in_bash(word: str) -> int:
    """Return the length of the begin of ``word`` that bash takes for words before it."""
    breaks = os.environ.get("COMP_WORDBREAKS") or BASH_BREAKS
    return 1 + max(word.rfind(mark) for mark in breaks)
