"""Sweep files: what they may say, what overrides reach, and one line for what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nnuniverse.config import SweepConfig, config_yaml, load_sweep
from nnuniverse.config.load import validate
from nnuniverse.config.sweep import LinearAxis, LogAxis, RandomAxis, ValuesAxis, ZipAxis
from nnuniverse.errors import ConfigError

SWEEP = {
    "name": "grid",
    "base": {"network": {"hidden": [3]}},
    "axes": {"train.learning_rate": [0.1, 0.2]},
    "seeds": 2,
}


def parsed(**changed: Any) -> SweepConfig:
    return validate(SweepConfig, {**SWEEP, **changed}, "a remedy")


def refusal(**changed: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        parsed(**changed)
    line = str(caught.value)
    assert line.isprintable()
    assert " must " in line and ". Try " in line
    return line


@pytest.fixture
def sweep_file(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text("train: {epochs: 7, batch: 5}\n")
    path = tmp_path / "sweep.yaml"
    content = {**SWEEP, "base": "base.yaml", "set": {"train.batch": 6}}
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_list_is_short_for_values() -> None:
    assert parsed().axes["train.learning_rate"] == ValuesAxis(values=(0.1, 0.2))


@pytest.mark.parametrize(
    ("axis", "kind"),
    [
        ({"kind": "values", "values": [[60], [40, 20]], "labels": [3, 4]}, ValuesAxis),
        ({"kind": "linear", "start": 0, "stop": 1, "count": 3}, LinearAxis),
        ({"kind": "log", "start": 1, "stop": 100, "count": 3, "whole": True}, LogAxis),
        ({"kind": "zip", "keys": {"train.batch": [1, 2], "train.epochs": [2, 1]}}, ZipAxis),
        (
            {
                "kind": "random",
                "count": 4,
                "seed": 3,
                "keys": {
                    "train.batch": {"kind": "choice", "values": [1, 2]},
                    "train.learning_rate": {"kind": "log_uniform", "low": 0.1, "high": 1},
                    "network.initialiser.gain": {"kind": "uniform", "low": 0, "high": 1},
                },
            },
            RandomAxis,
        ),
    ],
)
def test_every_kind_of_axis(axis: dict[str, Any], kind: type) -> None:
    assert isinstance(parsed(axes={"one": axis}).axes["one"], kind)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"axis": {}}, "`axis` must be a known key, but there is no such key. Try `axes`."),
        ({"name": "../x"}, "`name` must match"),
        ({"base": 3}, "`base`"),
        ({"axes": {}}, "`axes` must"),
        ({"axes": [1]}, "`axes` must be a mapping"),
        ({"axes": {"train.batch": []}}, "`axes.train.batch.values` must"),
        ({"axes": {"train.batch": 3}}, "`axes.train.batch` must be a mapping, but is 3."),
        ({"axes": {"train.batch": [2, 3, 2]}}, "be different values, 2 stands twice"),
        ({"axes": {"a": {"kind": "grid"}}}, "`axes.a.kind` must be one of"),
        ({"axes": {"a": {"values": [1]}}}, "`axes.a.kind` must be given, but is missing."),
        ({"axes": {"a": {"kind": "values"}}}, "`axes.a.values` must be given"),
        ({"axes": {"a": {"kind": "values", "values": [1], "lables": [2]}}}, "Try `axes.a.labels`"),
        ({"axes": {"a..b": [1]}}, "`axes.a..b` must match"),
        ({"axes": {"a.0": [1]}}, "`axes.a.0` must match"),
        ({"axes": {"a": {"kind": "log", "start": 0, "stop": 1, "count": 2}}}, "`axes.a.start`"),
        (
            {"axes": {"a": {"kind": "linear", "start": 0, "stop": 1}}},
            "`axes.a.count` must be given",
        ),
        (
            {"axes": {"a": {"kind": "linear", "start": 0, "stop": ".inf", "count": 2}}},
            "`axes.a.stop`",
        ),
        ({"axes": {"a": {"kind": "random", "count": 2, "keys": {}}}}, "`axes.a.keys` must"),
        (
            {"axes": {"a": {"kind": "random", "count": 2, "keys": {"b": {"kind": "normal"}}}}},
            "`axes.a.keys.b.kind` must be one of",
        ),
        ({"axes": {"a": {"kind": "zip", "keys": {"b": []}}}}, "`axes.a.keys.b` must"),
        ({"seeds": 0}, "`seeds` must be how many, 1 to 100000, or a list"),
        ({"seeds": []}, "`seeds` must be how many"),
        ({"seeds": "two"}, "`seeds` must be an integer, but is 'two'."),
        ({"seeds": True}, "`seeds` must be an integer, but is True."),
        ({"seeds": [-1]}, "`seeds` must be how many"),
        ({"seeds": [2**31]}, "from 0 to 2147483647, but is [2147483648]"),
        ({"seeds": 10**9}, "but is 1000000000. Try seeds=1."),
        ({"set": {"train": None, "no-key": 1}}, "`set.no-key` must match"),
        ({"set": None}, "`set` must be a mapping, but is None. Try set={}."),
    ],
)
def test_a_wrong_sweep_is_one_line(changed: dict[str, Any], message: str) -> None:
    assert message in refusal(**changed)


@pytest.mark.parametrize("key", ["name", "base", "axes"])
def test_what_a_sweep_must_have(key: str) -> None:
    content = {k: v for k, v in SWEEP.items() if k != key}
    with pytest.raises(ConfigError, match=f"`{key}` must be given, but is missing"):
        validate(SweepConfig, content, "a remedy")


@given(
    st.one_of(
        st.integers(1, 50), st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=8).map(tuple)
    )
)
def test_seeds_are_ascending_and_different(seeds: int | tuple[int, ...]) -> None:
    every = parsed(seeds=list(seeds) if isinstance(seeds, tuple) else seeds).all_seeds
    assert list(every) == sorted(set(range(seeds) if isinstance(seeds, int) else seeds))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.lists(VALUES, min_size=1, max_size=4, unique_by=repr))
def test_a_sweep_is_read_back_as_it_was_written(values: list[Any]) -> None:
    try:
        sweep = parsed(axes={"one": {"kind": "values", "values": values}, "two": [1, True, None]})
    except ConfigError as error:
        assert "stands twice" in str(error)
        return
    again = validate(SweepConfig, yaml.safe_load(yaml.safe_dump(sweep.model_dump())), "a remedy")
    assert again == sweep


# --- files and overrides -----------------------------------------------------------------------


def test_the_base_is_written_out(sweep_file: Path) -> None:
    sweep = load_sweep(sweep_file)
    assert sweep.base == {"train": {"epochs": 7, "batch": 5}}
    assert sweep.set == {"train.batch": 6}


def test_the_stored_sweep_is_the_same(sweep_file: Path, tmp_path: Path) -> None:
    sweep = load_sweep(sweep_file)
    stored = tmp_path / "elsewhere" / "sweep.yaml"
    stored.parent.mkdir()
    stored.write_text(config_yaml(sweep))
    assert load_sweep(stored) == sweep


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("seeds=[3, 5]", lambda sweep: sweep.seeds == (3, 5)),
        ("name=other", lambda sweep: sweep.name == "other"),
        # Keys of the runs, with and without the section that they go to.
        ("train.epochs=9", lambda sweep: sweep.set == {"train.batch": 6, "train.epochs": 9}),
        ("set.train.epochs=9", lambda sweep: sweep.set == {"train.batch": 6, "train.epochs": 9}),
        ("train.batch=9", lambda sweep: sweep.set == {"train.batch": 9}),
        # An axis whose name is a dotted key, as a whole and a key of it.
        (
            "axes.train.learning_rate=[0.5]",
            lambda sweep: sweep.axes["train.learning_rate"].values == (0.5,),
        ),
        (
            "axes.train.learning_rate={kind: log, start: 1, stop: 9, count: 2}",
            lambda sweep: sweep.axes["train.learning_rate"].stop == 9,
        ),
        ("axes.train.epochs=[1, 2]", lambda sweep: sweep.axes["train.epochs"].values == (1, 2)),
    ],
)
def test_overrides(override: str, found: Any, sweep_file: Path) -> None:
    sweep = load_sweep(sweep_file, [override])
    assert found(sweep), sweep
    assert sweep.base == {"train": {"epochs": 7, "batch": 5}}
    assert "train.learning_rate" in sweep.axes


def test_an_override_of_a_key_of_an_axis(sweep_file: Path) -> None:
    line = "axes.train.learning_rate={kind: log, start: 1, stop: 9, count: 2}"
    sweep = load_sweep(sweep_file, [line, "axes.train.learning_rate.count=5"])
    assert sweep.axes["train.learning_rate"].count == 5


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("base.train.epochs=3", "`base` must be a mapping, but is 'base.yaml'."),
        ("base=none.yaml", "`base`"),
        ("seeds=x", "`seeds` must"),
        ("seeds.x=1", "`seeds` must be a mapping, but is 2."),
        ("axes=[]", "`axes` must"),
        ("axes.train.batch.kind=log", "`axes.train.batch.kind` must be a mapping"),
        ("nothing", "an override must look like KEY=VALUE"),
    ],
)
def test_a_wrong_override_is_one_line(override: str, message: str, sweep_file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_sweep(sweep_file, [override])
    assert message in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_sweep_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"SWEEP .* must be a readable file"):
        load_sweep(tmp_path / "none.yaml")


def test_the_sweep_in_the_house(request: pytest.FixtureRequest) -> None:
    for path in sorted((request.config.rootpath / "configs" / "sweeps").glob("*.yaml")):
        assert load_sweep(path).axes
