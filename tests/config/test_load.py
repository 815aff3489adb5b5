"""Reading a config file, and the line that says what is wrong with one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.config import RunConfig, load_config, parse_config
from nnuniverse.errors import ConfigError

Refusal = Callable[..., str]
ConfigFile = Callable[[str | bytes], Path]

SECTIONS = "name, seed, replicas, data, network, loss, train, observe, checkpoint, evolve, grand"

# --- keys that do not exist --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("trian.epochs", "train"),
        ("nmae", "name"),
        ("repicas", "replicas"),
        ("train.learning_rte", "train.learning_rate"),
        ("train.learningrate", "train.learning_rate"),
        ("train.Batch", "train.batch"),
        ("train.optimizer", "train.optimiser"),
        ("network.hiden", "network.hidden"),
        ("network.initializer", "network.initialiser"),
        ("network.initialiser.gian", "network.initialiser.gain"),
        ("data.train_smaples", "data.train_samples"),
        ("observe.snapshots.cuont", "observe.snapshots.count"),
        ("observe.complexity", "observe.complexity_n"),
        ("checkpoint.second", "checkpoint.seconds"),
    ],
)
def test_a_mistyped_key_names_the_closest(wrong: str, right: str, refusal: Refusal) -> None:
    key = "trian" if wrong == "trian.epochs" else wrong
    assert refusal(None, f"{wrong}=1") == (
        f"`{key}` must be a known key, but there is no such key. Try `{right}`."
    )


@pytest.mark.parametrize(
    ("wrong", "known"),
    [
        ("zzz", SECTIONS),
        (
            "train.zzz",
            "epochs, batch, batching, shuffle, learning_rate, optimiser, schedule, precision, "
            "clip_norm, noise, early_stopping",
        ),
        ("data.zzz", "kind, train_samples, test_samples, input_scale, targets, pool"),
        ("network.zzz", "kind, hidden, activation, initialiser, start"),
        ("observe.snapshots.zzz", "kind, count"),
    ],
)
def test_an_unknown_key_names_the_known_ones(wrong: str, known: str, refusal: Refusal) -> None:
    message = refusal(None, f"{wrong}=1")
    assert message == (
        f"`{wrong}` must be a known key, but there is no such key. Try one of {known}."
    )


def test_an_unknown_key_comes_before_what_else_is_wrong(refusal: Refusal) -> None:
    message = refusal({"train": {"batch": 0, "bach": 4}, "seed": -1})
    assert message.startswith("`train.bach` must be a known key")
    assert message.endswith("Try `train.batch`. (2 more)")


def test_misplaced_key_of_another_section(refusal: Refusal) -> None:
    assert "`learning_rate` must be a known key" in refusal({"learning_rate": 0.1})


# --- values that do not fit --------------------------------------------------------------------

WRONG_VALUES = [
    # key and value, the part of the message before "Try", and the remedy
    ("train.batch=0", "`train.batch` must be greater than 0, but is 0", "train.batch=100"),
    ("train.batch=-5", "`train.batch` must be greater than 0, but is -5", "train.batch=100"),
    ("train.batch=true", "`train.batch` must be an integer, but is True", "train.batch=100"),
    ("train.batch='3'", "`train.batch` must be an integer, but is '3'", "train.batch=100"),
    ("train.batch=3.0", "`train.batch` must be an integer, but is 3.0", "train.batch=100"),
    ("train.batch=", "`train.batch` must be an integer, but is None", "train.batch=100"),
    ("train.batch=[1]", "`train.batch` must be an integer, but is [1]", "train.batch=100"),
    ("train.batch={a: 1}", "`train.batch` must be an integer, but is {'a': 1}", "train.batch=100"),
    ("train.batch=2020-01-01", "must be an integer, but is '2020-01-01'", "train.batch=100"),
    ("train.epochs=1e3", "`train.epochs` must be an integer, but is 1000.0", "train.epochs=30000"),
    ("train.shuffle=1", "`train.shuffle` must be a boolean, but is 1", "train.shuffle=true"),
    ("train.shuffle='no'", "`train.shuffle` must be a boolean, but is 'no'", "train.shuffle=true"),
    ("train.learning_rate=0", "must be greater than 0, but is 0", "train.learning_rate=0.1"),
    ("train.learning_rate=-1", "must be greater than 0, but is -1", "train.learning_rate=0.1"),
    ("train.learning_rate=.nan", "must be a finite number, but is nan", "train.learning_rate=0.1"),
    ("train.learning_rate=.inf", "must be a finite number, but is inf", "train.learning_rate=0.1"),
    ("train.learning_rate=1e400", "must be a finite number, but is inf", "train.learning_rate=0.1"),
    ("train.learning_rate=abc", "must be a number, but is 'abc'", "train.learning_rate=0.1"),
    ("train.learning_rate=true", "must be a number, but is True", "train.learning_rate=0.1"),
    ("train.learning_rate='0.1'", "must be a number, but is '0.1'", "train.learning_rate=0.1"),
    ("seed=-1", "`seed` must be greater than or equal to 0, but is -1", "seed=0"),
    ("seed=2147483648", "`seed` must be less than 2147483648, but is 2147483648", "seed=0"),
    ("seed.x=3", "`seed` must be an integer, but is {'x': 3}", "seed=0"),
    ("replicas=0", "`replicas` must be greater than or equal to 1, but is 0", "replicas=1"),
    ("replicas=4097", "`replicas` must be less than or equal to 4096, but is 4097", "replicas=1"),
    ("name=3", "`name` must be a string, but is 3", "name=run"),
    ("name=true", "`name` must be a string, but is True", "name=run"),
    (
        "network.hidden=[0]",
        "`network.hidden.0` must be greater than 0, but is 0",
        "network.hidden=",
    ),
    ("network.hidden=[4, -1]", "`network.hidden.1` must be greater than 0", "network.hidden="),
    (
        "network.hidden=[1.5]",
        "`network.hidden.0` must be an integer, but is 1.5",
        "network.hidden=",
    ),
    ("network.hidden=60", "`network.hidden` must be a list, but is 60", "network.hidden=[40,20]"),
    ("network.hidden={a: 1}", "`network.hidden` must be a list", "network.hidden=[40,20]"),
    ("network.activation=tnah", "'tanh', 'relu', 'logistic' or 'identity', but is 'tnah'", ""),
    (
        "network.initialiser.gain=0",
        "must be greater than 0, but is 0",
        "network.initialiser.gain=1.0",
    ),
    ("data.train_samples=0", "must be greater than 0, but is 0", "data.train_samples=null"),
    (
        "data.input_scale=x",
        "'standardised' or 'per_feature', but is 'x'",
        "",
    ),
    ("observe.observables=mu2", "`observe.observables` must be a list", "observe.observables="),
    ("observe.observables=[3]", "`observe.observables.0` must be a string, but is 3", ""),
    ("observe.complexity_n=20", "`observe.complexity_n` must be a list, but is 20", ""),
    ("observe.complexity_n=[0]", "`observe.complexity_n.0` must be greater than 0, but is 0", ""),
    ("observe.slope=x", "`observe.slope` must be 'at_mean' or 'mean_slope', but is 'x'", ""),
    ("observe.snapshots.count=1", "must be greater than or equal to 2, but is 1", "=200"),
    ("checkpoint.seconds=-1", "must be greater than or equal to 0, but is -1", "=30.0"),
    (
        "checkpoint.seconds=.inf",
        "`checkpoint.seconds` must be a finite number, but is inf",
        "=30.0",
    ),
    ("train=3", "`train` must be a mapping, but is 3", ""),
    ("train=", "`train` must be a mapping, but is None", ""),
    ("network=[1]", "`network` must be a mapping, but is [1]", ""),
    ("data=embedded", "`data` must be a mapping, but is 'embedded'", ""),
    ("train.optimiser=adam", "`train.optimiser` must be a mapping, but is 'adam'", ""),
]


@pytest.mark.parametrize(
    ("override", "remedy"),
    [
        ("network.activation=rellu", "network.activation=relu."),
        ("network.activation=[relu,tahn]", "tanh."),
        ("observe.slope=mean_slop", "observe.slope=mean_slope."),
        ("data.kind=npzz", "data.kind=npz."),
        ("network.kind=grahp", "network.kind=graph."),
    ],
)
def test_a_word_that_is_nearly_right_is_told_the_right_one(
    override: str, remedy: str, refusal: Refusal
) -> None:
    assert refusal(None, override).endswith(f". Try {remedy}")


@pytest.mark.parametrize(("override", "problem", "remedy"), WRONG_VALUES)
def test_a_wrong_value(override: str, problem: str, remedy: str, refusal: Refusal) -> None:
    before, found, after = refusal(None, override).partition(". Try ")
    assert found
    assert before.startswith(f"`{override.partition('=')[0].removesuffix('.x')}")
    assert problem in before
    assert remedy in after


@pytest.mark.parametrize(
    "override",
    [
        "name=!!binary aGVsbG8=",
        "train={batch: !!set {a}}",
        "train.batch=!!timestamp 2020-01-01",
        'name="\\ud800"',
        "name=" + "[" * 250 + "]" * 250,
    ],
    ids=["bytes", "set", "date", "surrogate", "deep"],
)
def test_a_value_that_no_key_can_have(override: str, refusal: Refusal) -> None:
    key = override.partition("=")[0]
    assert f"`{key}" in refusal(None, override)


@pytest.mark.parametrize(
    "value",
    [b"x", {1, 2}, object(), 3j, "\ud800", 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_a_python_value_that_no_key_can_have(value: Any, refusal: Refusal) -> None:
    assert refusal({"name": value}).startswith("`name` must ")


def test_several_wrong_values_are_counted(refusal: Refusal) -> None:
    message = refusal({"train": {"batch": 0, "epochs": 0}, "seed": -1})
    assert message.endswith("(2 more)")


@pytest.mark.parametrize("value", [3, "x", [1], True, 1.5])
def test_what_is_no_mapping(value: Any, refusal: Refusal) -> None:
    assert refusal(value) == (
        f"a config must be a mapping of keys, but is {value!r}. Try `nnu config template`."
    )


@pytest.mark.parametrize(
    ("key", "above"),
    [
        ("train.epochs", "9" * 400),
        ("train.epochs", "2147483648"),
        ("observe.snapshots.count", "1000000000000000"),
    ],
)
def test_more_than_a_run_could_ever_have(key: str, above: str, refusal: Refusal) -> None:
    assert refusal(None, f"{key}={above}").startswith(f"`{key}` must be less than ")


# --- kinds -------------------------------------------------------------------------------------

KINDS = {
    "network": ("layered", "graph"),
    "loss": ("boundary", "bulk", "cross_entropy", "installed"),
    "data": ("embedded", "tfds", "idx", "npz", "normal", "installed"),
    "train.optimiser": (
        *("sgd", "momentum", "adam", "adamw"),
        *("momo", "momo_adam", "prodigy", "dadapt_adamw", "cocob"),
    ),
    "train.schedule": (
        *("constant", "linear", "cosine", "exponential", "piecewise", "reduce_on_plateau"),
    ),
    "train.batching": ("fixed", "doubling", "noise_scale", "norm_test"),
    "observe.snapshots": ("log", "fixed"),
}


@pytest.mark.parametrize("section", KINDS)
@pytest.mark.parametrize("wrong", ["foo", "3", "null", "[1]", "true"])
def test_a_wrong_kind_lists_the_kinds(section: str, wrong: str, refusal: Refusal) -> None:
    listed = ", ".join(repr(kind) for kind in KINDS[section])
    message = refusal(None, f"{section}.kind={wrong}")
    assert message.startswith(f"`{section}.kind` must be one of {listed}, but is '")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.directory=x", "`data.directory` must be a known key"),
        ("data={kind: idx, directory: x, path: y}", "`data.path` must be a known key"),
        ("data={kind: npz, path: x, directory: y}", "`data.directory` must be a known key"),
        ("train.optimiser.decay=0.9", "`train.optimiser.decay` must be a known key"),
        ("train.optimiser={kind: adam, decay: 0.9}", "Try one of kind, weight_decay, b1, b2, eps."),
        ("train.schedule.final=0.1", "`train.schedule.final` must be a known key"),
        ("observe.snapshots.every=3", "`observe.snapshots.every` must be a known key"),
    ],
)
def test_keys_of_another_kind(override: str, message: str, refusal: Refusal) -> None:
    assert message in refusal(None, override)


@pytest.mark.parametrize(
    ("section", "kind", "key"),
    [
        ("data", "idx", "directory"),
        ("data", "npz", "path"),
        ("data", "tfds", "name"),
        ("train.schedule", "exponential", "half_life"),
        ("train.batching", "doubling", "every"),
        ("observe.snapshots", "fixed", "every"),
        ("network", "graph", "mask"),
    ],
)
def test_a_kind_whose_key_is_missing(section: str, kind: str, key: str, refusal: Refusal) -> None:
    message = refusal(None, f"{section}.kind={kind}")
    assert message.startswith(f"`{section}.{key}` must be given, but is missing. Try ")
    assert "...." not in message


@pytest.mark.parametrize("section", [*KINDS, "loss"])
@pytest.mark.parametrize("value", ["{}", "{kind: null}"])
def test_the_default_kind_is_filled_in(section: str, value: str, refusal: Refusal) -> None:
    if value == "{}":
        assert parse_config({}, [f"{section}={value}"]) == RunConfig()
    else:
        assert f"`{section}.kind` must be " in refusal(None, f"{section}={value}")


def test_keys_of_the_default_kind_need_no_kind() -> None:
    config = parse_config(
        {
            "data": {"train_samples": 10},
            "network": {"hidden": [60], "initialiser": {"gain": 2}},
            "observe": {"snapshots": {"count": 7}},
        }
    )
    assert config.data.kind == "embedded"
    assert config.data.train_samples == 10
    assert config.network.initialiser.kind == "glorot_uniform"
    assert config.network.initialiser.gain == 2.0
    assert config.observe.snapshots.kind == "log"
    assert config.observe.snapshots.count == 7


@pytest.mark.parametrize(
    ("override", "kind"),
    [
        ("data={kind: tfds, name: mnist}", "TfdsData"),
        ("data={kind: idx, directory: x}", "IdxData"),
        ("data={kind: npz, path: x}", "NpzData"),
        ("train.optimiser={kind: momentum, decay: 0.5, nesterov: true}", "Momentum"),
        ("train.optimiser={kind: adam, b1: 0, eps: 1e-3}", "Adam"),
        ("train.schedule={kind: linear}", "Linear"),
        ("train.schedule={kind: cosine, final: 0.1}", "Cosine"),
        ("train.schedule={kind: exponential, half_life: 3}", "Exponential"),
        ("observe.snapshots={kind: fixed, every: 5}", "FixedSnapshots"),
    ],
)
def test_every_kind(override: str, kind: str) -> None:
    value: Any = parse_config({}, [override])
    for part in override.partition("=")[0].split("."):
        value = getattr(value, part)
    assert type(value).__name__ == kind


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["", "# nothing\n", "{}", "---\n", b"\xef\xbb\xbf"])
def test_a_file_with_nothing_is_all_defaults(content: str | bytes, config_file: ConfigFile) -> None:
    assert load_config(config_file(content)) == RunConfig()


@pytest.mark.parametrize("content", ["seed: 3\r\nname: x\r\n", b"\xef\xbb\xbfseed: 3\nname: x"])
def test_files_of_other_systems(content: str | bytes, config_file: ConfigFile) -> None:
    config = load_config(config_file(content))
    assert (config.seed, config.name) == (3, "x")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfe\x00", "must be a readable file, but is not UTF-8 text"),
        (b"name: caf\xe9", "must be a readable file, but is not UTF-8 text"),
        ("train:\n\tbatch: 3", "must be plain YAML, but line 2: found character '\\t'"),
        ("a" * 1_000_001, "must be a config of at most 1000000 characters, but has 1000001"),
        ("[" * 10_000, "must be plain YAML, but nests too deeply"),
        ("seed: 1\nseed: 2", "must be plain YAML, but line 2: key 'seed' appears twice"),
        ("- seed: 1", "must be a mapping of keys, but is [{'seed': 1}]"),
        ("just text", "must be a mapping of keys, but is 'just text'"),
        ("3", "must be a mapping of keys, but is 3"),
    ],
)
def test_a_file_that_is_no_config(
    content: str | bytes, problem: str, config_file: ConfigFile
) -> None:
    path = config_file(content)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    message = str(caught.value)
    assert problem in message
    assert message.isprintable()


def test_the_file_is_named(config_file: ConfigFile) -> None:
    path = config_file("seed: [")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert str(caught.value).startswith(f"CONFIG {str(path)!r} must be plain YAML, but line 1: ")


@pytest.mark.parametrize("name", ["none.yaml", "", "none.yaml/x", "a\nb", "a\0b", "x" * 300])
def test_a_file_that_cannot_be_opened(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(str(tmp_path / name))
    message = str(caught.value)
    assert message.startswith("CONFIG '")
    assert "must be a readable file, but " in message
    assert message.isprintable()


def test_overrides_on_a_file(config_file: ConfigFile) -> None:
    path = config_file("seed: 1\ntrain: {batch: 5}")
    config = load_config(path, ["seed=2"])
    assert (config.seed, config.train.batch) == (2, 5)


def test_the_value_of_an_override_is_named(refusal: Refusal) -> None:
    assert refusal(None, "train.batch=[").startswith(
        "the value of `train.batch` must be plain YAML, but line 1: "
    )
