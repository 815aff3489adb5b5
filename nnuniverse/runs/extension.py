"""How a run was given more epochs: what it was before, as its provenance keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

EXTENSIONS = "extensions"
"""Key of ``provenance.json``."""


@dataclass(frozen=True)
class Extension:
    """A step by which a run was made longer, and what the run was before.

    ``asked``: when; ``epoch``: of the checkpoint that it goes on from; ``epochs``: of the longer
    run; ``extended_hash``: of the longer config.  Before: ``config``, its values by section;
    ``config_hash`` and ``run_hash``; ``identity``, the record of it.
    """

    asked: str
    epoch: int
    epochs: int
    extended_hash: str
    config: dict[str, object]
    config_hash: str
    run_hash: str
    identity: dict[str, object]

    def record(self) -> dict[str, object]:
        """Return it as plain data, from which `extensions_of` makes it again."""
        return asdict(self)


def extensions_of(content: Mapping[str, object], config_hash: str) -> tuple[Extension, ...]:
    """Return how the run of the provenance ``content`` became that of ``config_hash``.

    An extension is written down before the config is changed, and counts from then on: one whose
    process was killed between the two has not begun.
    """
    records = content.get(EXTENSIONS)
    found = [_read(record) for record in records] if isinstance(records, list) else []
    extensions = [extension for extension in found if extension is not None]
    while extensions and extensions[-1].extended_hash != config_hash:
        extensions.pop()
    return tuple(extensions)


def _read(record: object) -> Extension | None:
    """Return the extension of which ``record`` tells, None if it is no such."""
    try:
        extension = Extension(**record) if isinstance(record, dict) else None
    except TypeError:
        return None
    if extension is None:
        return None
    kinds = {"int": int, "str": str, "dict[str, object]": dict}
    whole = all(
        isinstance(getattr(extension, field.name), kinds[str(field.type)])
        for field in fields(extension)
    )
    return extension if whole else None
