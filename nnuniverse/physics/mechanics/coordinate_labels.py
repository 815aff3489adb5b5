"""Which coordinate of an ensemble is meant."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.errors import ConfigError


def coordinate_number(labels: Sequence[str], asked: str, option: str = "`--coordinate`") -> int:
    """Return the number of the coordinate that is ``asked`` for by its label or its number.

    ``labels``: of all coordinates; ``option``: what a refusal names.  Raises ConfigError if there
    is none.
    """
    if asked in labels:
        return labels.index(asked)
    if asked.isdecimal() and int(asked) < len(labels):
        return int(asked)
    known = ", ".join(f"{number} ({label})" for number, label in enumerate(labels))
    raise ConfigError(option, "name a coordinate", f"is {asked!r}", f"one of {known}")
