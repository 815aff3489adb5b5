"""Every valid config is written as YAML that reads back as the same config."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
import yaml
from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from nnuniverse.config import RunConfig, config_schema, config_yaml, load_config, parse_config
from nnuniverse.config.yaml_reader import read_yaml

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)
LIKE_NUMBERS = ["1e5", "1E-3", "1.e-3", "1.5", "0x10", "010", "2020-01-01", "true", "no"]
TRICKY_NAMES = st.sampled_from(LIKE_NUMBERS)
TRICKY_TEXT = st.sampled_from(
    [
        *[*LIKE_NUMBERS, ".5e1", "1_000", "1:30", ".inf", ".nan", "null", "~", "y", "=", "<<"],
        *["*a", "&a", "!x", "%x", "@x", "`x`", "[", "{", "-", "---", "...", "?", "|", ">", "'"],
        *['"', "- a", "a: b", "a #b", " a ", "", "\n", "a\tb", "\x85", "\x1b", "\u2028", "é"],
        *["\U0001f600", "a" * 200, "a b " * 60],
    ]
)
TEXT = TRICKY_TEXT | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    """Return what a key of type ``annotation`` with the limits in ``metadata`` may be set to."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        nested = [item for m in more for item in (m.metadata if isinstance(m, FieldInfo) else [m])]
        return values(inner, [*metadata, *nested])
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) is tuple:
        members = get_args(annotation)
        if members[-1] is not ...:
            return st.tuples(*(values(member, []) for member in members))
        least = max((m.min_length for m in metadata if isinstance(m, MinLen)), default=0)
        items = values(members[0], [])
        return st.lists(items, min_size=least, max_size=4).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        return st.builds(
            annotation, **{name: values(field.annotation, field.metadata) for name, field in fields}
        )
    if isinstance(annotation, type):
        return scalars(annotation, metadata)
    return st.one_of([values(member, metadata) for member in get_args(annotation)])


def scalars(kind: type, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if kind is type(None):
        return st.none()
    if kind is bool:
        return st.booleans()
    if kind is str:
        if any(getattr(m, "pattern", None) for m in metadata):
            return TRICKY_NAMES | NAMES
        return TEXT.filter(bool) if any(isinstance(m, MinLen) for m in metadata) else TEXT
    low = [m.ge if isinstance(m, Ge) else m.gt for m in metadata if isinstance(m, Ge | Gt)]
    high = [m.le if isinstance(m, Le) else m.lt for m in metadata if isinstance(m, Le | Lt)]
    lowest, highest = (low[0] if low else None), (high[0] if high else None)
    open_below = any(isinstance(m, Gt) for m in metadata)
    open_above = any(isinstance(m, Lt) for m in metadata)
    if kind is int:
        return st.integers(
            None if lowest is None else lowest + open_below,
            None if highest is None else highest - open_above,
        )
    assert kind is float
    return st.floats(
        lowest,
        highest,
        exclude_min=open_below,
        exclude_max=open_above,
        allow_nan=False,
        allow_infinity=False,
    )


# One section at a time, so that what fails is small.
CONFIGS = st.one_of(
    [
        st.builds(RunConfig, **{name: values(field.annotation, field.metadata)})
        for name, field in RunConfig.model_fields.items()
    ]
)

thorough = settings(max_examples=200, deadline=None)


@thorough
@given(config=CONFIGS)
def test_config_to_yaml_and_back(config: RunConfig) -> None:
    config = parse_config(config.model_dump(mode="json"))  # its paths are absolute then
    text = config_yaml(config)
    read = parse_config(read_yaml(text, "the config"))
    assert read == config
    assert read.hash() == config.hash()


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    """The schema of all configs, made once for all examples."""
    return Draft202012Validator(config_schema())


@thorough
@given(config=CONFIGS)
def test_the_schema_accepts_every_valid_config(
    schema: Draft202012Validator, config: RunConfig
) -> None:
    schema.validate(config.model_dump(mode="json"))


@pytest.mark.parametrize("name", LIKE_NUMBERS)
def test_a_name_that_looks_like_something_else(name: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(config_yaml(RunConfig(name=name)))
    assert load_config(path).name == name


def test_the_yaml_is_complete_and_in_order() -> None:
    dumped = yaml.safe_load(config_yaml(RunConfig()))
    assert dumped == RunConfig().model_dump(mode="json")
    assert list(dumped) == list(RunConfig.model_fields)
    assert list(dumped["train"]) == list(type(RunConfig().train).model_fields)
