"""Ensembles whose neurons come and go: which are active, what is seen of them, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
from tiny_data import save_tiny_data

from nnuniverse.config import RunConfig, parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.config_of_ensemble import config_of_run
from nnuniverse.experiments.ensemble_program import build_evolution, flat_replicas, trained_point
from nnuniverse.experiments.evolve import resume_evolution, start_evolution
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.experiments.train import Reporter, start_run
from nnuniverse.numerical_settings import numerical_settings
from nnuniverse.runs import RunRecord, read_run
from nnuniverse.training.evolution import EvolutionProgram

pytestmark = pytest.mark.quick

MEMBERS, STEPS, HIDDEN, RESERVOIR = 32, 40, 3, 5
SMALL = (
    f"evolve.members={MEMBERS}",
    f"evolve.steps={STEPS}",
    "evolve.records=6",
    "evolve.coordinates=[{kind: curvature, count: 2, relaxation: [5, 5000]}]",
)
FREE = (
    f"grand.reservoir=[{RESERVOIR}]",
    "grand.moves={kind: sample, proposal: heat_bath, steps: 4}",
    "grand.temperature=0.05",
    "grand.chemical_potential=-0.01",
    "grand.every=1",
    "grand.probe=6",
)
FROZEN = "grand.chemical_potential=1e6"
"""Nothing dies under it, and everything is born."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A net of 3 hidden neurons, trained for a moment."""
    root = tmp_path_factory.mktemp("trained")
    data = save_tiny_data(root / "data.npz")
    config = parse_config(
        {
            "name": "tiny",
            "data": {"kind": "npz", "path": str(data)},
            "network": {"hidden": [HIDDEN]},
            "train": {"epochs": 30, "batch": 3, "learning_rate": 0.05},
            "observe": {"snapshots": {"count": 3}, "complexity_n": [3]},
        }
    )
    return start_run(config, root).folder.path


def configure(trained: Path, *overrides: str) -> RunConfig:
    return config_of_run(trained, (*SMALL, *overrides))


