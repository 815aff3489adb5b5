"""``nnu config``: what it prints is valid YAML or JSON, on stdout and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from nnuniverse.config import RunConfig, config_schema, config_template, load_config, parse_config
from nnuniverse.config.yaml_reader import read_yaml

Nnu = Callable[..., Any]


@pytest.fixture
def config_path() -> Path:
    path = Path("config.yaml")
    path.write_text("name: mine\nnetwork: {hidden: [60]}\n")
    return path


def test_show_prints_the_effective_config(config_path: Path, nnu: Nnu) -> None:
    result = nnu("config", "show", config_path, "train.learning_rate=1e-3", "data.train_samples=10")
    assert (result.code, result.err) == (0, "")
    shown = yaml.safe_load(result.out)
    assert list(shown) == list(RunConfig.model_fields)
    assert shown["train"]["learning_rate"] == 0.001
    assert shown["network"]["hidden"] == [60]
    read = parse_config(read_yaml(result.out, "stdout"))
    assert read == load_config(config_path, ["train.learning_rate=1e-3", "data.train_samples=10"])


def test_show_as_json(config_path: Path, nnu: Nnu) -> None:
    result = nnu("config", "show", config_path, "--json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == load_config(config_path).model_dump(mode="json")


def test_validate(config_path: Path, nnu: Nnu) -> None:
    result = nnu("config", "validate", config_path, "seed=3")
    assert (result.code, result.out, result.err) == (0, "config.yaml is valid\n", "")


@pytest.mark.parametrize("command", ["show", "validate"])
def test_wrong_configs(command: str, refused: Callable[..., str]) -> None:
    Path("wrong.yaml").write_text("train: {batch: -1}\n")
    assert "`train.batch` must be greater than 0" in refused("config", command, "wrong.yaml")
    Path("wrong.yaml").write_text("train: [\n")
    assert "'wrong.yaml' must be plain YAML, but line 2" in refused("config", command, "wrong.yaml")
    assert "must be a readable file" in refused("config", command, "none.yaml")


@pytest.mark.parametrize("command", ["show", "validate"])
def test_no_config(command: str, nnu: Nnu) -> None:
    result = nnu("config", command)
    assert (result.code, result.out) == (2, "")
    assert "CONFIG" in result.err.splitlines()[-1]


def test_schema(nnu: Nnu) -> None:
    result = nnu("config", "schema")
    assert (result.code, result.err) == (0, "")
    schema = json.loads(result.out)
    Draft202012Validator.check_schema(schema)
    assert schema == config_schema()


def test_template(nnu: Nnu) -> None:
    result = nnu("config", "template")
    assert (result.code, result.err) == (0, "")
    assert result.out == config_template()
    Path("template.yaml").write_text(result.out)
    assert load_config("template.yaml") == RunConfig()


def test_template_with_all_alternatives(nnu: Nnu) -> None:
    result = nnu("config", "template", "--all")
    assert (result.code, result.err) == (0, "")
    assert result.out == config_template(alternatives=True)
    Path("template.yaml").write_text(result.out)
    assert load_config("template.yaml") == RunConfig()
