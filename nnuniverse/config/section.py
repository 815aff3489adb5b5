"""What every section of a config has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A group of keys: immutable, strict about types, and closed to unknown keys."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
