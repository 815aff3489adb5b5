"""Text from anywhere becomes plain data or a `ConfigError` of one line."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnuniverse.config.yaml_reader import MAX_CHARACTERS, read_yaml
from nnuniverse.errors import ConfigError

TAGS = ["binary", "bool", "float", "int", "map", "null", "omap", "pairs", "seq", "set", "str"]
TAGS += ["timestamp", "merge", "value", "python/none", "python/tuple", "python/name:os.system", "x"]
NODES = ["", "x", "''", "'x'", "_", "'-'", "1", "0x", "[1]", "[[1, 2]]", "{a: 1}", "{}", "[]", "="]
YAML_CHARACTERS = st.sampled_from("[]{}:,-?&*!|>'\"%@` \n\t\\#~<=.0123456789eExXabo_+")

TAGGED = st.builds("!!{} {}".format, st.sampled_from(TAGS), st.sampled_from(NODES))
YAML_LIKE = st.one_of(
    st.text(YAML_CHARACTERS, max_size=40),
    st.lists(st.one_of(TAGGED, st.text(YAML_CHARACTERS, max_size=8)), max_size=4).map(" ".join),
    st.builds("{}: {}".format, st.text(YAML_CHARACTERS, max_size=5), TAGGED),
)

PRINTABLE = st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_categories=["Cc"])
TEXT = st.text(PRINTABLE, max_size=12)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def refused(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        read_yaml(text, "the text")
    return str(caught.value)


def read_or_refuse(text: str) -> Any:
    """Read ``text``; if it is refused, then as an error should be worded."""
    try:
        return read_yaml(text, "the text")
    except ConfigError as error:
        message = str(error)
    assert message.startswith("the text must be ")
    assert ". Try " in message
    assert message.isprintable()
    return None


def is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(is_plain, value.values()))
    if isinstance(value, list):
        return all(map(is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)


# --- any text ----------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


@settings(max_examples=400, deadline=None)
@given(text=YAML_LIKE)
@example("!!int ''")
@example("!!float '_'")
@example("!!bool x")
@example("!!map [1]")
@example("!!binary aGVsbG8=")
@example("!!set {a}")
@example("!!timestamp 2020-01-01")
@example("!!timestamp x")
@example("2020-01-01")
def test_what_is_read_is_plain_data(text: str) -> None:
    assert is_plain(read_or_refuse(text))


@settings(max_examples=100, deadline=None)
@given(value=PLAIN)
def test_json_is_read_as_it_is(value: Any) -> None:
    assert read_yaml(json.dumps(value, ensure_ascii=False), "the text") == value


# --- scalars -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 1e5),
        ("-2e+3", -2000.0),
        ("+.5e1", 5.0),
        ("5.e-1", 0.5),
        ("1.5", 1.5),
        ("-.inf", -math.inf),
    ],
)
def test_floats(text: str, value: float) -> None:
    read = read_yaml(text, "the text")
    assert type(read) is float
    assert read == value


@pytest.mark.parametrize("text", ["1e", "e3", "1e3x", "x1e3", "1.2.3", "e", ".e1", "'1e3'"])
def test_text_that_only_looks_like_a_number(text: str) -> None:
    assert read_yaml(text, "the text") == text.strip("'")


@pytest.mark.parametrize("text", ["010", "-010", "1:30", "190:20:30", "1:30.5"])
def test_octal_and_sexagesimal_numbers_are_not_guessed(text: str) -> None:
    assert read_yaml(text, "the text") == text


@pytest.mark.parametrize(
    ("text", "value"), [("10", 10), ("-3", -3), ("0", 0), ("30_000", 30_000), ("0x10", 16)]
)
def test_integers(text: str, value: int) -> None:
    read = read_yaml(text, "the text")
    assert type(read) is int
    assert read == value


@pytest.mark.parametrize("text", ["2020-01-01", "2020-01-01T00:00:00Z", "2020-01-01 10:00:00"])
def test_dates_stay_text(text: str) -> None:
    assert read_yaml(text, "the text") == text


@pytest.mark.parametrize("text", ["", "   ", "# only a comment", "null", "~", "---"])
def test_nothing(text: str) -> None:
    assert read_yaml(text, "the text") is None


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [1", "line 1: expected ',' or ']'"),
        ("a: 1\nb: [", "line 2: expected the node content"),
        ("train:\n\tbatch: 3", "line 2: found character '\\t'"),
        ("a: 1\na: 2", "line 2: key 'a' appears twice"),
        ("x: {a: 1, a: 1}", "line 1: key 'a' appears twice"),
        ("1: 2", "line 1: key 1 is not text"),
        ("true: 2", "line 1: key True is not text"),
        ("a: {null: 2}", "line 1: key None is not text"),
        ("? [a]\n: 2", "line 1: key ['a'] is not text"),
        ("a: 1\n---\nb: 2", "another document"),
        ("a: &x 1\nb: *x", "line 2: aliases are not allowed"),
        ("a: &x [*x]", "line 1: aliases are not allowed"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "line 3: aliases are not allowed"),
        ("<<: {a: 1}", "line 1: could not determine a constructor"),
        ("!!python/object/apply:os.system ['false']", "line 1: could not determine a constructor"),
        ("a: !!python/name:os.system", "line 1: could not determine a constructor"),
        ("a: !!python/object/new:int [3]", "line 1: could not determine a constructor"),
        ("a: !mine 3", "line 1: could not determine a constructor"),
        ("a: \x07", "special characters are not allowed"),
        ("9" * 5000, "4300 digits"),
    ],
)
def test_refused(text: str, problem: str) -> None:
    message = refused(text)
    assert message.startswith("the text must be plain YAML, but ")
    assert problem in message
    assert message.isprintable()


def test_a_billion_laughs_do_not_expand() -> None:
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    text = "\n".join(lines)
    assert len(yaml.safe_load(text)) == 12  # it is YAML, which others expand
    assert "line 2: aliases are not allowed" in refused(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "{a: " * 10_000,
        "- " * 10_000 + "1",
        "? " * 10_000,
    ],
    ids=["open lists", "lists", "mappings", "items", "keys"],
)
def test_deep_nesting(text: str) -> None:
    assert refused(text) == (
        "the text must be plain YAML, but nests too deeply. Try `nnu config template`."
    )


def test_long_text() -> None:
    message = refused("a" * (MAX_CHARACTERS + 1))
    assert message == (
        "the text must be a config of at most 1000000 characters, but has 1000001. "
        "Try `nnu config template`."
    )
