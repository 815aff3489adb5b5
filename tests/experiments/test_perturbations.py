"""What is done to nets before they are retrained."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.experiments.perturbations import (
    exchanged_inputs,
    noise_unit,
    perturbed,
    random_of,
)
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import random_mask
from nnuniverse.physics.structure.perturbed import Perturbation

LAYERED = Layered((4, 20, 15, 3))


def drawn(architecture: Architecture, share: float = 0.5) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {
        array.name: (random.normal(size=array.shape) * (random.random(array.shape) < share)).astype(
            np.float32
        )
        for array in architecture.weight_arrays
    }


def a_graph() -> Architecture:
    mask = random_mask(30, links=4, seed=3)
    return build_graph(mask, np.arange(4), np.arange(27, 30), 10, 1e-6)


def test_noise_is_measured_in_the_rms_of_what_is_not_zero() -> None:
    arrays = drawn(LAYERED)
    there = np.concatenate([arrays[f"weights_{l}"].ravel() for l in (1, 2, 3)])
    there = there[there != 0].astype(float)
    unit = noise_unit(arrays)
    assert unit == pytest.approx(np.sqrt((there**2).mean()), rel=1e-12)
    after = perturbed(arrays, LAYERED, Perturbation("noise", 0.3), np.random.default_rng(0))
    steps = np.concatenate([(after[n] - arrays[n]).ravel() for n in arrays if n.startswith("w")])
    assert len(steps) == LAYERED.edges
    assert (steps != 0).all(), "zeros of the mask are perturbed too"
    assert steps.std() == pytest.approx(0.3 * unit, rel=4 / np.sqrt(2 * len(steps)))
    for l in (1, 2, 3):
        np.testing.assert_array_equal(after[f"bias_{l}"], arrays[f"bias_{l}"])


@pytest.mark.parametrize("kind", ["noise", "delete", "data"])
def test_strength_zero_changes_nothing(kind: str) -> None:
    arrays = drawn(LAYERED)
    after = perturbed(arrays, LAYERED, Perturbation(kind, 0.0), np.random.default_rng(0))
    assert after.keys() == arrays.keys()
    for name, array in after.items():
        np.testing.assert_array_equal(array, arrays[name])


@pytest.mark.parametrize("architecture", [LAYERED, a_graph()], ids=["layered", "graph"])
def test_deleted_neurons_have_no_edge_and_no_bias_and_the_others_keep_theirs(
    architecture: Architecture,
) -> None:
    arrays = drawn(architecture, 1.0)
    after = perturbed(arrays, architecture, Perturbation("delete", 0.2), np.random.default_rng(0))
    before, now = matrix_of(architecture, arrays), matrix_of(architecture, after)
    had = ((before != 0).any(axis=0) | (before != 0).any(axis=1)).nonzero()[0]
    has = (now != 0).any(axis=0) | (now != 0).any(axis=1)
    gone = had[~has[had]]
    hidden = np.intersect1d(had, architecture.hidden)
    assert len(gone) == round(0.2 * len(hidden))
    assert np.isin(gone, hidden).all()
    rest = np.setdiff1d(np.arange(architecture.neurons), gone)
    np.testing.assert_array_equal(now[np.ix_(rest, rest)], before[np.ix_(rest, rest)])
    names = [array.name for array in architecture.weight_arrays if "bias" in array.name]
    bias, left = (np.concatenate([of[name] for name in names]) for of in (arrays, after))
    changed = architecture.free[bias != left]
    np.testing.assert_array_equal(changed, gone)
    assert (left[bias != left] == 0.0).all()


def matrix_of(architecture: Architecture, arrays: dict[str, np.ndarray]) -> np.ndarray:
    """Return w, (N, N), put together from its definition."""
    matrix = np.zeros((architecture.neurons, architecture.neurons))
    if isinstance(architecture, Layered):
        first = np.cumsum([0, *architecture.sizes])
        for l in range(1, architecture.depth):
            rows, columns = slice(first[l], first[l + 1]), slice(first[l - 1], first[l])
            matrix[rows, columns] = arrays[f"weights_{l}"]
    else:
        matrix[architecture.rows, architecture.columns] = arrays["weights"]
    return matrix


def test_one_neuron_is_deleted_at_least() -> None:
    arrays = drawn(LAYERED, 1.0)
    after = perturbed(arrays, LAYERED, Perturbation("delete", 1e-6), np.random.default_rng(0))
    lost = sum(int((after[f"bias_{l}"] != arrays[f"bias_{l}"]).sum()) for l in (1, 2))
    assert lost == 1


@pytest.mark.parametrize(("share", "moved"), [(0.0, 0), (0.01, 2), (0.3, 5), (1.0, 16)])
def test_inputs_exchange_their_data_in_one_cycle(share: float, moved: int) -> None:
    taken = exchanged_inputs(16, share, np.random.default_rng(3))
    assert sorted(taken) == list(range(16))
    away = np.flatnonzero(taken != np.arange(16))
    assert len(away) == moved
    if moved:
        seen, at = [], int(away[0])
        while at not in seen:
            seen.append(at)
            at = int(taken[at])
        assert sorted(seen) == away.tolist()


def test_random_numbers_differ_between_all_that_is_perturbed() -> None:
    noise = Perturbation("noise", 0.1)
    others = (
        random_of(noise, 0, 0, 7),
        random_of(noise, 0, 0, 8),
        random_of(noise, 1, 0, 7),
        random_of(noise, 0, 1, 7),
        random_of(Perturbation("noise", 0.2), 0, 0, 7),
        random_of(Perturbation("delete", 0.1), 0, 0, 7),
    )
    assert len({one.random() for one in others}) == len(others)
    assert random_of(noise, 0, 0, 7).random() == random_of(noise, 0, 0, 7).random()
