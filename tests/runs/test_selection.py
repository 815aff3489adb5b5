"""Which runs a condition means."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made import begin

from nnuniverse.config import RunConfig, config_keys, config_values, parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.runs import list_runs, look_at, parse_condition, select_runs

RELATIONS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ANY_TEXT = st.text(st.characters(), max_size=30)
VALUES = st.one_of(
    ANY_TEXT,
    st.sampled_from(["3", "-1", "1e3", ".nan", ".inf", "null", "true", "[1, 2]", "{}", "''", "["]),
    st.sampled_from(["!!int ''", "9" * 400, "9" * 5000, "*a", "&a [*a]", "[" * 400 + "]" * 400]),
)


@given(
    key=ANY_TEXT | st.sampled_from(["seed", "name", "network.hidden", "boundary_loss", "status"]),
    relation=st.sampled_from([*RELATIONS, "==", "=!", "=<", ""]) | ANY_TEXT,
    value=VALUES,
)
@example("train.epochs", ">=", "9" * 400)
@example("seed", "<", ".nan")
@example("\ud800", "=", "1")
def test_any_condition_holds_or_not_or_is_refused(key: str, relation: str, value: str) -> None:
    try:
        condition = parse_condition(f"{key}{relation}{value}")
    except ConfigError as error:
        assert " must " in str(error)
        assert ". Try " in str(error)
        assert str(error).isprintable()
        return
    values = config_values(RunConfig()) | {"boundary_loss": None, "status": "complete"}
    assert condition.holds(values) in (True, False)


@given(
    key=st.sampled_from(["seed", "train.learning_rate", "boundary_loss"]),
    relation=st.sampled_from(list(RELATIONS)),
    one=st.floats(-10, 10) | st.integers(-3, 3),
    other=st.floats(-10, 10) | st.integers(-3, 3),
    spaces=st.sampled_from(["", " "]),
)
def test_numbers_compare_as_numbers(
    key: str, relation: str, one: float, other: float, spaces: str
) -> None:
    condition = parse_condition(f"{key}{spaces}{relation}{spaces}{other!r}")
    assert (condition.key, condition.relation, condition.value) == (key, relation, other)
    assert condition.holds({key: one}) == RELATIONS[relation](one, other)


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("name=deep", "deep", True),
        ("name=deep", "deeper", False),
        ("name!=deep", "deeper", True),
        ("name=123", "123", True),
        ("name=true", "true", True),
        ("name='a b'", "a b", True),
        ("train.shuffle=true", True, True),
        ("train.shuffle=1", True, False),
        ("seed=true", 1, False),
        ("seed=1.0", 1, True),
        ("seed<2", True, False),
        ("data.path=a=b", "a=b", True),
        ("network.hidden=[40,20]", [40, 20], True),
        ("network.hidden=[40]", [40, 20], False),
        ("network.hidden>3", [40, 20], False),
        ("data.train_samples=null", None, True),
        ("data.train_samples!=5", None, True),
        ("boundary_loss<0.5", None, False),
        ("name~EEP", "deep", True),
        ("name~shallow", "deep", False),
        ("network.hidden~40", [40, 20], True),
        ("tag.figure=3", 3, True),
        ("tag.figure>2", 3, True),
        ("note~good", "a Good one", True),
    ],
)
def test_conditions(text: str, value: Any, holds: bool) -> None:
    condition = parse_condition(text)
    assert condition.holds({condition.key: value}) is holds
    assert not condition.holds({}), "a run without the key is never meant"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "deep",
            "an argument must be a run folder or KEY=VALUE (or != < <= > >= ~), but is 'deep'.",
        ),
        ("=3", "an argument must be a run folder or KEY=VALUE"),
        ("name==deep", "an argument must be a run folder or KEY=VALUE"),
        (
            "learning_rate=1",
            "`learning_rate` must be a known key, but is not. Try `train.learning_",
        ),
        ("train.epoch=1", "`train.epoch` must be a known key, but is not. Try `train.epochs`"),
        ("train=1", "`train` must be a known key, but is not."),
        ("loss.terms.0.weight=1", "must be a known key"),
        ("train.epochs>=many", "the value of `train.epochs>=` must be a number, but is 'many'."),
        ("train.epochs<.nan", "must be a number"),
        ("train.epochs<true", "must be a number"),
        ("name=[", "the value of `name` must be plain YAML"),
        ("tag.=3", "`tag.` must be a known key"),
        ("tags=3", "`tags` must be a known key"),
    ],
)
def test_what_is_no_condition(text: str, error: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_condition(text)
    assert error in str(caught.value)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["loss={kind: bulk}", "train.optimiser={kind: adam}", "data.kind=npz", "data.path=x"],
        ["network={kind: graph, mask: {kind: full}}", "train.schedule={kind: cosine}"],
        ["loss.terms=[{observable: mu2, weight: 1.0}]", "observe.observables=[mu2]"],
    ],
)
def test_every_value_of_a_config_has_a_known_key(overrides: list[str]) -> None:
    values = config_values(parse_config({}, overrides))
    assert set(values) <= set(config_keys())
    assert values["seed"] == 0
    assert all(parse_condition(f"{key}=1") for key in values)


def test_runs_of_which_all_conditions_hold(tmp_path: Path) -> None:
    begin(tmp_path, "name=a", "train.epochs=5")
    begin(tmp_path, "name=b", "train.epochs=50", "train.optimiser={kind: momentum}")
    begin(tmp_path, "name=c", "train.epochs=500")
    (tmp_path / "broken" / "run").mkdir(parents=True)
    (tmp_path / "broken" / "run" / "config.yaml").write_text("[")

    def names(*conditions: str) -> list[str]:
        selected = select_runs(list_runs(tmp_path), map(parse_condition, conditions))
        return [run.folder.path.parent.name for run in selected]

    assert names() == ["a", "b", "broken", "c"]
    assert names("train.epochs>=50") == ["b", "c"]
    assert names("train.epochs>=50", "name!=c") == ["b"]
    assert names("train.epochs!=7") == ["a", "b", "c"]
    assert names("status=unreadable") == ["broken"]
    assert names("status=resumable", "epochs=0", "of_epochs<50") == ["a"]
    assert names("train.optimiser.decay=0.9") == ["b"]
    assert names("train.optimiser.decay!=0.5") == ["b"]
    assert names(f"path={tmp_path / 'broken' / 'run'}") == ["broken"]
    assert names("boundary_loss=null", "bytes>0", "replicas=1") == ["a", "b", "c"]


def test_what_is_looked_at_is_what_is_listed(tmp_path: Path) -> None:
    folder = begin(tmp_path)
    assert list(list_runs(tmp_path)) == [look_at(folder)]
