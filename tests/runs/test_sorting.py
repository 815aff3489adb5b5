"""The order of runs in a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import begin

from nnuniverse.errors import ConfigError
from nnuniverse.runs import annotate, look_at, require_run_key, sorted_runs


def test_runs_are_sorted_and_those_without_a_value_come_last(tmp_path: Path) -> None:
    folders = [begin(tmp_path, f"seed={seed}", second=seed) for seed in (2, 10, 1)]
    annotate(folders[0], {"figure": "b"})
    annotate(folders[1], {"figure": "a"})
    runs = [look_at(folder) for folder in folders]

    def order(key: str, *, descending: bool = False) -> list[int]:
        return [runs.index(run) for run in sorted_runs(runs, key, descending=descending)]

    assert order("seed") == [2, 0, 1]
    assert order("seed", descending=True) == [1, 0, 2]
    assert order("tag.figure") == [1, 0, 2]
    assert order("tag.figure", descending=True) == [0, 1, 2]
    assert order("started") == [2, 0, 1]
    assert order("name", descending=True) == [0, 1, 2], "of equal values the order stays"


def test_a_key_that_no_run_has() -> None:
    assert require_run_key("--sort", "tag.any") == "tag.any"
    with pytest.raises(ConfigError, match=r"`--sort epoch` must be a known key, .* Try `epochs`"):
        require_run_key("--sort", "epoch")
