"""The points of a sweep: which there are, in what order, and what is refused."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.config import SweepConfig, parse_config
from nnuniverse.config.load import validate
from nnuniverse.errors import ConfigError
from nnuniverse.sweeps.grid import SweepAxis, sweep_axes, sweep_points, value_label


def make(axes: dict[str, Any], **changed: Any) -> SweepConfig:
    content = {"name": "grid", "base": {"network": {"hidden": [3]}}, "axes": axes, **changed}
    return validate(SweepConfig, content, "a remedy")


def one_axis(**axis: Any) -> SweepAxis:
    (axis,) = sweep_axes(make({"train.learning_rate": axis}))
    return axis


def refusal(axes: dict[str, Any], **changed: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        list(sweep_points(make(axes, **changed)))
    line = str(caught.value)
    assert line.isprintable()
    assert " must " in line and ". Try " in line
    return line


# --- points ------------------------------------------------------------------------------------


def test_every_combination_the_last_axis_fastest() -> None:
    batches, rates = [2, 4, 8], [0.1, 0.2]
    points = list(sweep_points(make({"train.batch": batches, "train.learning_rate": rates})))
    assert [p.number for p in points] == list(range(6))
    assert [p.index for p in points] == list(itertools.product(range(3), range(2)))
    for point, (batch, rate) in zip(points, itertools.product(batches, rates), strict=True):
        assert point.labels == {"batch": batch, "learning_rate": rate}
        assert (point.config.train.batch, point.config.train.learning_rate) == (batch, rate)
        assert str(point) == f"batch={batch}, learning_rate={rate}"


def test_a_point_is_the_config_that_a_person_would_write() -> None:
    axes = {"network.hidden": [[3], [4, 5]], "loss.kind": ["boundary", "bulk"]}
    points = list(sweep_points(make(axes, set={"train.epochs": 7, "observe.slope": "mean_slope"})))
    by_hand = {
        "name": "grid",
        "network": {"hidden": [4, 5]},
        "loss": {"kind": "bulk"},
        "train": {"epochs": 7},
        "observe": {"slope": "mean_slope"},
    }
    assert points[-1].config == parse_config(by_hand)
    assert points[-1].config.hash() == parse_config(by_hand).hash()


def test_the_name_is_that_of_the_sweep() -> None:
    sweep = make({"train.batch": [2]}).model_copy(
        update={"base": {"name": "base", "seed": 5, "replicas": 3}}
    )
    (point,) = sweep_points(sweep)
    assert (point.config.name, point.config.seed, point.config.replicas) == ("grid", 0, 1)


def test_only_some_points_of_an_axis() -> None:
    axes = {
        "train.batch": [2, 4, 8],
        "shuffled": {"kind": "values", "key": "train.shuffle", "values": [True, False]},
    }
    points = list(sweep_points(make(axes, only={"batch": [8, 2], "shuffled": [False]})))
    assert [p.labels for p in points] == [
        {"batch": 2, "shuffled": False},
        {"batch": 8, "shuffled": False},
    ]
    whole = {p.labels["batch"]: p.config for p in sweep_points(make(axes)) if p.index[1]}
    assert [p.config for p in points] == [whole[2], whole[8]]
    assert [p.index for p in points] == [(0, 0), (1, 0)]


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ({"train.batch": [2]}, "`only.train.batch` must name an axis, but names none. Try batch."),
        ({"batch": [2, 3]}, "`only.batch` must have labels of the axis, but has 3."),
    ],
)
def test_only_points_that_there_are(only: dict[str, Any], message: str) -> None:
    assert message in refusal({"train.batch": [2, 4, 8]}, only=only)


def test_a_label_may_be_written_as_the_number_that_it_is() -> None:
    axes = {"train.epochs": {"kind": "linear", "start": 1, "stop": 3, "count": 3, "whole": True},
            "train.learning_rate": [0.1, 0.25]}  # fmt: skip
    only = {"epochs": [2.0], "learning_rate": ["0.10", "2.5e-1"]}
    points = list(sweep_points(make(axes, only=only)))
    assert [p.labels for p in points] == [
        {"epochs": 2, "learning_rate": 0.1},
        {"epochs": 2, "learning_rate": 0.25},
    ]


def test_whole_numbers_are_the_same_points_as_floats() -> None:
    whole, point = (
        next(iter(sweep_points(make({"train.learning_rate": [value]})))).config
        for value in (1, 1.0)
    )
    assert whole.hash() == point.hash()


def test_an_axis_of_sections() -> None:
    terms = [[], [{"observable": "mu3", "weight": 1e-3}]]
    try:
        points = list(sweep_points(make({"loss.terms": {"kind": "values", "values": terms}})))
    except ConfigError as error:
        pytest.fail(str(error))
    assert [p.labels["terms"] for p in points] == ["none", "observable=mu3,weight=0.001"]
    assert points[1].config.loss.terms[0].weight == 1e-3
    kinds = [{"kind": "sgd"}, {"kind": "adam", "eps": 1e-6}]
    points = list(sweep_points(make({"train.optimiser": kinds})))
    assert [p.labels["optimiser"] for p in points] == ["kind=sgd", "kind=adam,eps=1e-06"]
    assert points[1].config.train.optimiser.eps == 1e-6


@given(st.integers(1, 40), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_linear_and_logarithmic(count: int, start: float, stop: float) -> None:
    for kind, space in (("linear", np.linspace), ("log", np.geomspace)):
        try:
            axis = one_axis(kind=kind, start=start, stop=stop, count=count)
        except ConfigError as error:
            assert "have different values" in str(error)
            continue
        np.testing.assert_allclose(axis.labels, space(start, stop, count), rtol=1e-5)
        assert axis.labels[0] == start
        assert count == 1 or axis.labels[-1] == stop


def test_generated_values_are_short() -> None:
    axis = one_axis(kind="log", start=0.01, stop=1, count=4)
    assert axis.labels == (0.01, 0.0464159, 0.215443, 1.0)
    axis = one_axis(kind="linear", start=0, stop=1234567, count=3, whole=True)
    assert axis.labels == (0, 617284, 1234567)
    assert all(isinstance(label, int) for label in axis.labels)


def test_keys_that_change_together() -> None:
    keys = {"network.hidden": [[3], [4, 4]], "train.batch": [2, 4]}
    sweep = make({"depth": {"kind": "zip", "keys": keys, "labels": [3, 4]}})
    points = list(sweep_points(sweep))
    assert [p.labels for p in points] == [{"depth": 3}, {"depth": 4}]
    assert [p.config.network.hidden for p in points] == [(3,), (4, 4)]
    (axis,) = sweep_axes(sweep)
    assert axis.columns == {"network.hidden": ("3", "4-4"), "train.batch": (2, 4)}


# --- random ------------------------------------------------------------------------------------

DRAWN = {
    "train.learning_rate": {"kind": "log_uniform", "low": 0.01, "high": 1},
    "network.initialiser.gain": {"kind": "uniform", "low": 1, "high": 2},
    "train.batch": {"kind": "uniform", "low": 1, "high": 9, "whole": True},
    "network.activation": {"kind": "choice", "values": ["tanh", "identity"]},
}


def drawn(count: int, seed: int = 0, keys: tuple[str, ...] = tuple(DRAWN)) -> list[dict[str, Any]]:
    axis = {"kind": "random", "count": count, "seed": seed, "keys": {k: DRAWN[k] for k in keys}}
    (axis,) = sweep_axes(make({"draw": axis}))
    return [dict(setting) for setting in axis.overrides]


def test_more_draws_and_more_keys_change_none_there() -> None:
    few, some = drawn(5), drawn(5, keys=("train.batch", "network.activation"))
    assert drawn(9)[:5] == few
    assert some == [{k: v for k, v in draw.items() if k in some[0]} for draw in few]
    assert drawn(5) == few
    assert drawn(5, seed=1) != few


def test_draws_have_the_distribution_asked_for() -> None:
    draws = drawn(4000)
    rates, gains, batches, activations = (np.asarray([d[k] for d in draws]) for k in DRAWN)
    assert rates.min() >= 0.01 and rates.max() <= 1
    # The mean of 4000 uniform numbers, within five standard errors.
    five = 5 / math.sqrt(12 * 4000)
    assert abs(np.log(rates).mean() / math.log(0.01) - 0.5) < five
    assert abs(gains.mean() - 1.5) < five
    shares = np.bincount(batches, minlength=10)[1:] / len(draws)
    assert len(shares) == 9, "no batch beyond the ends"
    np.testing.assert_allclose(shares, 1 / 9, atol=5 * math.sqrt(1 / 9 * 8 / 9 / 4000))
    assert abs((activations == "tanh").mean() - 0.5) < 5 * math.sqrt(0.25 / 4000)


def test_whole_numbers_have_the_density_of_the_logarithm() -> None:
    of = {"kind": "log_uniform", "low": 1, "high": 7, "whole": True}
    axis = {"kind": "random", "count": 4000, "keys": {"train.batch": of}}
    (axis,) = sweep_axes(make({"draw": axis}))
    shares = np.bincount([setting["train.batch"] for setting in axis.overrides])[1:] / 4000
    ends = np.log2(np.arange(1, 9))
    np.testing.assert_allclose(shares, np.diff(ends) / 3, atol=5 * math.sqrt(0.25 / 4000))


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"train.bach": [2]}, "at bach=2: `train.bach` must be a known key"),
        ({"trian.batch": [2]}, "at batch=2: `trian` must be a known key"),
        ({"train.batch": [2, "x"]}, "at batch=x: `train.batch` must be an integer, but is 'x'."),
        ({"train.batch": [2, 2.5]}, "at batch=2.5: `train.batch` must be an integer"),
        ({"train.batch": [None]}, "at batch=null: `train.batch` must"),
        ({"train.batch": [True]}, "at batch=true: `train.batch` must"),
        ({"train.batch.x": [1]}, "`train.batch`"),
        ({"network.kind": ["layered", "graph"]}, "at kind=graph: `network.hidden` must be a known"),
        ({"seed": [1, 2]}, "`axes.seed` must be a key of the run's own, but the sweep sets seed."),
        ({"name": ["a"]}, "Try `name`."),
        ({"r": {"kind": "values", "key": "replicas", "values": [1]}}, "Try `seeds`"),
        ({"snapshot": {"kind": "values", "key": "train.batch", "values": [1]}}, "`axes.snapshot`"),
        ({"run": {"kind": "values", "key": "train.batch", "values": [1]}}, "taken by the results"),
        (
            {"train.batch": [2], "b": {"kind": "values", "key": "train.batch", "values": [4]}},
            "`train.batch` meets `train.batch` of the axis batch",
        ),
        (
            {"train": {"kind": "values", "values": [{"batch": 2}]}, "train.batch": [2]},
            "`axes.batch` must set keys that no other axis sets",
        ),
        (
            {"train.batch": [2], "other.batch": [3]},
            "`axes` must have different names, but two are called batch.",
        ),
        (
            {"a": {"kind": "zip", "keys": {"train.batch": [1, 2], "train.epochs": [1]}}},
            "`axes.a.keys` must have values of one length",
        ),
        (
            {"train.batch": {"kind": "values", "values": [1, 2], "labels": [1]}},
            "`axes.train.batch.labels` must be as many as the 2 values, but are 1.",
        ),
        (
            {"train.batch": {"kind": "values", "values": [1, 2], "labels": []}},
            "must be as many as the 2 values, but are 0.",
        ),
        (
            {"train.batch": {"kind": "linear", "start": 1, "stop": 2, "count": 9, "whole": True}},
            "Try axes.train.batch.count=2.",
        ),
        (
            {"train.learning_rate": {"kind": "linear", "start": -1e308, "stop": 1e308, "count": 3}},
            "must be finite",
        ),
        (
            {"a": {"kind": "random", "count": 1, "keys": {"train.batch": {
                "kind": "uniform", "low": 2, "high": 1}}}},
            "the range of `train.batch` must have low <= high",
        ),
        (
            {"a": {"kind": "random", "count": 1, "keys": {"train.batch": {
                "kind": "uniform", "low": 1, "high": 2.5, "whole": True}}}},
            "the range of `train.batch` must have whole ends",
        ),
        (
            {"train.batch": {"kind": "linear", "start": 1, "stop": 1e5, "count": 1000},
             "train.epochs": {"kind": "linear", "start": 1, "stop": 1e5, "count": 1000}},
            "`axes` must have at most 100000 points, but have 1000000.",
        ),
    ],
)  # fmt: skip
def test_a_wrong_grid_is_one_line(axes: dict[str, Any], message: str) -> None:
    assert message in refusal(axes)


@pytest.mark.parametrize("key", ["seed", "replicas", "name"])
def test_keys_that_the_sweep_sets(key: str) -> None:
    assert f"`set.{key}` must" in refusal({"train.batch": [1]}, set={key: 1})


@pytest.mark.parametrize(
    "values", [[None, "null"], [[1, 2], "1-2"], [True, "true"], [1, "1"], [1, 1.0], [[], "none"]]
)
def test_values_that_labels_would_not_tell_apart(values: list[Any]) -> None:
    line = refusal({"train.batch": values})
    assert "`axes.train.batch.labels` must tell the values apart" in line
    assert "Try axes.train.batch.labels=[0, 1]." in line


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )
)
def test_every_value_has_a_label(value: Any) -> None:
    label = value_label(value)
    assert isinstance(label, str | int | float | bool)
    if isinstance(value, str | int | float):
        assert label is value


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(1, 9),
    st.booleans(),
)
def test_any_range_is_finite_numbers_or_one_line(
    start: float, stop: float, count: int, whole: bool
) -> None:
    try:
        axis = one_axis(kind="linear", start=start, stop=stop, count=count, whole=whole)
    except ConfigError as error:
        assert ". Try " in str(error)
    else:
        assert len(axis.labels) == count
        assert all(math.isfinite(label) for label in axis.labels)
