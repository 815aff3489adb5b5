"""Where integrals over the states of relu neurons are cut."""

from __future__ import annotations

import numpy as np

from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.thermodynamics.canonical import build_system
from nnuniverse.thermodynamics.canonical.kink_cuts import MOST_PANELS, kink_cuts

RELU = ACTIVATIONS["relu"]


def test_smooth_activations_are_not_cut() -> None:
    w, b = np.ones((3, 3)), np.zeros(3)
    for name in ("tanh", "logistic", "identity"):
        cuts = kink_cuts(build_system(w, b), ACTIVATIONS[name])
        assert [len(cut.offsets) for cut in cuts] == [0, 0, 0]


def test_kinks_are_followed_outwards() -> None:
    # x_1 = relu(x_0 - 1) and x_2 = relu(x_1 - x_0 - 1) with kinks at x_0 = 1 and x_1 = x_0 + 1,
    # which meets neither x_1 = 0 nor the other within the range, and x_0 = 1.
    w = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [-1.0, 1.0, 0.0]])
    cuts = kink_cuts(build_system(w, np.array([0.0, -1.0, -1.0])), RELU)
    assert [cut.neuron for cut in cuts] == [0, 1, 2]
    np.testing.assert_allclose(np.sort(cuts[0].offsets), [-1.0, 1.0])  # x_1 = 0, and the first
    np.testing.assert_allclose(cuts[1].offsets, [1.0])
    np.testing.assert_allclose(cuts[1].slopes, [[1.0]])
    assert not len(cuts[2].offsets)


def test_many_kinks_are_cut_at_the_sharpest_only() -> None:
    random = np.random.default_rng(0)
    w, b = random.normal(size=(14, 4)), random.normal(size=14)
    clamped = np.concatenate([np.full(4, np.nan), np.zeros(10)])
    system = build_system(np.column_stack([w, np.zeros((14, 10))]), b, 0.0, clamped)
    cuts = kink_cuts(system, RELU)
    assert np.prod([len(cut.offsets) + 1 for cut in cuts]) <= MOST_PANELS
    assert all(len(cut.offsets) == 7 for cut in cuts)
