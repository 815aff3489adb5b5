"""What every section of a config has in common."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class NamesPath:
    """Marks a key that names a file or folder: what lies there counts, not where it lies."""


class ConfigModel(BaseModel):
    """A group of keys: immutable, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
