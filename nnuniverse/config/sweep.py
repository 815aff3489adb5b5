"""A sweep: a base config, axes over its keys, and seeds."""

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat, model_validator

from nnuniverse.axis_labels import Label
from nnuniverse.config.model import ConfigModel

AXIS_NAME = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$"
Key = Annotated[str, Field(pattern=AXIS_NAME)]
Count = Annotated[int, Field(ge=1, le=100_000)]
MOST_SEEDS = 100_000


def _require_different(values: tuple[object, ...]) -> tuple[object, ...]:
    seen = set()
    for value in values:
        text = json.dumps(value, sort_keys=True)
        if text in seen:
            raise ValueError(f"be different values, {text:.60} stands twice")
        seen.add(text)
    return values


def _require_seeds(seeds: int | tuple[int, ...]) -> int | tuple[int, ...]:
    few = 1 <= (seeds if isinstance(seeds, int) else len(seeds)) <= MOST_SEEDS
    if not few or (isinstance(seeds, tuple) and not all(0 <= seed < 2**31 for seed in seeds)):
        raise ValueError(f"be how many, 1 to {MOST_SEEDS}, or a list of such from 0 to {2**31 - 1}")
    return seeds


Values = Annotated[tuple[object, ...], Field(min_length=1), AfterValidator(_require_different)]
Labels = Annotated[tuple[Label, ...], AfterValidator(_require_different)]


class ValuesAxis(ConfigModel):
    """Values of one key, one after another."""

    kind: Literal["values"] = "values"
    """The kind of axis."""
    key: Key | None = None
    """Dotted key of the config; null: the name of the axis."""
    values: Values
    """What it is set to."""
    labels: Labels | None = None
    """Coordinates along the axis; null: the values themselves."""


class _Range(ConfigModel):
    kind: str
    """The kind of axis."""
    key: Key | None = None
    """Dotted key of the config; null: the name of the axis."""
    count: Count
    """How many values."""
    whole: bool = False
    """Whether values are rounded to whole numbers."""


class LinearAxis(_Range):
    """Evenly spaced values of one key, both ends included."""

    kind: Literal["linear"]
    """The kind of axis."""
    start: float
    """The first value."""
    stop: float
    """The last value."""


class LogAxis(_Range):
    """Values of one key that are evenly spaced in their logarithm, both ends included."""

    kind: Literal["log"]
    """The kind of axis."""
    start: PositiveFloat
    """The first value."""
    stop: PositiveFloat
    """The last value."""


class ZipAxis(ConfigModel):
    """Several keys that change together."""

    kind: Literal["zip"]
    """The kind of axis."""
    keys: Annotated[
        dict[Key, Annotated[tuple[object, ...], Field(min_length=1)]], Field(min_length=1)
    ]
    """Dotted keys and their values, all of one length."""
    labels: Labels | None = None
    """Coordinates along the axis; null: 0, 1, 2, ..."""


class Choice(ConfigModel):
    """One of several values, each as likely."""

    kind: Literal["choice"] = "choice"
    """The kind of distribution."""
    values: Values
    """What there is to choose from."""


class Uniform(ConfigModel):
    """A number between two others."""

    kind: Literal["uniform"]
    """The kind of distribution."""
    low: float
    """The least."""
    high: float
    """The largest."""
    whole: bool = False
    """Whether it is a whole number, both ends included."""


class LogUniform(ConfigModel):
    """A number whose logarithm is uniform."""

    kind: Literal["log_uniform"]
    """The kind of distribution."""
    low: PositiveFloat
    """The least."""
    high: PositiveFloat
    """The largest."""
    whole: bool = False
    """Whether it is a whole number, both ends included."""


Distribution = Annotated[Choice | Uniform | LogUniform, Field(discriminator="kind")]


class RandomAxis(ConfigModel):
    """Random values of several keys; more of them, or more keys, leave those there as they are."""

    kind: Literal["random"]
    """The kind of axis."""
    count: Count
    """How many points."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the draws."""
    keys: Annotated[dict[Key, Distribution], Field(min_length=1)]
    """Dotted keys and what their values are drawn from; a list is short for the kind choice."""


AxisConfig = Annotated[
    ValuesAxis | LinearAxis | LogAxis | ZipAxis | RandomAxis, Field(discriminator="kind")
]


def _write_out(axis: object) -> object:
    """Return an axis with mappings for the lists that are short for them."""
    if isinstance(axis, tuple):
        return {"kind": "values", "values": axis}
    if not isinstance(axis, dict) or axis.get("kind") != "random":
        return axis
    keys = axis.get("keys")
    if not isinstance(keys, dict):
        return axis
    choices = {
        key: {"kind": "choice", "values": of} if isinstance(of, tuple) else of
        for key, of in keys.items()
    }
    return {**axis, "keys": choices}


class SweepConfig(ConfigModel):
    """A sweep of nnuniverse: every combination of its axes, each with every seed.

    ``name`` of the folder; ``base``: the config that all runs share, a file or its keys; ``set``:
    what differs from it in all of them; ``axes``: what varies, by name; ``only``: a part of the
    points; ``seeds``: how many, or which; ``expect``: what must hold of the results.  The kinds of
    axes are in docs/sweeps.md.

    A model does not change.  `parse_sweep` and `load_sweep` make one of a mapping and of a file,
    and raise ConfigError in one line.

    >>> axis = {"kind": "values", "values": (0.1, 0.2)}
    >>> nnuniverse.SweepConfig(name="rates", base={}, axes={"train.learning_rate": axis}).seeds
    1
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    """Folder of the sweep, and name of its runs."""
    base: str | dict[str, object]
    """Config of every run: a file, named from where the sweep file lies, or its keys."""
    set: dict[Key, object] = Field(default_factory=dict)
    """Dotted keys that differ from the base in every run."""
    axes: Annotated[dict[Key, AxisConfig], Field(min_length=1)]
    """Axes by name; a list of values is short for the kind values."""
    only: dict[Key, Annotated[Labels, Field(min_length=1)]] = Field(default_factory=dict)
    """Of an axis, by its name, only the points with these labels."""
    seeds: Annotated[int | tuple[int, ...], AfterValidator(_require_seeds)] = 1
    """How many seeds, from 0 on, or which."""
    expect: tuple[str, ...] = ()
    """What must hold for the results, a line each."""

    @model_validator(mode="before")
    @classmethod
    def _write_out_axes(cls, content: object) -> object:
        if not isinstance(content, dict) or not isinstance(content.get("axes"), dict):
            return content
        axes = {name: _write_out(axis) for name, axis in content["axes"].items()}
        return {**content, "axes": axes}

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Every seed, ascending."""
        seeds = range(self.seeds) if isinstance(self.seeds, int) else self.seeds
        return tuple(sorted(set(seeds)))
