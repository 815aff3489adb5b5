"""What is told of nets on their boundary alone, and read back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from made_holography import ATTRIBUTES, made_duals, store_duals

from nnuniverse.analysis.holography import dual_sentences, dual_table, read_duals
from nnuniverse.physics.holography.found_duals import DRAWN, SHUFFLED, STARTS, TANGENT
from nnuniverse.runs import RunFolder


def test_the_table_has_a_row_for_every_start() -> None:
    table = dual_table(made_duals(), ATTRIBUTES)
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    assert list(rows) == ["deep", *STARTS]
    assert rows["deep"]["trained"].startswith("0.100 ± 0.0")
    assert rows[TANGENT]["loss"].startswith("0.300 ± ")
    assert rows[TANGENT]["kept"] == "0.50" and rows[TANGENT]["off by"] == "0.4"
    assert rows[DRAWN]["kept"] == rows[SHUFFLED]["off by"] == ""
    assert "4 replicas" in table.caption and "below 0.500" in table.caption


def test_differences_are_of_the_same_replicas() -> None:
    found = made_duals()  # all replicas differ alike: paired differences have no spread
    told = dual_sentences(found)
    assert "keeps 0.50 of what the deep nets have learned" in told[0]
    assert "have a loss +0.1 ± " in told[1] and "ability to learn is lost" in told[1]
    assert "shuffled map" in told[3] and "no different" in told[3]
    assert "+12.5% of what the deep nets have learned" in told[4]
    assert told[5] == "Nets drawn anew have the loss of the map after 100 to 100 epochs."


def test_an_exact_map_that_learns_more_and_nets_that_diverge() -> None:
    found = made_duals()
    values = {**found.values, "map_error": np.full_like(found["map_error"], 1e-15)}
    values["dual_loss"] = found["dual_loss"].copy()
    values["dual_loss"][:, STARTS.index(TANGENT), :, -1] = 0.05
    values["dual_loss"][0, STARTS.index(DRAWN), :, -1] = np.nan
    told = dual_sentences(replace(found, values=values))
    assert told[0] == "The map is exact: its nets do what the deep ones do."
    assert "more is learned" in told[1]
    assert told[-1] == "1 boundary net diverged: of no account."


def test_nets_that_have_learned_nothing_keep_no_share_of_it() -> None:
    found = made_duals()
    values = {**found.values, "deep_loss": np.full_like(found["deep_loss"], 0.6)}
    values["dual_loss"] = found["dual_loss"].copy()
    values["dual_loss"][:, STARTS.index(TANGENT), :, -1] = [[1e7], [2e7], [1e3], [1e4]]
    changed = replace(found, values=values)
    told = dual_sentences(changed)
    assert "it keeps - of what the deep nets have learned" in told[0]
    assert "no difference is told" in told[1]
    assert told[3] == "Trained, they are worse than constant outputs: a lower rate may suit them."
    row = dual_table(changed, ATTRIBUTES).rows[1]
    assert row[2].startswith("7.5e+06 ± ") and row[-1] == "-"


def test_what_is_stored_is_read_back(tmp_path: Path) -> None:
    found = made_duals()
    store_duals(tmp_path, found)
    stored = read_duals(RunFolder(tmp_path))
    assert stored.attributes["network"] == ATTRIBUTES["network"]
    for name, values in found.values.items():
        np.testing.assert_array_equal(stored.found[name], values)
    np.testing.assert_array_equal(stored.found.snapshots, found.snapshots)
