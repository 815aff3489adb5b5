"""A metric as a YAML file: coordinates, parameters, and formulas for its elements."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from nnuniverse.config.load import read_mapping, validate
from nnuniverse.config.model import ConfigModel
from nnuniverse.errors import ConfigError

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Element = str | float | int
HELP = "`nnu geometry --help`"


class MetricFile(ConfigModel):
    """A metric g_ab, whole or by its diagonal."""

    coordinates: Annotated[tuple[Name, ...], Field(min_length=2)]
    """Names of the coordinates, time first if there is one."""
    parameters: dict[Name, float | int] = Field({})
    """Names of numbers, and their values."""
    metric: tuple[tuple[Element, ...], ...] | None = None
    """Rows of g_ab, formulas of coordinates and parameters."""
    diagonal: tuple[Element, ...] | None = None
    """Or its diagonal alone, where all else is zero."""
    domain: dict[Name, tuple[float | int | None, float | int | None]] = Field({})
    """Between which values a coordinate lies, null for no end."""
    point: tuple[float | int, ...] | None = None
    """An ordinary point, where curvature is told of unless another is given."""

    def elements(self) -> tuple[tuple[str, ...], ...]:
        """Return the formulas of g_ab, row by row; raises ConfigError unless it is (D, D)."""
        size = len(self.coordinates)
        if (self.metric is None) == (self.diagonal is None):
            actual = "both are" if self.metric is not None else "neither is"
            raise ConfigError("`metric` or `diagonal`", "be given, one of them", actual, "diagonal")
        if self.diagonal is not None:
            _require(len(self.diagonal) == size, "diagonal", f"{size} elements", len(self.diagonal))
            return tuple(
                tuple(str(one) if i == j else "0" for j in range(size))
                for i, one in enumerate(self.diagonal)
            )
        rows = self.metric or ()
        _require(len(rows) == size, "metric", f"{size} rows", len(rows))
        for i, row in enumerate(rows):
            _require(len(row) == size, f"metric.{i}", f"{size} elements", len(row))
        return tuple(tuple(map(str, row)) for row in rows)


def _require(holds: bool, key: str, must: str, found: int) -> None:
    if not holds:
        raise ConfigError(f"`{key}`", f"have {must}", f"has {found}", "one for each coordinate")


def load_metric(path: str | Path) -> MetricFile:
    """Return the metric in a file; raises ConfigError if it is none.

    ``path``: of the YAML file.
    """
    return parse_metric(read_mapping(path, "metric", HELP))


def parse_metric(values: Mapping[str, object]) -> MetricFile:
    """Return the metric of ``values``, those of a file; raises ConfigError if it is none."""
    found = validate(MetricFile, dict(values), HELP)
    known = set(found.coordinates)
    for key, names in (("domain", found.domain), ("parameters", found.parameters)):
        for name in names:
            if (name in known) != (key == "domain"):
                must = "name coordinates" if key == "domain" else "name no coordinate"
                remedy = ", ".join(found.coordinates) if key == "domain" else "another name"
                raise ConfigError(f"`{key}`", must, f"names {name!r}", remedy)
    if found.point is not None:
        size = len(found.coordinates)
        _require(len(found.point) == size, "point", f"{size} coordinates", len(found.point))
    return found
