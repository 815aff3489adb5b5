"""Which structures survive: planted ones, and the null of edges that live and die alone."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.structure.survival import (
    Instances,
    independent_survival,
    strength_classes,
    survival,
)

CHAINS, LAYERS = 16, 4
WIRES = Instances.of(np.arange(CHAINS * LAYERS).reshape(CHAINS, LAYERS))
LAYER = np.tile(np.arange(LAYERS), CHAINS)
DRAWS = 99


def test_an_instance_survives_if_all_its_edges_do() -> None:
    instances = Instances.of([[0], [0, 1], [2, 3, 1], np.array([3, 2])])
    assert len(instances) == 4
    assert instances.whole(np.array([True, True, True, True])).all()
    alive = np.array([True, False, True, True])
    assert instances.whole(alive).tolist() == [True, False, False, True]
    assert survival(instances, alive) == 0.5
    assert survival(instances, np.zeros(4, bool)) == 0.0


def test_what_is_not_there_has_no_survival() -> None:
    nothing = Instances.of([])
    assert np.isnan(survival(nothing, np.ones(3, bool)))
    null = independent_survival(
        nothing, np.ones(3, bool), np.zeros(3, int), 5, np.random.default_rng(0)
    )
    assert np.isnan(null).all()


def test_classes_are_of_like_strength_and_of_one_group() -> None:
    random = np.random.default_rng(3)
    strength, groups = random.random(77), random.integers(4, 7, 77)
    classes = strength_classes(strength, groups, 5)
    for group in np.unique(groups):
        inside = groups == group
        numbers, counts = np.unique(classes[inside], return_counts=True)
        assert not np.isin(classes[~inside], numbers).any()
        assert np.ptp(counts) <= 1
        ordered = classes[inside][np.argsort(strength[inside])]
        assert (np.diff(ordered) >= 0).all()
    assert len(np.unique(strength_classes(strength))) == 5
    assert len(np.unique(strength_classes(strength[:16]))) == 5
    assert len(np.unique(strength_classes(strength[:7]))) == 2
    assert len(np.unique(strength_classes(strength[:2]))) == 1


def test_permuting_keeps_how_many_of_each_class_survive() -> None:
    random = np.random.default_rng(5)
    alive, classes = random.random(64) < 0.6, random.integers(0, 7, 64)
    each = Instances.of(np.arange(64)[:, None])
    null = independent_survival(each, alive, classes, 20, random)
    assert null.mean == pytest.approx(survival(each, alive), abs=1e-15)
    assert null.sd == pytest.approx(0.0, abs=1e-15)
    assert null.p_value == 1.0
    of_class = Instances.of([np.flatnonzero(classes == 2)])
    alive[classes == 2] = True
    alive[classes != 2] = False
    assert independent_survival(of_class, alive, classes, 20, random).mean == 1.0


def test_independent_chains_survive_by_the_product_of_their_layers() -> None:
    """A chain has one edge in each layer: exactly the product of the shares that survived there."""
    random = np.random.default_rng(1)
    alive = random.random(CHAINS * LAYERS) < 0.8
    exact = np.prod([of_layer.mean() for of_layer in alive.reshape(CHAINS, LAYERS).T])
    null = independent_survival(WIRES, alive, LAYER, 2000, random)
    assert abs(null.mean - exact) < 4.0 * null.sd / np.sqrt(2000)
    assert 0.02 < null.sd < 0.12


def test_the_null_is_calibrated_and_sees_chains_that_die_whole() -> None:
    """Size and power at 5 %, of 200 nets each; between 0 and 10 of 200 is 5 % to three sd."""
    random = np.random.default_rng(7)
    strength = random.random(CHAINS * LAYERS)
    classes = strength_classes(strength, LAYER)
    rejected = {"alone": 0, "whole": 0}
    share = np.empty(200)
    for net in range(200):
        alone = random.random(CHAINS * LAYERS) < 0.5 + 0.4 * strength
        null = independent_survival(WIRES, alone, classes, DRAWS, random)
        rejected["alone"] += null.p_value <= 0.05
        share[net] = survival(WIRES, alone) - null.mean
        whole = np.repeat(random.random(CHAINS) < 0.6, LAYERS)
        rejected["whole"] += independent_survival(WIRES, whole, classes, DRAWS, random)[2] <= 0.05
    assert rejected["alone"] <= 20
    assert rejected["whole"] >= 180
    assert abs(share.mean()) < 4.0 * share.std() / np.sqrt(200)


def test_shared_strength_alone_is_not_taken_for_chains() -> None:
    """Edges of a chain are equally strong here: only within layers they seem to hold together."""
    random = np.random.default_rng(9)
    rejected = {"layers": 0, "strength": 0}
    for _ in range(100):
        strength = np.repeat(random.random(CHAINS), LAYERS)
        alive = random.random(CHAINS * LAYERS) < 0.2 + 0.8 * strength
        for name, classes in (("layers", LAYER), ("strength", strength_classes(strength, LAYER))):
            rejected[name] += independent_survival(WIRES, alive, classes, DRAWS, random)[2] <= 0.05
    assert rejected["layers"] > 40
    assert rejected["strength"] <= 20