@pytest.fixture(scope="module")
def free(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    root = tmp_path_factory.mktemp("free")
    return read_run(start_evolution(configure(trained, *FREE), root).folder.path)


def program(config: RunConfig, directions: np.ndarray | None = None) -> EvolutionProgram:
    """That of an ensemble that starts at its net, seen through every parameter."""
    with numerical_settings():
        point = trained_point(config, assemble.build_program(config, load_dataset(config)))
        starts = np.repeat(point.flat[None], 4, axis=0)
        seen = np.eye(len(point.flat)) if directions is None else directions
        return build_evolution(config, point, seen, starts)


def test_active_neurons_are_counted_at_every_record(free: RunRecord) -> None:
    active = free["active_neurons"]
    assert free.variable("active_neurons").dims == ("replica", "record", "hidden_layer")
    assert active.shape == (MEMBERS, 6, 1)
    assert (active[:, 0] == HIDDEN).all()
    assert set(np.unique(active)) <= set(range(RESERVOIR + 1))
    assert len(np.unique(active[:, -1])) > 1
    assert free.attributes["reversible"] == 1
    assert free.attributes["chemical_potential"] == -0.01
    assert np.isfinite(free["positions"]).all()


def test_a_stopped_one_ends_with_the_same_bits(
    trained: Path, free: RunRecord, tmp_path: Path
) -> None:
    asked = iter(range(10_000))
    config = configure(trained, *FREE)
    stopped = start_evolution(config, tmp_path, stop=lambda: next(asked) >= 4)
    assert 0 < stopped.steps < STEPS
    resumed = read_run(resume_evolution(stopped.folder.path).folder.path)
    assert resumed.variables.keys() == free.variables.keys()
    for name in free.variables:
        np.testing.assert_array_equal(resumed[name], free[name], err_msg=name)


def test_with_all_active_and_nothing_to_move_it_is_the_ensemble_of_fixed_neurons(
    trained: Path, tmp_path: Path
) -> None:
    fixed = read_run(start_evolution(configure(trained), tmp_path / "fixed").folder.path)
    still = configure(trained, *FREE, f"grand.reservoir=[{HIDDEN}]", FROZEN)
    held = read_run(start_evolution(still, tmp_path / "held").folder.path)
    assert "active_neurons" not in fixed.variables
    assert (held["active_neurons"] == HIDDEN).all()
    for name in fixed.variables:
        np.testing.assert_array_equal(held[name], fixed[name], err_msg=name)


def test_the_dormant_are_no_coordinates_and_change_no_curvature(
    trained: Path, free: RunRecord, tmp_path: Path
) -> None:
    fixed = read_run(start_evolution(configure(trained), tmp_path).folder.path)
    np.testing.assert_allclose(free["curvature"], fixed["curvature"], rtol=1e-6)
    origin, directions = free["origin"], free["directions"]
    assert len(origin) > len(fixed["origin"])
    np.testing.assert_allclose(directions[:, origin == 0.0], 0.0, atol=1e-12)


def test_a_neuron_that_comes_back_has_the_weights_it_went_with(trained: Path) -> None:
    """All weights are seen, of active and dormant neurons, and only the active learn."""
    config = configure(trained, *FREE)
    with_moves = program(config)
    assert with_moves.moves is not None
    epoch = with_moves.moves.steps
    due = np.arange(0, 6 * epoch + 1)
    state, stored = with_moves.run(with_moves.initial_state(), 0, int(due[-1]), due)
    assert stored.active is not None
    point = program(config)  # for the shapes of a net
    shapes = jax.tree.map(lambda array: array[0], point.starts)
    sizes = [leaf.size for leaf in jax.tree.leaves(shapes)]
    weights, bias, outgoing = np.split(np.asarray(stored.positions), np.cumsum(sizes)[:3], axis=2)[
        :3
    ]
    of_neuron = np.concatenate(
        [
            weights.reshape(*weights.shape[:2], RESERVOIR, -1),
            bias[..., None],
            np.swapaxes(outgoing.reshape(*outgoing.shape[:2], -1, RESERVOIR), 2, 3),
        ],
        axis=3,
    )
    moved = (np.diff(of_neuron, axis=1) != 0.0).any(axis=3)  # (replica, step, neuron)
    # A step is taken by the neurons that were active after the step before.
    np.testing.assert_array_equal(moved.sum(axis=2), np.asarray(stored.active)[:, :-1, 0])
    assert len(np.unique(stored.active)) > 1
    final = [np.asarray(layer) for layer in (state.neurons.mask if state.neurons else ())]
    np.testing.assert_array_equal(final[0].sum(axis=1), stored.active[:, -1, 0])
    trained_weights = flat_replicas(state)[:, : sizes[0]].reshape(4, RESERVOIR, -1)
    assert (trained_weights[~final[0]] == 0.0).all()


def test_batched_replicas_and_cut_calls_move_alike(trained: Path) -> None:
    one = program(configure(trained, *FREE))
    assert one.moves is not None
    last = 3 * one.moves.steps + 1
    due = np.array([0, last])
    _, whole = one.run(one.initial_state(), 0, last, due)
    state, _ = one.run(one.initial_state(), 0, one.moves.steps, due)
    _, second = one.run(state, one.moves.steps + 1, last, due)
    np.testing.assert_array_equal(second.positions[:, 0], whole.positions[:, 1])
    np.testing.assert_array_equal(second.active[:, 0], whole.active[:, 1])  # type: ignore[index]
    batched = replace(one, batch_replicas=True)
    _, together = batched.run(batched.initial_state(), 0, last, due)
    np.testing.assert_array_equal(together.active, whole.active)
    np.testing.assert_allclose(together.positions, whole.positions, atol=1e-5)


def test_the_optimiser_of_neurons_is_told_to_be_irreversible(trained: Path, tmp_path: Path) -> None:
    said: list[str] = []

    class Listening(Reporter):
        def message(self, text: str) -> None:
            said.append(text)

    chosen = (*FREE, "grand.moves={kind: optimise, birth: zero_out}")
    ended = start_evolution(configure(trained, *chosen), tmp_path, Listening())
    record = read_run(ended.folder.path)
    assert record.attributes["reversible"] == 0
    assert any("no reverse" in text for text in said)
    assert "active_neurons" in record.variables


@pytest.mark.parametrize(
    "overrides, message",
    [
        (["grand.final_chemical_potential=0.1"], r"`grand\.final_chemical_potential` must be null"),
        (["grand.reservoir=[2]"], r"`grand\.reservoir` must have room for network\.hidden=\[3\]"),
        (["grand.probe=100"], r"`grand\.probe` must be at most the 12 training samples"),
        (["train.noise.temperature=0.1"], r"`train\.noise\.temperature` must be 0"),
    ],
    ids=["ramp", "reservoir", "probe", "bath"],
)
def test_what_is_refused(overrides: list[str], message: str, trained: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        start_evolution(configure(trained, *FREE, *overrides), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_net_whose_neurons_came_and_went_is_refused(trained: Path, tmp_path: Path) -> None:
    config = config_of_run(trained, FREE).model_copy(update={"evolve": None})
    turned = start_run(config, tmp_path / "turned").folder.path
    asked = configure(trained, *FREE, f"evolve.run={turned}")
    with pytest.raises(ConfigError, match="must be of a net whose neurons stayed"):
        start_evolution(asked, tmp_path / "refused")


def test_the_net_of_such_an_ensemble_is_trained_with_fixed_neurons(
    trained: Path, tmp_path: Path
) -> None:
    asked = configure(trained, *FREE)
    assert asked.evolve is not None
    own = asked.model_copy(update={"evolve": asked.evolve.model_copy(update={"run": None})})
    record = read_run(start_evolution(own, tmp_path).folder.path)
    assert record.config.evolve is not None
    assert read_run(str(record.config.evolve.run)).config.grand is None
