"""What runs are called in figures, tables and reports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nnuniverse.config import config_yaml, load_sweep, parse_config
from nnuniverse.runs import RunFolder, RunRecord, Trait, run_names, traits
from nnuniverse.runs.naming import trait_words

SWEEP = """
name: grid
base: {}
axes:
  network.activation: [tanh, relu]
  depth:
    kind: zip
    keys: {network.hidden: [[20], [14, 8], [12, 8, 5]]}
    labels: [2, 3, 4]
  train.learning_rate: {kind: log, start: 0.01, stop: 1, count: 3}
  one: {kind: values, key: train.batch, values: [50]}
"""

Made = Callable[..., RunRecord]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return a run of a config that nobody has trained."""

    def make(folder: str, name: str = "grid", **keys: object) -> RunRecord:
        config = parse_config({"name": name, **keys})
        path = RunFolder(tmp_path / name / f"20260101T000000Z-{folder}")
        return RunRecord(f"{name}/{folder}", path, config, {}, {}, {})

    return make


@pytest.fixture
def grid(tmp_path: Path, made: Made) -> list[RunRecord]:
    """Some runs of a sweep, whose file lies beside them."""
    (tmp_path / "grid.yaml").write_text(SWEEP)
    (tmp_path / "grid").mkdir()
    sweep = load_sweep(tmp_path / "grid.yaml")
    (tmp_path / "grid" / "sweep.yaml").write_text(config_yaml(sweep))

    def at(activation: str, hidden: list[int], rate: float) -> RunRecord:
        network = {"hidden": hidden, "activation": activation}
        train = {"learning_rate": rate, "batch": 50}
        return made(f"{activation}{len(hidden)}{rate}", network=network, train=train)

    return [at("tanh", [20], 0.1), at("relu", [14, 8], 0.1), at("relu", [14, 8], 1.0)]


def test_runs_of_a_sweep_have_the_values_of_the_axes_that_differ(grid: list[RunRecord]) -> None:
    assert run_names(grid[:2]) == ["tanh, depth 2", "relu, depth 3"]
    assert run_names(grid[1:]) == ["learning rate 0.1", "learning rate 1.0"]
    assert run_names(grid)[2] == "relu, depth 3, learning rate 1.0"
    assert run_names(grid[:1]) == ["grid: tanh, depth 2, learning rate 0.1"]
    activation, depth, rate = traits(grid)
    assert (activation.numeric, depth.numeric, rate.numeric) == (False, True, True)
    assert depth.values == (2, 3, 3)


def test_beside_others_they_have_the_name_of_the_sweep(grid: list[RunRecord], made: Made) -> None:
    other = made("0123abcd", name="other")
    assert run_names([*grid[:2], other]) == ["grid: tanh, depth 2", "grid: relu, depth 3", "other"]
    assert run_names([grid[0], other]) == ["grid", "other"]


def test_a_damaged_sweep_and_one_that_was_changed_leave_the_keys_of_the_configs(
    grid: list[RunRecord], tmp_path: Path
) -> None:
    file = tmp_path / "grid" / "sweep.yaml"
    file.write_text(SWEEP.replace("[20]", "[21]"))
    assert run_names(grid[:2]) == ["hidden 20", "hidden 14-8"]
    file.write_text("{")
    assert run_names(grid[:2]) == ["hidden 20", "hidden 14-8"]


def test_runs_of_one_name_are_called_by_what_tells_them_apart(made: Made) -> None:
    first = made("0", train={"learning_rate": 0.1}, seed=3)
    second = made("1", train={"learning_rate": 0.2}, seed=4)
    adam = made("2", train={"learning_rate": 0.2, "optimiser": {"kind": "adam"}})
    assert run_names([first, second]) == ["learning rate 0.1", "learning rate 0.2"]
    names = run_names([first, second, adam])
    assert names[1:] == ["learning rate 0.2, sgd", "learning rate 0.2, adam"]
    assert run_names([made("0", seed=3), made("1", seed=4)]) == ["seed 3", "seed 4"]
    assert run_names([first, made("1", name="other", seed=4)]) == ["grid", "other"]


def test_the_same_config_again_has_its_hash_or_its_folder_or_a_number(made: Made) -> None:
    assert run_names([made("0123abcd"), made("4567ef01")]) == ["grid 0123abcd", "grid 4567ef01"]
    same = made("0123abcd")
    assert run_names([same, same]) == ["grid 1", "grid 2"]


def test_one_word_for_two_things_and_what_is_no_word_keep_their_key() -> None:
    found = [
        Trait("first", "first", ("on", "off")),
        Trait("second", "second", ("off", "3-4")),
        Trait("third", "third", (True, None)),
    ]
    assert list(trait_words(found, 0)) == ["on", "second off", "third true"]
    assert list(trait_words(found, 1)) == ["first off", "second 3-4"]
