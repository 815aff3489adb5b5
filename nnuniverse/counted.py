"""Numbers of things in words."""

from __future__ import annotations


def counted(number: int, noun: str, *, plural: str = "") -> str:
    """Return ``number`` with its noun, such as "1 run" and "2 runs"; ``plural``: if not by an s.

    >>> from nnuniverse.counted import counted
    >>> counted(1, "replica"), counted(2, "replica")
    ('1 replica', '2 replicas')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
