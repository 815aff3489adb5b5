"""What every section of a config has in common."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

STORED = "stored"
"""Of the context in which a config is validated: whether it is that of a run that is there."""


@dataclass(frozen=True)
class NamesPath:
    """Marks a key that names a file or folder: what lies there counts, not where it lies."""


@dataclass(frozen=True)
class NamesExtension:
    """Marks a key whose value may be a name that an installed package declares in a ``group``."""

    group: str


class ConfigModel(BaseModel):
    """A group of keys: immutable, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
