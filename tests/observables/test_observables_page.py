"""docs/observables.md is what its generator gives."""

from __future__ import annotations

from pathlib import Path

from nnuniverse.observables import OBSERVABLES
from nnuniverse.observables.observables_page import observables_page

PAGE = Path(__file__).parents[2] / "docs" / "observables.md"


def test_the_page_is_what_the_declarations_give() -> None:
    assert observables_page() == PAGE.read_text("utf-8")


def test_nets_and_targets_are_told_apart() -> None:
    rows = {
        line.split("`")[1]: line.rstrip(" |").split(" | ")[-3:]
        for line in observables_page().splitlines()
        if line.startswith("| `")
    }
    assert rows.keys() >= OBSERVABLES.keys()
    assert rows["mu2"] == ["small", "layered, two layers, graphs", "all"]
    assert rows["error_rate"] == ["small", "all", "classes, softmax"]
    assert rows["boundary_loss"] == ["small", "all", "classes, softmax, inputs, real"]
    assert rows["r_squared"] == ["small", "all", "real"]
    assert rows["power_norms"] == ["small", "layered", "all"]
    assert rows["bulk_restarts_lower"] == ["large", "layered, two layers", "all"]
    assert rows["fixed_point_period"] == ["small", "graphs, large graphs", "all"]
