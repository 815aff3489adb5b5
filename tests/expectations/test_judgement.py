"""Whether an expectation holds, by how much and where, against NumPy and Python themselves."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from sweeps import DEPTHS, REPLICAS, SNAPSHOTS, one_net, sweep

from nnuniverse.expectations import Verdict, parse_expectation
from nnuniverse.expectations.expressions import (
    Applied,
    Binary,
    Expression,
    Negative,
    Number,
    Quantity,
)


def judge(line: str, data: xr.Dataset | None = None) -> Verdict:
    return parse_expectation(line).judge(sweep() if data is None else data)


# --- arithmetic --------------------------------------------------------------------------------

FINALS = {"a": 0.75, "b": -3.5, "c": 1e-3}

TREES: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(
        st.floats(0.001, 1e3).filter(lambda x: x != int(x)).map(Number),
        st.sampled_from([Quantity(name, "final") for name in FINALS]),
    ),
    lambda below: st.one_of(
        below.map(Negative),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/"]), below, below),
        st.builds(Applied, st.sampled_from(["abs", "sqrt"]), below),
    ),
    max_leaves=12,
)


def python(text: str) -> float:
    """Return what Python makes of an expression; its rounding is that of the same IEEE numbers."""
    names = {name: SimpleNamespace(final=value) for name, value in FINALS.items()}
    functions = {"abs": abs, "sqrt": math.sqrt, "log": math.log, "exp": math.exp}
    return eval(text, {"__builtins__": {}}, names | functions)


@settings(max_examples=300)
@given(tree=TREES)
def test_arithmetic_is_that_of_python(tree: Expression) -> None:
    try:
        expected = python(str(tree))
    except (ZeroDivisionError, ValueError):
        return
    verdict = judge(f"({tree}) + 0 * a.final < 1e300", one_net(**FINALS))
    assert verdict.value == expected


@pytest.mark.parametrize(
    "text",
    [
        *["-b.final ** 2", "(-b.final) ** 2", "2 ** -a.final", "2 ** 3 ** a.final", "--a.final"],
        *["a.final - b.final - c.final", "8 / a.final / 2 * 3", "2 * -a.final", "a.final ** -1"],
        *["log(a.final)", "exp(a.final) - 1e2", "-abs(b.final) + .5e1", "log(abs(b.final) + 1)"],
    ],
)
def test_precedence_is_that_of_python(text: str) -> None:
    verdict = judge(f"{text} < 1e6", one_net(**FINALS))
    assert verdict.value == pytest.approx(python(text), rel=1e-14)


def test_a_function_without_parentheses_is_of_the_observable_alone() -> None:
    assert judge("log a.final + 1 < 1", one_net(a=0.75)).value == math.log(0.75) + 1.0


# --- selectors and reductions ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selector", "take"),
    [
        ("final", lambda values: values[..., -1]),
        ("initial", lambda values: values[..., 0]),
        ("at(100)", lambda values: values[..., 3]),
        ("min", lambda values: values.min(axis=-1)),
        ("max", lambda values: values.max(axis=-1)),
        ("mean", lambda values: values.mean(axis=-1)),
    ],
)
def test_selectors(selector: str, take: object) -> None:
    expected = take(sweep().mu2.values).mean(axis=1)
    verdict = judge(f"mu2.{selector} < 2")
    assert verdict.point == {"depth": DEPTHS[expected.argmax()]}
    assert verdict.value == pytest.approx(expected.max(), rel=1e-14)
    assert verdict.margin == pytest.approx(2.0 - expected.max(), rel=1e-14)


@pytest.mark.parametrize("reduction", ["slope", "intercept", "correlation"])
def test_reductions_are_those_of_scipy(reduction: str) -> None:
    data = sweep()
    fits = [
        [scipy.stats.linregress(x[1:], y[1:]) for x, y in zip(*point, strict=True)]
        for point in zip(np.log(data.bulk_loss.values), data.mu2.values, strict=True)
    ]
    attribute = {"correlation": "rvalue"}.get(reduction, reduction)
    expected = np.mean([[getattr(fit, attribute) for fit in point] for point in fits], axis=1)
    verdict = judge(f"{reduction}(mu2, log bulk_loss) < 9")
    np.testing.assert_allclose(verdict.value, expected.max(), rtol=1e-12)


def test_the_line_of_the_sweep_is_found_without_its_first_snapshot() -> None:
    line = "slope(complexity_20, log bulk_loss) in [0.5, 3]"
    verdict = judge(line)
    assert verdict.holds
    assert verdict.text == line
    assert verdict.value == pytest.approx(1.25)
    assert verdict.margin == pytest.approx(0.75)
    assert judge("intercept(complexity_20, log bulk_loss) > 768").margin == pytest.approx(1.0)
    assert judge("correlation(complexity_20, log bulk_loss) > 0").value == pytest.approx(1.0)


def test_a_number_at_the_end_is_a_place_along_the_observables_own_dimension() -> None:
    data = sweep()
    final = data.complexity.values[:, :, -1, 1].mean(axis=1)
    assert judge("complexity_834.final > 0").value == pytest.approx(final.min())
    assert judge("complexity.final[complexity_n=834] > 0").value == pytest.approx(final.min())
    assert judge("complexity.final > 785").point["complexity_n"] == 20


def test_inside_a_reduction_a_selected_observable_is_a_number() -> None:
    scaled = judge("slope(mu2 / mu2.initial, snapshot)[depth=3] < 1").value
    data = sweep().sel(depth=3)
    slopes = [
        scipy.stats.linregress(SNAPSHOTS[1:], mu2[1:] / mu2[0]).slope for mu2 in data.mu2.values
    ]
    assert scaled == pytest.approx(np.mean(slopes))


# --- points and replicas -----------------------------------------------------------------------


def test_a_point_is_selected_by_its_coordinate() -> None:
    finals = sweep().mu3.values[:, :, -1].mean(axis=1)
    for depth, final in zip(DEPTHS, finals, strict=True):
        verdict = judge(f"mu3.final[depth={depth}] < 0")
        assert verdict.value == pytest.approx(final)
        assert verdict.point == {}
    difference = judge("mu3.final[depth=4] < mu3.final[depth=2]")
    assert difference.margin == pytest.approx(finals[0] - finals[2])
    assert difference.value == pytest.approx(finals[2])


@pytest.mark.parametrize(
    ("coordinates", "text"),
    [
        ([0.1, 0.05], "0.05"),
        ([0.1, 0.05], "5e-2"),
        ([1, 2], "2.0"),
        ([-1, -2], "-2"),
        (["adam", "sgd"], "sgd"),
        (["adam", "sgd"], "'sgd'"),
        ([True, False], "false"),
        ([True, False], "False"),
        (["[40]", "[40, 20]"], "'[40, 20]'"),
        (["1", "2"], "2"),
    ],
)
def test_coordinates_of_any_type(coordinates: list[object], text: str) -> None:
    data = xr.Dataset(
        {"mu2": (("train.rate", "replica", "snapshot"), [[[0.0]], [[5.0]]])},
        coords={"train.rate": coordinates, "snapshot": [0]},
    )
    assert judge(f"mu2.final[train.rate={text}] < 9", data).value == 5.0
    named = judge("mu2.final < 9", data).point["train.rate"]
    assert named == coordinates[1]
    assert type(named) is type(coordinates[1])


def test_the_interval_is_students() -> None:
    finals = sweep().mu3.values[1, :, -1]
    low, high = scipy.stats.t.interval(
        0.95, REPLICAS - 1, finals.mean(), finals.std(ddof=1) / math.sqrt(REPLICAS)
    )
    assert judge("mu3.final[depth=3] < 0").interval == pytest.approx((low, high))


def test_one_replica_has_no_interval() -> None:
    assert judge("mu3.final < 0", sweep().isel(replica=[0])).interval is None
    assert judge("mu3.final < 0", sweep().isel(replica=0, drop=True)).interval is None


def test_each_replica_for_itself() -> None:
    finals = sweep().mu3.values[:, :, -1]
    between = (finals.max() + finals.mean(axis=1).max()) / 2.0
    assert judge(f"mu3.final < -{-between}").holds
    verdict = judge(f"all(mu3.final < -{-between})")
    depth, replica = np.unravel_index(finals.argmax(), finals.shape)
    assert not verdict.holds
    assert verdict.point == {"depth": DEPTHS[depth], "replica": replica}
    assert verdict.value == finals.max()
    assert verdict.interval is None


def test_expressions_are_of_each_replica_before_the_mean() -> None:
    losses = sweep().bulk_loss.values[0, :, -1]
    value = judge("log(bulk_loss.final)[depth=2] < 9").value
    assert value == pytest.approx(np.log(losses).mean())
    assert value != pytest.approx(np.log(losses.mean()))


# --- margins -----------------------------------------------------------------------------------

ON_A_GRID = st.integers(-2, 2).map(float)


@settings(max_examples=300)
@given(
    finals=st.lists(ON_A_GRID, min_size=1, max_size=4),
    low=ON_A_GRID,
    width=st.integers(0, 2).map(float),
    relations=st.tuples(*[st.sampled_from(["<", "<="])] * 2),
)
def test_the_margin_has_the_sign_of_the_verdict(
    finals: list[float], low: float, width: float, relations: tuple[str, str]
) -> None:
    data = xr.Dataset(
        {"mu2": (("depth", "snapshot"), [[final] for final in finals])}, coords={"snapshot": [0]}
    )
    high = low + width
    expected = [
        (low < x or (low == x and relations[0] == "<="))
        and (x < high or (x == high and relations[1] == "<="))
        for x in finals
    ]
    turned = [relation.replace("<", ">") for relation in relations]
    for line in (
        f"{low} {relations[0]} mu2.final {relations[1]} {high}",
        f"{high} {turned[1]} mu2.final {turned[0]} {low}",
    ):
        verdict = judge(line, data)
        assert verdict.holds == all(expected)
        assert verdict.margin == min(min(x - low, high - x) for x in finals)
        assert verdict.holds >= (verdict.margin > 0.0)
        assert verdict.holds <= (verdict.margin >= 0.0)
        assert expected[verdict.point["depth"]] == verdict.holds
        assert verdict.value == finals[verdict.point["depth"]]


@pytest.mark.parametrize(
    ("line", "holds", "margin"),
    [
        ("a.final < 1", False, 0.0),
        ("a.final <= 1", True, 0.0),
        ("a.final > 1", False, 0.0),
        ("a.final >= 1", True, 0.0),
        ("a.final in [1, 2]", True, 0.0),
        ("a.final in [0.5, 3]", True, 0.5),
        ("a.final in [2, 3]", False, -1.0),
        ("0 > a.final", False, -1.0),
        ("3 > a.final", True, 2.0),
        ("b.final > a.final", True, 3.0),
    ],
)
def test_margins(line: str, holds: bool, margin: float) -> None:
    verdict = judge(line, one_net(a=1.0, b=4.0))
    assert (verdict.holds, verdict.margin) == (holds, margin)
    assert verdict.value == (4.0 if line.startswith("b") else 1.0)


# --- what cannot be judged ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("mu4.final < 0", "`mu4` must be recorded, but is not. Try one of mu3, mu2."),
        ("complexity_21.final < 0", "`complexity_21` must be recorded, but is not. Try one of"),
        ("mu2_5.final < 0", "`mu2_5` must be recorded, but is not. Try `mu2`."),
        ("mu_3.final < 0", "`mu_3` must be recorded, but is not. Try `mu3`."),
        ("C_20.final < 0", "`C_20` must be recorded, but is not. Try `complexity_20`."),
        ("seed.final < 0", "`seed` must be measured at snapshots, but is not."),
        ("depth.final < 0", "`depth` must be measured at snapshots, but is not."),
        ("mu2.at(99) < 0", "there is none at that epoch. Try `mu2.at(100)`."),
        ("mu2.final[dept=3] < 0", "`dept` must be an axis, but is not. Try depth."),
        ("mu2.final[depth=5] < 0", "`depth=5` must be a point, but is not. Try one of 2, 3, 4."),
        ("mu2.final[depth=three] < 0", "`depth=three` must be a point"),
        ("mu2.final[snapshot=10] < 0", "`mu2` must be measured at snapshots"),
        ("log(mu3.final) < 0", "must be finite, but one is not, at depth=2"),
        ("1 / (mu3.final - mu3.final) < 0", "must be finite"),
        ("exp(1e3 + mu2.final) > 0", "must be finite"),
        ("slope(mu2, mu2 - mu2) < 0", "the second series of `slope` must have several values"),
        ("correlation(mu2 - mu2, mu3) < 0", "the first series of `correlation` must have several"),
        (
            "slope(mu2, log mu3) < 0",
            "the second series of `slope` must be finite, but is not at depth=2",
        ),
        ("slope(mu3 ** 0.5, mu2) < 0", "the first series of `slope` must be finite"),
        ("slope(mu2 / (mu3 - mu3), mu2) < 0", "the first series of `slope` must be finite"),
    ],
)
def test_what_cannot_be_judged_fails_and_says_why(line: str, error: str) -> None:
    verdict = judge(line)
    assert not verdict.holds
    assert error in verdict.error
    assert (verdict.value, verdict.interval, verdict.margin, verdict.point) == (
        None,
        None,
        None,
        {},
    )


def test_a_missing_value_fails_where_it_is_used_only() -> None:
    data = sweep()
    data.mu2[1, 2, 3:] = np.nan  # a replica that diverged
    for line in ("mu2.final < 9", "mu2.max < 9", "slope(mu2, snapshot) < 9", "mu2.at(100) < 9"):
        verdict = judge(line, data)
        assert not verdict.holds
        assert "values are missing, the first at depth=3, replica=2" in verdict.error
    for line in ("mu2.at(10) < 9", "mu2.initial < 9", "mu3.final < 9", "mu2.final[depth=2] < 9"):
        assert judge(line, data).holds
    data.mu2[0, 0, 0] = np.nan
    assert judge("slope(mu2, snapshot)[depth=2] < 9", data).holds


def test_a_line_leaves_no_snapshot_out() -> None:
    data = one_net(y=0.0).isel(snapshot=[0]).reindex(snapshot=[0, 1, 2, 3, 4])
    data["y"] = (("replica", "snapshot"), [[1.0, 2.0, -4.0, 8.0, 16.0]])
    data["x"] = (("replica", "snapshot"), [[0.0, 1.0, 2.0, 3.0, 4.0]])
    for reduction in ("slope", "intercept", "correlation"):
        for line in (f"{reduction}(log y, x) < 9", f"{reduction}(x, sqrt y) < 9"):
            assert "must be finite, but is not at replica=0, snapshot=2" in judge(line, data).error


# --- runs of different length ------------------------------------------------------------------


def of_two_lengths() -> xr.Dataset:
    """Return runs of 10 and of 1000 epochs, with snapshots of their own, and one not yet there."""
    data = sweep()
    there = np.zeros(data.mu2.shape, bool)
    there[0, :, [0, 1, 2]] = there[1, :, [0, 1, 3, 4]] = True
    for name in ("mu2", "mu3", "bulk_loss"):
        data[name] = data[name].where(xr.DataArray(there, dims=data.mu2.dims))
    return data.assign(
        measured=(data.mu2.dims, there),
        trained_epochs=(("depth", "replica"), [[10] * 4, [1000] * 4, [0] * 4]),
        diverged_epoch=(("depth", "replica"), np.full((3, 4), -1)),
    )


@pytest.mark.parametrize(
    "expression",
    [
        *("mu2.final", "mu2.initial", "mu2.min", "mu2.max", "mu2.mean"),
        *("slope(mu2, log snapshot)", "intercept(mu2, mu3)", "correlation(log bulk_loss, mu3)"),
        "slope(mu2 / mu2.initial, mu3.mean * snapshot)",
    ],
)
def test_each_run_has_its_own_snapshots(expression: str) -> None:
    data = of_two_lengths()
    for depth, own in ((2, [0, 1, 2]), (3, [0, 1, 3, 4])):
        alone = sweep().sel(depth=[depth]).isel(snapshot=own)
        expected = judge(f"{expression} < 9", alone)
        verdict = judge(f"({expression})[depth={depth}] < 9", data)
        assert not verdict.error
        assert verdict.value == pytest.approx(expected.value, rel=1e-14)
        assert verdict.interval == pytest.approx(expected.interval, rel=1e-13)


def test_runs_of_different_length_beside_each_other() -> None:
    data = of_two_lengths().sel(depth=[2, 3])
    assert not judge("slope(mu2, snapshot) < 9", data).error
    one = judge("mu2.mean[depth=2] - mu2.mean[depth=3] < 9", data)
    values = [
        sweep().mu2[0, :, :3].mean("snapshot"),
        sweep().mu2[1, :, [0, 1, 3, 4]].mean("snapshot"),
    ]
    assert one.value == pytest.approx(float((values[0] - values[1]).mean()), rel=1e-14)
    # At no snapshot after the first that both have is there a series of their difference but at 1.
    line = "slope(mu2[depth=2] - mu2[depth=3], snapshot) < 9"
    assert "have several values" in judge(line, data).error


@pytest.mark.parametrize("selector", ["final", "mean", "min", "initial", "at(10)"])
def test_a_run_that_has_not_ended_is_missing(selector: str) -> None:
    error = judge(f"mu2.{selector}[depth=4] < 9", of_two_lengths()).error
    assert "values are missing, the first at replica=0" in error


def test_a_replica_that_diverged_has_no_end() -> None:
    data = of_two_lengths()
    data.diverged_epoch[0, 3] = 12  # after its last snapshot
    for line in ("mu2.final < 9", "mu2.mean < 9", "slope(mu2, snapshot) < 9"):
        verdict = judge(line.replace(" <", "[depth=2] <"), data)
        assert "values are missing, the first at replica=3" in verdict.error
    assert judge("mu2.at(10)[depth=2] < 9", data).holds
    assert judge("mu2.initial[depth=2] < 9", data).holds


def test_data_of_the_wrong_kind() -> None:
    text = xr.Dataset({"a": (("snapshot",), np.array(["x"], object))}, coords={"snapshot": [0]})
    assert "must be a number" in judge("a.final < 1", text).error
    assert "must be recorded" in judge("a.final < 1", xr.Dataset()).error
    assert "at snapshots" in judge("a.final < 1", one_net(a=1.0).isel(snapshot=[])).error
    assert "have points" in judge("mu2.final < 1", sweep().isel(depth=[])).error
    one = sweep().isel(snapshot=[0, 1])
    assert "is constant" in judge("slope(mu2, mu3) < 1", one).error
    whole = sweep().astype("float32").assign(count=sweep().mu2.round().astype(int))
    assert judge("count.final < 2", whole).holds
