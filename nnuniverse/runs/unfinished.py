"""What a command has of a run before it is done: kept if it is stopped, gone at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.checkpoint import UNREADABLE, read_sealed, sealed_archive

GRAND_CHAINS = "grand.unfinished.npz"
"""Chains of masks on their way."""


@dataclass(frozen=True)
class Unfinished:
    """Arrays in the file ``path`` that belong to one question, whose hash is ``question``."""

    path: Path
    question: str

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Put ``arrays`` in the place of those before; raises RunError if that fails."""
        asked = np.asarray(self.question)
        replace_file(self.path, sealed_archive({**arrays, "question": asked}))

    def load(self) -> dict[str, np.ndarray] | None:
        """Return the arrays, None if there are none, or damaged ones, or those of another one."""
        try:
            arrays = read_sealed(self.path)
            return arrays if str(arrays.pop("question")) == self.question else None
        except UNREADABLE:
            return None

    def remove(self) -> None:
        """Remove the file, whosever question it answers."""
        self.path.unlink(missing_ok=True)


def hash_of(*parts: bytes | str) -> str:
    """Return the SHA-256 of all ``parts`` and of where they end."""
    digest = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
