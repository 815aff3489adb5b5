"""What the last word of a command line may become, as the commands declare their arguments.

The metavar of an argument says what it is: ``RUN|SWEEP...`` a run or a sweep, ``png|svg`` one of
these, and so on; a new command is completed without a line here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import typer

from nnuniverse.cli.completion.candidates import Candidate, candidates

_ALTERNATIVES = re.compile(r"[A-Za-z0-9_.=,]+")


@dataclass(frozen=True)
class _Line:
    """A command line up to its last word: the command, its arguments so far, an open option.

    ``command`` and ``option`` are of typer's own classes, which have no public names.
    """

    command: Any
    name: str
    arguments: tuple[str, ...]
    option: Any | None


def may_become(words: Sequence[str]) -> list[Candidate]:
    """Return what the last of ``words``, those after ``nnu``, may become; without repetition."""
    line, word = _read(words[:-1]), words[-1]
    found = [one for one in _offered(line, word) if one.value.startswith(word)]
    return list({one.value: one for one in found}.values())


def _read(words: Sequence[str]) -> _Line:
    from nnuniverse.cli.app import app

    command: Any = typer.main.get_command(app)
    name, arguments, option = "", [], None
    for word in words:
        if option is not None:
            option = None
        elif word.startswith("-"):
            option = _option(command, word)
        elif word in getattr(command, "commands", {}):
            command, name = command.commands[word], f"{name} {word}".strip()
        else:
            arguments.append(word)
    return _Line(command, name, tuple(arguments), option)


def _option(command: Any, word: str) -> Any | None:
    """Return the option that ``word`` is, if a value has to follow."""
    found = (one for one in command.params if word in one.opts)
    return next((one for one in found if not one.is_flag), None)


def _offered(line: _Line, word: str) -> Iterator[Candidate]:
    if line.option is not None:
        return _of_metavar(line, line.option, word)
    if word.startswith("-"):
        return _options(line.command)
    if subcommands := getattr(line.command, "commands", {}):
        shown = (item for item in subcommands.items() if not item[1].hidden)
        return (Candidate(name, _first_line(one.help)) for name, one in shown)
    argument = _argument(line)
    return iter(()) if argument is None else _of_metavar(line, argument, word)


def _options(command: Any) -> Iterator[Candidate]:
    for one in command.params:
        if one.param_type_name == "option":
            yield from (Candidate(name, _first_line(one.help)) for name in one.opts[:1])
            yield from (Candidate(name) for name in one.secondary_opts)
    yield Candidate("--help", "Show this message and exit.")


def _argument(line: _Line) -> Any | None:
    """Return the argument that comes next; one that takes any number takes all that follow."""
    left = len(line.arguments)
    for one in line.command.params:
        if one.param_type_name == "argument":
            if one.nargs < 0 or left < one.nargs:
                return one
            left -= one.nargs
    return None


def _of_metavar(line: _Line, parameter: Any, word: str) -> Iterator[Candidate]:
    """Yield what one of the alternatives in a metavar may be."""
    metavar = parameter.metavar or ""
    if " " in metavar and parameter.nargs < 0:  # CONFIG [KEY=VALUE]...: what is first is another
        first, _, rest = metavar.partition(" ")
        metavar = rest if line.arguments else first
    alternatives = _ALTERNATIVES.findall(metavar)
    return chain.from_iterable(
        candidates(one.rstrip(".,"), line.name, word) for one in alternatives
    )


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
