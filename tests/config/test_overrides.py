"""Dotted overrides: any text sets a key or is refused, and nothing else changes."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnuniverse.config import RunConfig, parse_config
from nnuniverse.config.overrides import apply_overrides
from nnuniverse.errors import ConfigError

ANY_TEXT = st.text(st.characters(), max_size=30)
KEYS = st.one_of(
    ANY_TEXT,
    st.lists(
        st.sampled_from(
            [
                *["name", "seed", "data", "kind", "path", "network", "hidden", "0", "train", ""],
                *["batch", "optimiser", "decay", "observe", "snapshots", "count", "observables"],
            ]
        ),
        max_size=4,
    ).map(".".join),
)
VALUES = st.one_of(
    ANY_TEXT,
    st.sampled_from(["3", "-1", "1e3", "0.5", ".nan", "null", "true", "[]", "[1, 2]", "{}", "''"]),
    st.sampled_from(["{kind: adam}", "{kind: [1]}", "!!int ''", "!!binary aaaa", "!!set {a}"]),
    st.sampled_from(['"\\ud800"', '"\\e[31m"', "[" * 150 + "]" * 150, "[" * 400 + "]" * 400]),
    st.sampled_from(["9" * 400, "9" * 5000, "*a", "&a [*a]", "2020-01-01", "no"]),
)


@settings(max_examples=500, deadline=None)
@given(key=KEYS, value=VALUES)
@example("name", "!!binary aGVsbG8=")
@example("name", "!!set {a}")
@example("name", '"\\ud800"')
@example("\ud800", "1")
@example("a\nb", "[")
@example("\x1b[31m", "1")
@example("train.\x1b[31m", "1")
@example("name", "[" * 250 + "]" * 250)
def test_any_override_is_taken_or_refused(key: str, value: str) -> None:
    try:
        config = parse_config({}, [f"{key}={value}"])
    except ConfigError as error:
        message = str(error)
    else:
        assert isinstance(config, RunConfig)
        return
    assert " must " in message
    assert ". Try " in message
    assert message.isprintable()
    assert "InJSON" not in message
    assert not message.startswith("`` must")


@settings(max_examples=200, deadline=None)
@given(override=ANY_TEXT)
def test_any_argument_is_taken_or_refused(override: str) -> None:
    try:
        parse_config({}, [override])
    except ConfigError as error:
        assert str(error).isprintable()


@pytest.mark.parametrize(
    "override", ["", "train", "train.batch", "=3", ".=3", "a.=3", ".a=3", "train..batch=3", " =3"]
)
def test_not_an_override(override: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({}, [override])
    assert str(caught.value) == (
        "an override must look like KEY=VALUE with a dotted key, "
        f"but is {override!r}. Try train.learning_rate=0.05."
    )


@pytest.mark.parametrize(
    ("override", "key", "value"),
    [
        ("seed=3", ["seed"], 3),
        ("train.learning_rate=1e-3", ["train", "learning_rate"], 0.001),
        ("train.shuffle=false", ["train", "shuffle"], False),
        ("data.train_samples=null", ["data", "train_samples"], None),
        ("data.path=a=b", ["data", "path"], "a=b"),
        ("data.path=", ["data", "path"], None),
        ("data.path=''", ["data", "path"], ""),
        ("network.hidden=[4, 3]", ["network", "hidden"], [4, 3]),
        ("network={hidden: []}", ["network"], {"hidden": []}),
        (" train.batch = 3 ", ["train", "batch"], 3),
        ("a.b.c=x", ["a", "b", "c"], "x"),
    ],
)
def test_values_are_yaml(override: str, key: list[str], value: Any) -> None:
    result = apply_overrides({}, [override])
    for part in key:
        assert list(result) == [part]
        result = result[part]
    assert result == value
    assert type(result) is type(value)


def test_the_last_of_several_counts() -> None:
    overrides = ["seed=1", "train={batch: 5, epochs: 6}", "train.batch=7", "seed=2"]
    assert apply_overrides({}, overrides) == {"seed": 2, "train": {"batch": 7, "epochs": 6}}


def test_other_keys_stay() -> None:
    given_mapping = {"seed": 1, "train": {"batch": 5, "epochs": 6}, "network": {"hidden": [1]}}
    before = copy.deepcopy(given_mapping)
    result = apply_overrides(given_mapping, ["train.batch=7", "network.hidden=[2]"])
    assert result == {"seed": 1, "train": {"batch": 7, "epochs": 6}, "network": {"hidden": [2]}}
    assert given_mapping == before


def test_a_value_gives_way_to_the_keys_below_it() -> None:
    assert apply_overrides({"data": None}, ["data.kind=npz"]) == {"data": {"kind": "npz"}}
    assert apply_overrides({"seed": 3}, ["seed.x=1"]) == {"seed": {"x": 1}}


def test_overrides_reach_the_config() -> None:
    config = parse_config(
        {"train": {"batch": 5}}, ["train.epochs=2", "data.kind=npz", "data.path=x"]
    )
    assert (config.train.batch, config.train.epochs) == (5, 2)
    assert config.data.path == str(Path("x").absolute())


def test_a_very_long_key() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config({}, [".".join(["a"] * 5000) + "=1"])
    assert str(caught.value).startswith("`a")
