"""A few examples of every property; `make fuzz` tries many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cases
import commands
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from warm_processes import QUICK_VARIABLE

EXAMPLES = 6
"""Of every property, but half of those with kills, which take several commands each.

They are the same each time, so that a failure is one of the change.
"""


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory, warm: Path) -> Iterator[cases.Material]:
    with commands.Commands({QUICK_VARIABLE: "yes"}, warm / "python") as nnu:
        yield cases.Material(tmp_path_factory.mktemp("material") / "whole", nnu)


@pytest.mark.parametrize("name", cases.PROPERTIES)
def test_property(name: str, material: cases.Material) -> None:
    holds, drawn = cases.PROPERTIES[name]

    @settings(
        max_examples=EXAMPLES // 2 if name.startswith("kills") else EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(**drawn)
    def check(**example: object) -> None:
        holds(material, **example)

    check()


@pytest.mark.parametrize("at", [6, 10, 20, 26])
def test_killed_between_the_writes_of_an_extension(at: int, material: cases.Material) -> None:
    """Around the write of config.yaml, in the new segment, and ahead of a checkpoint."""
    cases.killed_extension(material, at)
