"""The epochs of the snapshots."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from nnuniverse.training import fixed_snapshots, log_snapshots

epochs = st.integers(1, 10**6)


def assert_well_formed(snapshots: np.ndarray, epochs: int) -> None:
    assert snapshots.dtype == np.int64
    assert snapshots[0] == 0
    assert snapshots[-1] == epochs
    assert (np.diff(snapshots) > 0).all()


@given(epochs=epochs, count=st.integers(2, 500))
@example(epochs=1, count=2)
@example(epochs=1000, count=2)
@example(epochs=30000, count=200)
def test_log_snapshots(epochs: int, count: int) -> None:
    snapshots = log_snapshots(epochs, count)
    assert_well_formed(snapshots, epochs)
    powers_of_ten = {10**k for k in range(7) if 10**k <= epochs}
    assert powers_of_ten <= set(snapshots.tolist())
    assert len(snapshots) <= count + len(powers_of_ten) + 1


def test_log_snapshots_are_spaced_evenly_in_the_logarithm() -> None:
    # 0 and 10^(k/4), k = 0 .. 16, rounded; 1.8 and 3.2 fall on epochs of their own.
    expected = [0, 1, 2, 3, 6, 10, 18, 32, 56, 100, 178, 316, 562]
    expected += [1000, 1778, 3162, 5623, 10000]
    np.testing.assert_array_equal(log_snapshots(10**4, 18), expected)


@given(epochs=epochs, every=st.integers(1, 10**6))
@example(epochs=10, every=10)
@example(epochs=10, every=11)
def test_fixed_snapshots(epochs: int, every: int) -> None:
    snapshots = fixed_snapshots(epochs, every)
    assert_well_formed(snapshots, epochs)
    np.testing.assert_array_equal(snapshots[:-1], np.arange(len(snapshots) - 1) * every)
    assert epochs - snapshots[-2] <= every
