"""Which algorithms have an edge of stability, and where it is."""

from __future__ import annotations

import pytest

from nnuniverse.config import parse_config
from nnuniverse.experiments.align import edge_of_stability


@pytest.mark.parametrize(
    ("optimiser", "edge"),
    [
        ({"kind": "sgd"}, 2.0),
        ({"kind": "momentum", "decay": 0.98}, 3.96),
        ({"kind": "momentum", "decay": 0.9, "nesterov": True}, None),
        ({"kind": "adam"}, None),
    ],
)
def test_edge_of_stability(optimiser: dict[str, object], edge: float | None) -> None:
    config = parse_config({"name": "any", "train": {"optimiser": optimiser}})
    assert edge_of_stability(config) == (edge if edge is None else pytest.approx(edge))
