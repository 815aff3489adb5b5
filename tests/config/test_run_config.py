"""The models: immutable, strict, and hashed by what they mean."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from nnuniverse.config import RunConfig, parse_config

Refusal = Callable[..., str]


def sections(section: BaseModel) -> Iterator[BaseModel]:
    yield section
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from sections(value)


def leaves(mapping: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key


# --- names of runs -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "0", "run", "demo-deep", "v1.2_x", "A" * 64, "a..b", "1e5x"])
def test_names(name: str) -> None:
    assert RunConfig(name=name).name == name
    assert parse_config({"name": name}).name == name


UNSAFE_NAMES = [
    "",
    ".",
    "..",
    ".hidden",
    "-rf",
    "_x",
    "../x",
    "a/b",
    "a/../../b",
    "/abs",
    "a\\b",
    "C:x",
    "~",
    "a b",
    " a",
    "a ",
    "a\n",
    "a\nb",
    "\na",
    "a\r",
    "a\0",
    "a\x1b[31m",
    "a\x7f",
    "a\u2028",
    "é",
    "\uff41",
    "a\u0300",
    "٣",
    "a" * 65,
    "a" * 100,
    "*",
    "$HOME",
    "a;b",
]


@pytest.mark.parametrize("name", UNSAFE_NAMES, ids=ascii)
def test_names_that_would_leave_the_runs_folder_or_hide(name: str, refusal: Refusal) -> None:
    message = refusal({"name": name})
    assert message.startswith("`name` must ")
    assert f"but is {name!r}"[:60] in message


@settings(max_examples=200, deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_a_name_is_one_plain_component_of_a_path(name: str) -> None:
    try:
        RunConfig(name=name)
    except ValidationError:
        return
    assert name.isascii()
    assert name[0].isalnum()
    assert all(character.isalnum() or character in "._-" for character in name)


# --- strict and frozen -------------------------------------------------------------------------


@pytest.mark.parametrize("section", [*sections(RunConfig())], ids=lambda s: type(s).__name__)
def test_nothing_can_be_changed(section: BaseModel) -> None:
    for name in type(section).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, name, getattr(section, name))
    with pytest.raises(ValidationError):
        section.new_key = 1


def test_lists_become_tuples() -> None:
    config = parse_config({"network": {"hidden": [3, 2]}, "observe": {"observables": ["mu2"]}})
    assert config.network.hidden == (3, 2)
    assert config.observe.observables == ("mu2",)


@pytest.mark.parametrize(
    "values",
    [
        {"seed": "3"},
        {"seed": True},
        {"seed": 3.0},
        {"name": b"x"},
        {"train": {"batch": "3"}},
        {"train": {"shuffle": 1}},
        {"train": {"learning_rate": "0.1"}},
        {"train": {"learning_rate": float("nan")}},
        {"train": {"learning_rate": float("inf")}},
        {"unknown": 1},
    ],
    ids=str,
)
def test_models_convert_nothing(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RunConfig(**values)


def test_an_integer_is_a_number() -> None:
    rate = parse_config({"train": {"learning_rate": 1}}).train.learning_rate
    assert type(rate) is float
    assert rate == 1.0


def test_seeds() -> None:
    assert RunConfig(seed=5, replicas=3).seeds == (5, 6, 7)
    assert RunConfig(seed=2**31 - 1, replicas=4096).seeds[-1] < 2**32


# --- the hash ----------------------------------------------------------------------------------

NORMAL = (
    *("inputs=4", "deviation=0.5", "clip=2.0", "seed=1", "train_samples=3", "test_samples=3"),
    *("input_scale=unit", "targets=rotated"),
)

OTHER_VALUES: list[tuple[tuple[str, ...], str]] = [
    # what makes the key exist, and another value for it
    ((), "name=other"),
    ((), "seed=1"),
    ((), "replicas=2"),
    ((), "data.train_samples=10"),
    ((), "data.test_samples=10"),
    ((), "data.input_scale=raw"),
    ((), "data.targets=plus_minus"),
    ((), "data.targets=inputs"),
    ((), "data.targets=rotated"),
    ((), "data.pool=7"),
    ((), "network.hidden=[20, 40]"),
    ((), "network.activation=relu"),
    ((), "network.initialiser.kind=orthogonal"),
    ((), "network.initialiser.gain=1.0000000000000002"),
    ((), "network.start=x.npz"),
    ((), "loss.terms=[{observable: mu2, weight: 0.1}]"),
    ((), "loss.penalty.l1=0.001"),
    ((), "loss.penalty.l2=0.001"),
    ((), "loss.penalty.nonnegative=true"),
    ((), "train.epochs=30001"),
    ((), "train.batch=101"),
    ((), "train.shuffle=false"),
    ((), "train.learning_rate=0.10000000000000002"),
    ((), "train.optimiser.kind=momentum"),
    ((), "train.optimiser.weight_decay=0.1"),
    ((), "train.precision=float64"),
    ((), "train.clip_norm=1.0"),
    ((), "train.noise.temperature=0.1"),
    ((), "train.early_stopping.patience=3"),
    ((), "train.early_stopping.observable=test_error_rate"),
    ((), "train.schedule.kind=linear"),
    ((), "train.batching.kind=norm_test"),
    ((), "observe.snapshots.count=201"),
    ((), "observe.observables=[mu2]"),
    ((), "observe.slope=mean_slope"),
    ((), "observe.complexity_n=[21]"),
    ((), "observe.weights=snapshots"),
    ((), "checkpoint.seconds=31"),
    (("data={kind: npz, path: x}",), "data.path=y"),
    (("data={kind: npz, path: x}",), "data={kind: idx, directory: x}"),
    (("data={kind: idx, directory: x}",), "data.directory=y"),
    (("data={kind: tfds, name: mnist}",), "data.name=kmnist"),
    (("data={kind: tfds, name: mnist}",), "data.data_dir=x"),
    (("data={kind: tfds, name: mnist}",), "data.manual_dir=x"),
    (("data={kind: tfds, name: mnist}",), "data.train_split=test"),
    (("data={kind: tfds, name: mnist}",), "data.test_split=train"),
    (("data={kind: tfds, name: mnist}",), "data.download=false"),
    (("data={kind: npz, path: x}",), "data={kind: normal, inputs: 3}"),
    *((("data={kind: normal, inputs: 3}",), f"data.{key}") for key in NORMAL),
    ((), "loss.kind=bulk"),
    (("loss.kind=bulk",), "loss.penalty.l1=0.001"),
    (("loss.kind=cross_entropy",), "loss.penalty.l2=0.001"),
    (("loss.kind=bulk",), "loss.kind=cross_entropy"),
    (("loss.kind=cross_entropy",), "loss.terms=[{observable: mu2, weight: 1}]"),
    (("loss.kind=bulk",), "loss.mass=-0.1"),
    (("loss.kind=bulk",), "loss.pairs=x.npz"),
    (("loss.kind=bulk",), "loss.outputs=free"),
    (("loss.kind=bulk",), "loss.tolerance=1e-5"),
    (("loss.kind=bulk",), "loss.terms=[{observable: mu2, weight: 1}]"),
    (("train.optimiser.kind=momentum",), "train.optimiser.decay=0.8"),
    (("train.optimiser.kind=momentum",), "train.optimiser.nesterov=true"),
    (("train.optimiser.kind=adam",), "train.optimiser.b1=0.8"),
    (("train.optimiser.kind=adam",), "train.optimiser.b2=0.8"),
    (("train.optimiser.kind=adam",), "train.optimiser.eps=1e-7"),
    (("train.optimiser.kind=adam",), "train.optimiser.kind=adamw"),
    (("train.optimiser.kind=adam",), "train.optimiser.weight_decay=0.1"),
    (("train.optimiser.kind=adamw",), "train.optimiser.weight_decay=0.02"),
    (("train.optimiser.kind=momo",), "train.optimiser.beta=0.8"),
    (("train.optimiser.kind=momo",), "train.optimiser.lower_bound=-1"),
    (("train.optimiser.kind=momo",), "train.optimiser.adapt_lower_bound=true"),
    (("train.optimiser.kind=momo_adam",), "train.optimiser.b1=0.8"),
    (("train.optimiser.kind=prodigy",), "train.optimiser.beta3=0.9"),
    (("train.optimiser.kind=prodigy",), "train.optimiser.first_distance=1e-5"),
    (("train.optimiser.kind=prodigy",), "train.optimiser.coefficient=2"),
    (("train.optimiser.kind=prodigy",), "train.optimiser.safeguard_warmup=true"),
    (("train.optimiser.kind=dadapt_adamw",), "train.optimiser.weight_decay=0.1"),
    (("train.optimiser.kind=cocob",), "train.optimiser.alpha=50"),
    (("train.optimiser.kind=cocob",), "train.optimiser.eps=1e-6"),
    (("train.batching={kind: doubling, every: 6}",), "train.batching.every=7"),
    (("train.batching={kind: doubling, every: 6}",), "train.batching.maximum=400"),
    (("train.batching={kind: doubling, every: 6}",), "train.batching.rate=linear"),
    (("train.batching.kind=noise_scale",), "train.batching.share=0.5"),
    (("train.batching.kind=noise_scale",), "train.batching.probe=500"),
    (("train.batching.kind=norm_test",), "train.batching.theta=0.5"),
    (("train.schedule.kind=reduce_on_plateau",), "train.schedule.factor=0.5"),
    (("train.schedule.kind=reduce_on_plateau",), "train.schedule.patience=3"),
    (("train.schedule.kind=reduce_on_plateau",), "train.schedule.tolerance=0.01"),
    (("train.schedule.kind=reduce_on_plateau",), "train.schedule.cooldown=3"),
    (("train.schedule.kind=reduce_on_plateau",), "train.schedule.minimum=0.1"),
    (
        ("train.schedule={kind: piecewise, boundaries: [3], factors: [0.1]}",),
        "train.schedule.boundaries=[4]",
    ),
    (
        ("train.schedule={kind: piecewise, boundaries: [3], factors: [0.1]}",),
        "train.schedule.factors=[0.2]",
    ),
    (("train.schedule.kind=linear",), "train.schedule.final=0.1"),
    (("train.schedule.kind=linear",), "train.schedule.kind=cosine"),
    (("train.schedule={kind: exponential, half_life: 3}",), "train.schedule.half_life=4"),
    (("observe.snapshots={kind: fixed, every: 3}",), "observe.snapshots.every=4"),
    ((), "evolve={}"),
    *(
        (("evolve={}",), f"evolve.{override}")
        for override in (
            *("run=x", "replica=1", "snapshot=3", "members=257", "steps=100", "max_steps=30000"),
            *("window=3.0", "records=26", "sampling=shuffled", "start={kind: trained}"),
            *("start.amount=4.0", "start.width=0.2", "coordinates=[{kind: principal}]"),
        )
    ),
    ((), "grand={}"),
    *(
        (("grand={}",), f"grand.{override}")
        for override in (
            *("reservoir=[80,40]", "energy=bulk", "temperature=0.1", "chemical_potential=-0.1"),
            *("final_chemical_potential=0.0", "moves={kind: sample}", "every=1", "probe=100"),
            *("moves.removal=mask", "moves.birth=none", "moves.candidates=4"),
        )
    ),
]
FIXED_KEYS = {"data.kind", "network.kind", "observe.snapshots.kind"}
"""Kinds that have no other, or another only together with a key of it."""


def test_every_key_has_another_value_here() -> None:
    changed = {override.partition("=")[0] for start, override in OTHER_VALUES if not start}
    assert changed == set(leaves(RunConfig().model_dump())) - FIXED_KEYS


OF_NO_NUMBER = {
    *("name", "checkpoint.seconds", "loss.pairs", "network.start", "evolve.run"),
    *("data.path", "data.directory", "data.data_dir", "data.manual_dir"),
}
"""Keys that no number depends on: what the files hold is told by their digests."""


@pytest.mark.parametrize(("start", "override"), OTHER_VALUES)
def test_the_hash_depends_on_every_key_that_numbers_depend_on(
    start: tuple[str, ...], override: str
) -> None:
    before, after = parse_config({}, start), parse_config({}, [*start, override])
    assert before != after
    assert (before.hash() == after.hash()) == (override.partition("=")[0] in OF_NO_NUMBER)


def declared(section: type[BaseModel] = RunConfig) -> Iterator[type[BaseModel]]:
    """Yield every section that a config may have, itself first."""
    yield section
    for field in section.model_fields.values():
        for member in members(field.annotation):
            yield from declared(member)


def members(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from members(argument)


def test_a_default_never_changes() -> None:
    """A key at its default is no part of what a run is: with another, old runs would be new ones.

    Keys may be added to the file; what stands in it stays.
    """
    now = {
        f"{section.__name__}.{name}": repr(field.get_default())
        for section in declared()
        for name, field in section.model_fields.items()
        if not field.is_required() and not isinstance(field.get_default(), BaseModel)
    }
    first = json.loads(Path(__file__).with_name("defaults.json").read_text())
    assert {key: now.get(key) for key in first} == first
    assert set(now) == set(first), "new keys belong into the file"


def test_the_essentials_of_a_config_at_its_defaults_are_none() -> None:
    assert parse_config(RunConfig().model_dump(mode="json")).essentials() == {}


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_hash_does_not_depend_on_the_order_of_keys(seed: int) -> None:
    shuffler = random.Random(seed)

    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        items = [(key, shuffled(item)) for key, item in value.items()]
        shuffler.shuffle(items)
        return dict(items)

    mapping = RunConfig().model_dump(mode="json")
    assert parse_config(shuffled(mapping)).hash() == RunConfig().hash()


def test_the_hash_is_of_the_effective_config() -> None:
    assert parse_config({}, ["train.batch=100"]).hash() == RunConfig().hash()
    assert parse_config({}, ["network.initialiser.gain=1"]).hash() == RunConfig().hash()
    assert len(RunConfig().hash()) == 64
