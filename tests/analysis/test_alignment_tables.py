"""The drift as tables: what is in them, how wide they are, and why something is undecided."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from made_alignment import BETAS, EPOCHS, made_alignment

from nnuniverse.analysis.alignment import alignment_tables, objections
from nnuniverse.physics.mechanics.alignment.measured import NAMES, OF_SECOND_DERIVATIVES


def test_a_table_per_beta_and_one_of_the_controls() -> None:
    tables = alignment_tables(made_alignment(), "48-10")
    assert len(tables) == len(BETAS) + 1
    for table, beta in zip(tables, BETAS, strict=False):
        assert f"48-10, 3 seeds, beta = {beta:g}" in table.caption
        assert [row[0] for row in table.rows] == [str(epoch) for epoch in EPOCHS]
    assert tables[-1].headings[-1] == "eta h"


def test_second_derivatives_have_a_table_of_their_own() -> None:
    found = made_alignment()
    more = {one.name: found["alignment"] for one in OF_SECOND_DERIVATIVES}
    whole = replace(found, values={**found.values, **more})
    *_, table = alignment_tables(whole, "48-10")
    assert len(table.rows) == len(EPOCHS) * len(BETAS)
    assert table.headings[-1] == "form"
    assert {row[-1] for row in table.rows} == {"1.00"}


def test_reasons_are_told_once_and_gone_replicas_are_dashes() -> None:
    assert objections(made_alignment()) == []
    assert objections(made_alignment(seeds=2)) == ["fewer than 3 seeds"]
    lost = alignment_tables(made_alignment(lost=3), "48-10")[0].rows[-1]
    assert lost[1:-1] == ["-"] * 6
    assert lost[-1] == "undecided"


def test_every_variable_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "align.md").read_text("utf-8")
    assert [name for name in NAMES if f"`{name}`" not in page] == []


def test_numbers_are_means_over_seeds() -> None:
    found = made_alignment()
    row = alignment_tables(found, "48-10")[1].rows[2]
    assert row[1].startswith(f"{found['alignment'][:, 2, 1].mean():+.3f} ± ")
    assert row[-1] == "along"
    assert np.isclose(float(row[2]), found["alignment_frozen_slopes"][:, 2, 1].mean(), atol=6e-4)
