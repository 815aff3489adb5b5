"""The verdict on the drift: its size, its power, and what forbids it."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.mechanics.alignment.measured import Alignment, of_all_seeds
from nnuniverse.physics.mechanics.alignment.over_seeds import judge_alignment


def aligned(
    cosines: np.ndarray,
    steepness: float = 0.5,
    edge: float = 2.0,
    objection: str = "",
    seeds: np.ndarray | None = None,
    epochs: tuple[int, ...] = (10,),
) -> Alignment:
    """An alignment of these cosines, by seed, at every epoch and the only beta."""
    shape = (len(cosines), len(epochs))
    return Alignment(
        np.arange(len(cosines)) if seeds is None else seeds,
        np.array([1.0]),
        np.array(epochs),
        {
            "alignment": np.broadcast_to(cosines[:, None, None], (*shape, 1)),
            "steepness": np.full(shape, steepness),
        },
        edge,
        objection,
    )


@pytest.mark.parametrize(("mean", "lies"), [(0.5, "along"), (-0.5, "against"), (0.0, "neither")])
def test_an_interval_that_leaves_out_zero_names_the_drift(mean: float, lies: str) -> None:
    judged = judge_alignment(aligned(mean + np.array([-0.1, 0.0, 0.02, 0.08])), 0, 0)
    assert (judged.lies, judged.reason) == (lies, "")
    assert judged.cosine.low < judged.cosine.value < judged.cosine.high


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_where_there_is_no_drift_along_the_gradient_one_in_twenty_is_called_one(seeds: int) -> None:
    random = np.random.default_rng(seeds)
    lies = [
        judge_alignment(aligned(0.1 * random.normal(size=seeds)), 0, 0).lies for _ in range(600)
    ]
    wrong = np.mean([one != "neither" for one in lies])
    assert 0.03 < wrong < 0.075


@pytest.mark.parametrize(
    ("alignment", "reason"),
    [
        (aligned(np.array([0.9, 0.91])), "fewer than 3 seeds"),
        (aligned(np.array([0.9, 0.91, np.nan])), "fewer than 3 seeds"),
        (
            aligned(np.array([0.9, 0.91, 0.92]), steepness=2.5),
            "eta h = 2.5 at epoch 10 is",
        ),
        (aligned(np.array([0.9, 0.91, 0.92]), steepness=4.1, edge=3.96), "stability, 3.96"),
        (aligned(np.array([0.9, 0.91, 0.92]), objection="the steps of adam"), "steps of adam"),
    ],
)
def test_what_forbids_a_verdict(alignment: Alignment, reason: str) -> None:
    judged = judge_alignment(alignment, 0, 0)
    assert judged.lies == "undecided"
    assert reason in judged.reason


def test_no_edge_of_stability_forbids_nothing() -> None:
    steep = aligned(np.array([0.9, 0.91, 0.92]), steepness=50.0, edge=np.nan)
    assert judge_alignment(steep, 0, 0).lies == "along"


def test_no_rate_has_moved_the_untrained_net() -> None:
    steep = aligned(np.array([0.9, 0.91, 0.92]), steepness=5.0, epochs=(0, 1))
    assert [judge_alignment(steep, epoch, 0).lies for epoch in (0, 1)] == ["along", "undecided"]


def test_a_net_that_was_pinned_is_not_credited_with_a_drift_later() -> None:
    for cosines, lies in (
        (np.array([0.9, 0.91, 0.92]), "undecided"),
        (np.array([-0.1, 0, 0.1]), "neither"),
    ):
        found = aligned(cosines, epochs=(1, 10))
        found.values["steepness"][:, 0] = 2.5
        judged = judge_alignment(found, 1, 0)
        assert judged.lies == lies
        assert ("eta h = 2.5 at epoch 1" in judged.reason) == (lies == "undecided")


def test_runs_that_differ_in_seeds_are_judged_together_and_no_seed_counts_twice() -> None:
    one = aligned(np.array([0.9, 0.8]), seeds=np.array([0, 1]), epochs=(0, 10, 100))
    other = aligned(np.array([0.8, 0.7, 0.6]), seeds=np.array([1, 2, 3]), epochs=(0, 100))
    both = of_all_seeds([one, other])
    assert both.seeds.tolist() == [0, 1, 2, 3]
    assert both.epochs.tolist() == [0, 100]
    np.testing.assert_array_equal(both["alignment"][:, 1, 0], [0.9, 0.8, 0.7, 0.6])
