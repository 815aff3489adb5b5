"""What is told of structures after perturbations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_perturbed import made_perturbed, store_perturbed

from nnuniverse.analysis.perturb import (
    over_nets,
    perturb_sentences,
    perturb_tables,
    read_perturbed,
)
from nnuniverse.physics.structure.perturbed import Perturbed
from nnuniverse.runs import RunFolder

ATTRIBUTES = {"network": "16-24-24-24-16", "epochs": 2000}


def changed(found: Perturbed, **values: np.ndarray) -> Perturbed:
    return replace(found, values={**found.values, **values})


def test_a_table_for_every_kind_and_of_loops_where_there_are_any() -> None:
    tables = perturb_tables(made_perturbed(deleted=True), ATTRIBUTES)
    assert [table.headings[0] for table in tables] == ["noise", "delete"]
    noise = [dict(zip(tables[0].headings, row, strict=True)) for row in tables[0].rows]
    assert [row["noise"] for row in noise] == ["0.1", "0.2", "0.3"]
    assert noise[0]["chains"] == "1.00"
    assert noise[1]["chains"].startswith("0.75 ± 0.02")
    assert noise[1]["alone"] == "0.50"
    assert noise[2]["after"] == "16.00"
    assert "4 replicas, 2 repeats, 2000 epochs" in tables[0].caption
    with_loops = perturb_tables(made_perturbed(loops=True), ATTRIBUTES)
    assert [len(table.headings) for table in with_loops] == [7, 7]
    assert with_loops[1].rows[0][:3] == ["0.1", "0.25", "0.25"]


def test_sentences_say_where_chains_are_stable_and_where_they_are_more_than_edges() -> None:
    stable, more, *deleted = perturb_sentences(made_perturbed(deleted=True))
    assert stable == "Survival of whole chains falls below 0.95 at noise 0.1201 ± 0.0022."
    assert "would at noise 0.2 (+0.25), at 5 % over all strengths" in more
    assert deleted[0].startswith("Survival of whole chains falls below 0.95 at delete 0.05")
    assert len(deleted) == 1, "a deleted neuron takes two edges of its chain along"


def test_what_diverged_is_counted_and_left_out() -> None:
    found = made_perturbed()
    survival, diverged = found["survival"].copy(), found["retraining_diverged"].copy()
    survival[0, 1, 0], survival[:, 2], diverged[0, 1, 0], diverged[:, 2] = np.nan, np.nan, 3, 1
    broken = changed(found, survival=survival, retraining_diverged=diverged)
    [table] = perturb_tables(broken, ATTRIBUTES)
    assert [row[-1] for row in table.rows] == ["0/8", "1/8", "8/8"]
    assert table.rows[2][1] == "-"
    assert perturb_sentences(broken)[-1].startswith("9 retrained nets diverged")
    chains = over_nets(broken, "survival", "chain")
    assert np.isfinite(chains[:, 1]).all()
    assert np.isnan(chains[:, 2]).all()


def test_repeats_count_of_a_single_replica_alone() -> None:
    found = made_perturbed()
    assert over_nets(found, "survival", "chain").shape == (4, 3)
    one = replace(found, values={name: of[:1] for name, of in found.values.items()})
    assert over_nets(one, "survival", "chain").shape == (2, 3)


@pytest.mark.parametrize("beyond", [1, 4])
def test_chains_that_survive_everything(beyond: int) -> None:
    found = made_perturbed()
    survival = found["survival"].copy()
    survival[:beyond] = 1.0
    told = perturb_sentences(changed(found, survival=survival))[0]
    if beyond == 4:
        assert told == "At least 0.95 of the chains survive whole at every noise."
    else:
        assert told.startswith("In 1 of 4 nets at least 0.95 of the chains survive whole at every")
        assert told.endswith("ends at noise 0.119 or beyond.")


def test_a_net_without_chains() -> None:
    found = made_perturbed()
    survival, instances = found["survival"].copy(), found["instances"].copy()
    survival[..., 1], instances[:, 1] = np.nan, 0
    told = perturb_sentences(changed(found, survival=survival, instances=instances))
    assert told == ["There are no clean chains that could survive."]


def test_what_is_stored_is_read_back(tmp_path: Path) -> None:
    found = made_perturbed(deleted=True)
    store_perturbed(tmp_path, found)
    stored = read_perturbed(RunFolder(tmp_path))
    assert stored.found.perturbations == found.perturbations
    assert perturb_tables(*stored) == perturb_tables(found, ATTRIBUTES)
