"""The spectral dimension of lattices, and of graphs that have none."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from nnuniverse.networks.masks import lattice_mask, random_mask
from nnuniverse.physics.structure.spectral_dimension import (
    SpectralDimension,
    return_probability,
    settled_probability,
    spectral_dimension,
    walk_steps,
)


def edges_of(mask: object) -> sp.csr_array:
    rows, columns, n = mask.rows, mask.columns, mask.neurons
    return sp.csr_array((np.full(len(rows), -0.5), (rows, columns)), shape=(n, n))


def dimension_of(edges: sp.csr_array, last: int = 256) -> SpectralDimension:
    steps = walk_steps(last)
    probability = return_probability(edges, steps, np.random.default_rng(0))
    return spectral_dimension(steps, probability, settled_probability(edges))


@pytest.mark.parametrize(
    ("shape", "dimension"), [((600,), 1), ((60, 60), 2), ((24, 24, 24), 3)], ids=str
)
def test_lattices_have_their_dimension(shape: tuple[int, ...], dimension: int) -> None:
    found = dimension_of(edges_of(lattice_mask(shape)))
    assert found.dimension == pytest.approx(dimension, rel=0.05)


def test_a_random_graph_has_a_range_and_no_dimension() -> None:
    found = dimension_of(edges_of(random_mask(8000, links=2, seed=0)))
    assert np.isnan(found.dimension)
    assert found.high > 1.3 * found.low > 0.0


def test_short_chains_have_neither() -> None:
    assert np.isnan(dimension_of(edges_of(lattice_mask((5,), periodic=False)))).all()
    assert np.isnan(dimension_of(sp.csr_array((4, 4)))).all()


def test_many_starts_are_all_neurons() -> None:
    """A large ring, from some neurons, returns as a small one does, from all."""
    steps = walk_steps(64)
    small, large = (
        return_probability(edges_of(lattice_mask((n,))), steps, np.random.default_rng(0))
        for n in (900, 1100)
    )
    np.testing.assert_allclose(small, large, rtol=1e-10)


def test_in_the_end_a_walk_is_anywhere_in_its_component() -> None:
    two = sp.block_diag([edges_of(lattice_mask((4,))), edges_of(lattice_mask((6,))), [[0.0]]])
    late = return_probability(two, np.array([2000]), np.random.default_rng(0))
    assert settled_probability(two) == pytest.approx(0.2)
    np.testing.assert_allclose(late, 0.2, rtol=1e-12)


def bent(*stretches: tuple[float, float]) -> SpectralDimension:
    """Of a p that falls with dimensions d, each up to a step t."""
    steps = np.geomspace(8.0, 5000.0, 200)
    first = np.array([8.0, *(last for _, last in stretches[:-1])])
    slopes = np.array([d for d, _ in stretches])
    of_step = slopes[np.searchsorted(first, steps[1:], side="left") - 1]
    log_p = np.concatenate([[0.0], np.cumsum(-0.5 * of_step * np.diff(np.log(steps)))])
    return spectral_dimension(steps, np.exp(log_p), 0.0)


def test_the_longest_stretch_tells_the_dimension() -> None:
    """Measured by the ratio of its last step to its first."""
    ends = [9.0 * 1.15**k for k in range(40)]
    bends = [(5.0 + 2.0 * (k % 2), end) for k, end in enumerate(ends)]
    early = [(1.0, 80.0), (2.0, 480.0), *((d, t) for d, t in bends if t > 480.0)]
    assert bent(*early).dimension == pytest.approx(1.0, rel=1e-6)
    late = [(1.0, 48.0), (2.0, 480.0), *((d, t) for d, t in bends if t > 480.0)]
    assert bent(*late).dimension == pytest.approx(2.0, rel=1e-6)


@pytest.mark.parametrize(("last", "long"), [(33.0, False), (36.0, True)])
def test_a_stretch_has_to_be_a_factor_of_four_long(last: float, long: bool) -> None:
    rising = [(1.0 + 0.5 * k, last * 1.15**k) for k in range(45)]
    assert np.isfinite(bent(*rising).dimension) == long


def doubling(*dimensions: float) -> SpectralDimension:
    """Of a p that falls with these between t = 8, 16, 32, ..."""
    log_p = np.concatenate([[0.0], np.cumsum(-0.5 * np.array(dimensions) * np.log(2.0))])
    return spectral_dimension(8.0 * 2.0 ** np.arange(len(log_p)), np.exp(log_p), 0.0)


def test_the_dimension_is_the_mean_over_all_of_the_stretch() -> None:
    """Slopes of 1, 1, 1.03 at t = 16, 32, 64, then 2; and 1, 1, 2, 4, constant for too short."""
    found = doubling(1.0, 1.0, 1.0, 1.06, 2.94)
    assert found.dimension == pytest.approx(1.01)
    assert (found.low, found.high) == pytest.approx((1.0, 2.0))
    assert np.isnan(doubling(1.0, 1.0, 1.0, 3.0, 5.0).dimension)
