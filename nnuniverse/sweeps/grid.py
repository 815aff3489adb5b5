"""The points of a sweep: every combination of the values along its axes."""

from __future__ import annotations

import copy
import itertools
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnuniverse.axis_labels import (
    Label,
    label_text,
    labels_in_words,
    position_of,
    value_label,
)
from nnuniverse.config import RunConfig, SweepConfig, parse_config
from nnuniverse.config.overrides import set_key
from nnuniverse.config.sweep import (
    AxisConfig,
    Choice,
    Distribution,
    LinearAxis,
    LogAxis,
    RandomAxis,
    Uniform,
    ValuesAxis,
    ZipAxis,
)
from nnuniverse.errors import ConfigError
from nnuniverse.sweep_dataset import DIVERGED, MEASURED, SERIES

MAX_POINTS = 100_000
"""More points than this are a mistake; a thousand take seconds to list."""

DIGITS = 6
"""Significant digits of generated values, so that a person can type them again."""

TAKEN = ("name", "seed", "replicas")
"""Keys of a run that the sweep sets by itself."""

RESERVED = (*SERIES, "seed", "run", "status", "trained_epochs", DIVERGED, MEASURED)
"""Names in the results that are no axes."""


@dataclass(frozen=True)
class SweepAxis:
    """One axis of a sweep.

    ``labels``: its coordinates; ``overrides``: what each of its positions sets, by dotted key.
    """

    name: str
    labels: tuple[Label, ...]
    overrides: tuple[Mapping[str, object], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The dotted keys that change along it."""
        return tuple(self.overrides[0])

    @property
    def columns(self) -> dict[str, tuple[Label, ...]]:
        """Coordinates by dotted key, of the keys whose values are not the labels themselves."""
        columns = {
            key: tuple(value_label(override[key]) for override in self.overrides)
            for key in self.keys
        }
        return {key: column for key, column in columns.items() if column != self.labels}


@dataclass(frozen=True)
class Point:
    """A place in the grid: its number, its position along every axis, its labels by axis.

    ``config``: the base with what those positions override.  It has the sweep's name; its seed and
    number of replicas are still those of the base.
    """

    number: int
    index: tuple[int, ...]
    labels: Mapping[str, Label]
    config: RunConfig

    def __str__(self) -> str:
        return labels_in_words(self.labels)


def sweep_axes(sweep: SweepConfig) -> list[SweepAxis]:
    """Return the axes of ``sweep``; raises ConfigError if they do not fit each other."""
    axes = [_axis(name, axis) for name, axis in sweep.axes.items()]
    _require_one_axis_per_key(axes)
    _require_one_name_each(axes)
    axes = _chosen(axes, sweep.only)
    points = math.prod(len(axis.labels) for axis in axes)
    if points > MAX_POINTS:
        raise ConfigError(
            "`axes`", f"have at most {MAX_POINTS} points", f"have {points}", "a random axis"
        )
    return axes


def _chosen(axes: list[SweepAxis], only: Mapping[str, tuple[Label, ...]]) -> list[SweepAxis]:
    """Return ``axes`` with only those labels that are asked for, in their own order."""
    unknown = [name for name in only if name not in [axis.name for axis in axes]]
    if unknown:
        names = ", ".join(axis.name for axis in axes)
        raise ConfigError(f"`only.{unknown[0]}`", "name an axis", "names none", names)
    return [_with_labels(axis, only[axis.name]) if axis.name in only else axis for axis in axes]


def _with_labels(axis: SweepAxis, wanted: tuple[Label, ...]) -> SweepAxis:
    found = {label_text(label): position_of(label_text(label), axis.labels) for label in wanted}
    unknown = [text for text, position in found.items() if position is None]
    if unknown:
        known = ", ".join(map(label_text, axis.labels))
        raise ConfigError(
            f"`only.{axis.name}`",
            "have labels of the axis",
            f"has {unknown[0]:.60}",
            f"some of {known:.200}",
        )
    positions = sorted({position for position in found.values() if position is not None})
    return SweepAxis(
        axis.name,
        tuple(axis.labels[position] for position in positions),
        tuple(axis.overrides[position] for position in positions),
    )


def sweep_points(sweep: SweepConfig) -> Iterator[Point]:
    """Yield the points of ``sweep``, the last axis fastest; raises ConfigError at a wrong one."""
    axes = sweep_axes(sweep)
    base = _base(sweep)
    indices = itertools.product(*(range(len(axis.labels)) for axis in axes))
    for number, index in enumerate(indices):
        labels = {axis.name: axis.labels[i] for axis, i in zip(axes, index, strict=True)}
        mapping = copy.deepcopy(base)
        for axis, i in zip(axes, index, strict=True):
            for key, value in axis.overrides[i].items():
                set_key(mapping, key.split("."), value)
        yield Point(number, index, labels, _config(mapping, labels))


def _config(mapping: dict[str, object], labels: Mapping[str, Label]) -> RunConfig:
    try:
        return parse_config(mapping)
    except ConfigError as error:
        raise ConfigError(f"at {labels_in_words(labels)}: {error}") from None


def _base(sweep: SweepConfig) -> dict[str, object]:
    if not isinstance(sweep.base, dict):
        raise TypeError("the base of a sweep is written out when it is loaded")
    base = copy.deepcopy(sweep.base)
    for key, value in sweep.set.items():
        _require_free(f"set.{key}", key)
        set_key(base, key.split("."), value)
    return {**base, "name": sweep.name, "seed": 0, "replicas": 1}


def _require_free(subject: str, key: str) -> None:
    if key.split(".")[0] in TAKEN:
        remedy = "`name`" if key == "name" else "`seeds`"
        raise ConfigError(
            f"`{subject}`", "be a key of the run's own", f"the sweep sets {key}", remedy
        )


def _require_one_name_each(axes: list[SweepAxis]) -> None:
    names = [axis.name for axis in axes]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(
                "`axes`", "have different names", f"two are called {name}", "other names"
            )
        if name in RESERVED:
            remedy = f"axes: {{my_{name}: {{kind: values, key: ..., values: [...]}}}}"
            raise ConfigError(
                f"`axes.{name}`", "have a name of its own", "is taken by the results", remedy
            )


def _require_one_axis_per_key(axes: list[SweepAxis]) -> None:
    owner: dict[str, str] = {}
    for axis in axes:
        for key in axis.keys:
            _require_free(f"axes.{axis.name}", key)
            for other, name in owner.items():
                if key == other or key.startswith(f"{other}.") or other.startswith(f"{key}."):
                    raise ConfigError(
                        f"`axes.{axis.name}`",
                        "set keys that no other axis sets",
                        f"`{key}` meets `{other}` of the axis {name}",
                        "one axis of the kind zip",
                    )
        owner |= dict.fromkeys(axis.keys, axis.name)


# --- kinds of axes -----------------------------------------------------------------------------


def _axis(name: str, axis: AxisConfig) -> SweepAxis:
    """Return the axis called ``name``; of a dotted key, its last part is the name."""
    short = name.rpartition(".")[2]
    if isinstance(axis, ZipAxis):
        overrides = _zipped(name, axis)
        numbers = tuple(range(len(overrides)))
        labels = _labels(name, numbers if axis.labels is None else axis.labels, numbers)
        return SweepAxis(short, labels, overrides)
    if isinstance(axis, RandomAxis):
        columns = {key: _draw(axis, key, of) for key, of in axis.keys.items()}
        overrides = tuple(
            {key: column[i] for key, column in columns.items()} for i in range(axis.count)
        )
        return SweepAxis(short, tuple(range(axis.count)), overrides)
    key = axis.key or name
    if isinstance(axis, ValuesAxis):
        labels = tuple(map(value_label, axis.values)) if axis.labels is None else axis.labels
        return SweepAxis(
            short, _labels(name, labels, axis.values), tuple({key: v} for v in axis.values)
        )
    values = _spaced(name, axis)
    return SweepAxis(short, values, tuple({key: value} for value in values))


def _labels(name: str, labels: tuple[Label, ...], values: tuple[object, ...]) -> tuple[Label, ...]:
    twice = [
        label
        for counts in (Counter(labels), Counter(map(label_text, labels)))
        for label, count in counts.items()
        if count > 1
    ]
    if twice:
        raise ConfigError(
            f"`axes.{name}.labels`",
            "tell the values apart",
            f"{twice[0]!s:.60} stands for two",
            f"axes.{name}.labels={list(range(len(values)))!s:.60}",
        )
    if len(labels) != len(values):
        raise ConfigError(
            f"`axes.{name}.labels`",
            f"be as many as the {len(values)} values",
            f"are {len(labels)}",
            "leaving it out",
        )
    return labels


def _zipped(name: str, axis: ZipAxis) -> tuple[dict[str, object], ...]:
    lengths = {key: len(values) for key, values in axis.keys.items()}
    if len(set(lengths.values())) > 1:
        raise ConfigError(
            f"`axes.{name}.keys`", "have values of one length", f"have {lengths}", "a grid"
        )
    rows = zip(*axis.keys.values(), strict=True)
    return tuple(dict(zip(axis.keys, row, strict=True)) for row in rows)


def _spaced(name: str, axis: LinearAxis | LogAxis) -> tuple[Label, ...]:
    space = np.geomspace if isinstance(axis, LogAxis) else np.linspace
    with np.errstate(all="ignore"):  # what overflows is refused below
        between = space(axis.start, axis.stop, axis.count)[1:-1]
    ends = (axis.start, axis.stop) if axis.count > 1 else (axis.start,)
    # The ends stay as a person has written them.
    inner = [_tidy(f"axes.{name}", float(value), axis.whole) for value in between]
    first, *last = [round(end) if axis.whole else float(end) for end in ends]
    values = (first, *inner, *last)
    if len(set(values)) < len(values):
        raise ConfigError(
            f"`axes.{name}`",
            "have different values",
            f"has {list(values)}",
            f"axes.{name}.count={len(set(values))}",
        )
    return values


def _draw(axis: RandomAxis, key: str, of: Distribution) -> list[object]:
    """Return the random values of ``key``.

    Each key has a generator of its own, so that adding points or keys changes no value drawn
    before.
    """
    random = np.random.default_rng([axis.seed, zlib.crc32(key.encode())])
    shares = random.random(axis.count)
    if isinstance(of, Choice):
        return [of.values[int(share * len(of.values))] for share in shares]
    if of.low > of.high:
        raise ConfigError(
            f"the range of `{key}`",
            "have low <= high",
            f"is {of.low} to {of.high}",
            "its ends swapped",
        )
    if of.whole and not (of.low.is_integer() and of.high.is_integer()):
        raise ConfigError(
            f"the range of `{key}`",
            "have whole ends, as its values are whole",
            f"is {of.low} to {of.high}",
            "whole: false",
        )
    high = of.high + of.whole  # a whole number stands for all down from the next
    if isinstance(of, Uniform):
        drawn = [of.low + share * (high - of.low) for share in shares]
    else:
        ratio = math.log(high) - math.log(of.low)
        drawn = [of.low * math.exp(share * ratio) for share in shares]
    if of.whole:
        drawn = [
            min(float(np.floor(value)), of.high) if math.isfinite(value) else value
            for value in drawn
        ]
    return [_tidy(key, value, of.whole) for value in drawn]


def _tidy(name: str, value: float, whole: bool) -> int | float:
    if not math.isfinite(value):
        raise ConfigError(f"the values of `{name}`", "be finite", f"one is {value}", "nearer ends")
    return round(value) if whole else float(f"{value:.{DIGITS}g}")
