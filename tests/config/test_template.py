"""The commented template, and the schema that editors read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from pydantic import BaseModel, Field, create_model

from nnuniverse.config import RunConfig, config_schema, config_template, load_config, parse_config
from nnuniverse.config.examples import example_of
from nnuniverse.config.model import ConfigModel
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


# --- the template with all alternatives ----------------------------------------------------------

WHOLE = config_template(alternatives=True).splitlines()


def depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def without_comments(lines: list[str]) -> list[str]:
    return [line for line in lines if not line.lstrip().startswith("#")]


def variants(lines: list[str]) -> Iterator[list[str]]:
    """Yield ``lines`` with one alternative in its place; with each inside of that; and so on."""
    for start, line in enumerate(lines):
        if not (begin := re.match(r"( *)# (\w+):  # or: ", line)):
            continue
        indent, key = begin.groups()
        end = start + 1
        while end < len(lines) and lines[end].startswith(f"{indent}#   "):
            end += 1
        block = [indent + inside.removeprefix(f"{indent}# ") for inside in lines[start:end]]
        (place,) = [n for n in range(start) if lines[n].startswith(f"{indent}{key}:")][-1:]
        after = place + 1
        while after < start and depth(lines[after]) > len(indent):
            after += 1
        chosen = [
            *without_comments(lines[:place]), *block, *without_comments(lines[after:])
        ]  # fmt: skip
        yield without_comments(chosen)
        yield from variants(chosen)


def sections_of(config: Any) -> Iterator[str]:
    if isinstance(config, tuple):
        for item in config:
            yield from sections_of(item)
    elif isinstance(config, BaseModel):
        yield type(config).__name__
        for name in type(config).model_fields:
            yield from sections_of(getattr(config, name))


def test_the_whole_template_is_the_defaults() -> None:
    assert parse_config(read_yaml("\n".join(WHOLE), "the template")) == RunConfig()
    assert without_comments(WHOLE)[0].startswith("name: run  # Folder of the run")


def test_every_alternative_is_valid_and_none_is_missing() -> None:
    met = set()
    for lines in variants(WHOLE):
        config = parse_config(read_yaml("\n".join(lines), "an alternative"))
        assert config != RunConfig(), lines
        met |= set(sections_of(config))
    assert met == {*config_schema()["$defs"], "RunConfig"}


def test_every_key_of_an_alternative_says_what_it_is_and_which_words_it_may_have() -> None:
    text = "\n".join(WHOLE)
    for line in WHOLE[2:]:
        assert re.search(r"  # \S+ \S+", line), line
    assert re.search(r"kind: he_normal|kind: glorot_uniform  #.*\| he_normal \|", text)
    assert re.search(r"#   path: PATH  # The archive\.  \(needed\)", text)
    assert re.search(r"#   half_life: 1\.0  # .*\(needed\)", text)


@pytest.mark.parametrize(
    ("model", "value"),
    [
        (
            create_model("A", __base__=ConfigModel, x=(tuple[tuple[int, float], ...], ...)),
            ((1, 1.0),),
        ),
        (create_model("B", __base__=ConfigModel, x=(Annotated[int, Field(gt=4)], ...)), 5),
        (
            create_model("C", __base__=ConfigModel, x=(Annotated[float, Field(gt=0, lt=1)], ...)),
            0.5,
        ),
        (create_model("D", __base__=ConfigModel, x=(str, Field(examples=["mine"]))), "mine"),
        (create_model("E", __base__=ConfigModel, x=(bool | None, ...)), False),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_examples_are_what_the_model_asks_for(model: type[ConfigModel], value: Any) -> None:
    assert example_of(model).x == value


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
