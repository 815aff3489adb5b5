"""What the values of a command's options must be, in one line where they are not."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.errors import ConfigError


def require_one_of(option: str, value: str, names: Sequence[str], words: str = "") -> None:
    """Raise ConfigError unless ``value`` is one of ``names``, the first of which is advised.

    ``option``: without its dashes; ``words``: what it must be, "" for one of the ``names``.
    """
    if value not in names:
        must = f"be {words or 'one of ' + ', '.join(names)}"
        raise ConfigError(f"`--{option}`", must, f"is {value!r}", f"--{option} {names[0]}")


def require_at_least(option: str, value: int | None, least: int, instead: int) -> None:
    """Raise ConfigError for a ``value`` below ``least``; None is left to the command.

    ``option``: without its dashes; ``instead``: what is advised.
    """
    if value is not None and value < least:
        remedy = f"--{option} {instead}"
        raise ConfigError(f"`--{option}`", f"be at least {least}", f"is {value}", remedy)
