"""The points of a sweep in order, against NumPy and SciPy themselves."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from sweeps import DEPTHS, REPLICAS, sweep

from nnuniverse.errors import ConfigError
from nnuniverse.expectations import rank_points


def two_axes() -> xr.Dataset:
    """Return a sweep over nets and rates, in which the rate changes with its axis."""
    values = np.arange(12.0).reshape(2, 3, 1, 2) - 5.0
    return xr.Dataset(
        {
            "mu3": (("net", "protocol", "replica", "snapshot"), values),
            "rate": (("protocol",), [0.3, 0.2, 0.1]),
            "seed": (("replica",), [7]),
        },
        coords={"net": ["shallow", "deep"], "protocol": [0, 1, 2], "snapshot": [0, 9]},
    )


@given(seed=st.integers(0, 1000), largest_first=st.booleans())
@settings(max_examples=20)
def test_means_in_order_with_intervals(seed: int, largest_first: bool) -> None:
    data = sweep(seed)
    ranked = rank_points("2 * mu3.final", data, largest_first=largest_first)
    finals = 2.0 * data.mu3.values[:, :, -1]
    order = np.argsort(finals.mean(axis=1))[:: -1 if largest_first else 1]
    assert [point.point for point in ranked] == [{"depth": DEPTHS[k]} for k in order]
    for point, k in zip(ranked, order, strict=True):
        assert point.value == pytest.approx(finals[k].mean(), rel=1e-14)
        interval = scipy.stats.t.interval(
            0.95, REPLICAS - 1, loc=finals[k].mean(), scale=scipy.stats.sem(finals[k])
        )
        assert point.interval == pytest.approx(interval, rel=1e-12)


def test_axes_that_the_expression_chooses_from_are_not_ranked() -> None:
    ranked = rank_points("abs(mu3.final[net=deep] + mu3.final[net=shallow] - 1)", two_axes())
    # shallow -4, -2, 0 and deep 2, 4, 6: distances 3, 1, 5
    assert [point.point for point in ranked] == [{"protocol": k} for k in (1, 0, 2)]
    assert [point.value for point in ranked] == [1.0, 3.0, 5.0]


def test_what_changes_along_an_axis_is_told() -> None:
    (best, *_) = rank_points("mu3.final[net=shallow]", two_axes())
    assert best.point == {"protocol": 0}
    assert best.settings == {"rate": 0.3}
    assert best.interval is None, "of a single replica"


def test_cube_roots_are_real() -> None:
    ranked = rank_points("cbrt(mu3.final)", two_axes())
    assert [point.value for point in ranked] == [
        pytest.approx(np.cbrt(value)) for value in (-4, -2, 0, 2, 4, 6)
    ]


def test_points_without_a_value_come_last_with_the_reason() -> None:
    data = two_axes()
    data.mu3[0, 1, 0, -1] = np.nan
    for largest_first in (False, True):
        *_, last = rank_points("mu3.final", data, largest_first=largest_first)
        assert last.point == {"net": "shallow", "protocol": 1}
        assert last.value is None
        assert "are missing" in last.error
    *_, last = rank_points("log(mu3.final + 3)[net=shallow]", two_axes())
    assert last.point == {"protocol": 0}
    assert "must be finite" in last.error


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mu3.final <", "must have its end"),
        ("3", "must have an observable"),
        ("mu3", "must have a selector"),
        ("mu4.final", "Try mu3."),
        ("mu3.final[nets=deep]", "must name an axis, but names none. Try net, protocol."),
        ("mu3.final + mu3.final[net=deep]", "must have one value at a point"),
        ("log(-abs(mu3.final))", "must be finite"),
    ],
)
def test_what_cannot_be_ranked_by(text: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=r"\A[^\n]+\Z") as refusal:
        rank_points(text, two_axes())
    assert reason in str(refusal.value)
