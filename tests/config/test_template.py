"""The commented template, and the schema that editors read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError

from nnuniverse.config import RunConfig, config_schema, config_template, load_config, parse_config
from nnuniverse.config.yaml_reader import read_yaml

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
KEY_LINES = [line for line in config_template().splitlines() if not line.startswith("#")]


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(config_schema())


def keys(mapping: dict[str, Any]) -> Iterator[str]:
    for key, value in mapping.items():
        yield key
        if isinstance(value, dict):
            yield from keys(value)


# --- the template ------------------------------------------------------------------------------


def test_the_template_is_the_defaults() -> None:
    assert parse_config(read_yaml(config_template(), "the template")) == RunConfig()
    assert yaml.safe_load(config_template()) == RunConfig().model_dump(mode="json")


def test_the_template_has_every_key_on_a_line_of_its_own() -> None:
    written = [line.strip().partition(":")[0] for line in KEY_LINES]
    assert written == list(keys(RunConfig().model_dump()))


@pytest.mark.parametrize("line", KEY_LINES, ids=lambda line: line.strip().partition(" ")[0])
def test_every_key_carries_a_comment(line: str) -> None:
    assert re.search(r"  # \S+ \S+", line)


def test_the_template_starts_with_what_it_is() -> None:
    assert re.match(r"# \S+ .*defaults\.\n", config_template())


# --- the schema --------------------------------------------------------------------------------


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(config_schema())
    assert config_schema()["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_schema_accepts_shipped_configs(path: Path, schema: Draft202012Validator) -> None:
    schema.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize(
    "config",
    [{}, {"data": {"kind": "npz", "path": "x"}}, {"observe": {"snapshots": {"count": 5}}}],
    ids=str,
)
def test_the_schema_accepts(config: dict[str, Any], schema: Draft202012Validator) -> None:
    schema.validate(config)
    parse_config(config)


@pytest.mark.parametrize(
    "config",
    [
        {"unknown": 1},
        {"train": {"unknown": 1}},
        {"network": {"initialiser": {"unknown": 1}}},
        {"data": {"kind": "npz", "directory": "x"}},
        {"data": {"kind": "npz"}},
        {"data": {"kind": "unknown"}},
        {"train": {"optimiser": {"kind": "sgd", "decay": 0.9}}},
        {"train": {"batch": 0}},
        {"train": {"batch": "3"}},
        {"train": {"shuffle": 1}},
        {"seed": -1},
        {"seed": 2**31},
        {"name": "../x"},
        {"name": ""},
        {"network": {"hidden": [0]}},
        {"observe": {"observables": "mu2"}},
        [],
    ],
    ids=str,
)
def test_the_schema_refuses(config: Any, schema: Draft202012Validator) -> None:
    with pytest.raises(ValidationError):
        schema.validate(config)


def test_the_schema_explains_every_key() -> None:
    described = {**config_schema()["$defs"], "RunConfig": config_schema()}
    for name, section in described.items():
        assert section["description"], name
        for key, value in section["properties"].items():
            explained = value.get("description") or "$ref" in value or "oneOf" in value
            assert explained, f"{name}.{key}"


# --- the configs that are shipped --------------------------------------------------------------


def shipped(name: str) -> RunConfig:
    return load_config(next(path for path in CONFIGS if path.stem == name))


def test_there_are_configs() -> None:
    assert {"deep", "shallow", "linear", "quickstart"} <= {path.stem for path in CONFIGS}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_are_valid_and_named_after_their_file(path: Path) -> None:
    assert load_config(path).name == path.stem


@pytest.mark.parametrize(("name", "hidden"), [("deep", (40, 20)), ("shallow", (60,))])
def test_the_nets_of_the_paper(name: str, hidden: tuple[int, ...]) -> None:
    """2004.09280 Sec. 10: 784-40-20-10 and 784-60-10, 6,000 digits, 30,000 epochs."""
    config = shipped(name)
    neurons = 784 + sum(hidden) + 10
    assert neurons == 854
    assert config.network.hidden == hidden
    assert config.network.activation == "tanh"
    assert config.data.kind == "embedded"
    assert config.data.train_samples == 6000
    assert config.data.test_samples is None
    assert config.train.epochs == 30_000
    assert config.train.optimiser.kind == "sgd"
    assert config.train.schedule.kind == "constant"
    assert config.train.shuffle
    assert config.loss.kind == "boundary"
    assert config.observe.observables == "quick"
    assert config.observe.slope == "at_mean"
    assert config.observe.complexity_n == (20, neurons - 20)


def test_deep_and_shallow_differ_in_nothing_else() -> None:
    deep, shallow = shipped("deep").model_dump(), shipped("shallow").model_dump()
    assert deep.pop("name") != shallow.pop("name")
    assert deep["network"].pop("hidden") != shallow["network"].pop("hidden")
    assert deep == shallow


def test_quickstart_is_the_deep_net_for_a_shorter_time() -> None:
    deep, quick = shipped("deep"), shipped("quickstart")
    assert quick.network == deep.network
    assert quick.observe.complexity_n == deep.observe.complexity_n
    assert quick.train.epochs < deep.train.epochs / 50
    assert quick.train.learning_rate == deep.train.learning_rate
    assert quick.train.batch == deep.train.batch


def test_linear_is_linear() -> None:
    config = shipped("linear")
    assert config.network.hidden == ()
    assert config.network.activation == "identity"
    assert config.observe.complexity_n == (10, 784)
