"""What a command has found of a run, read back from the run's folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar

Found = TypeVar("Found")


class Stored(NamedTuple, Generic[Found]):
    """What was ``found``, and the ``attributes`` that say of what and how."""

    found: Found
    attributes: Mapping[str, object]
