"""What runs are called beside each other: by the values in which they differ, not by a hash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from nnuniverse.axis_labels import Label, label_text, value_label
from nnuniverse.config import SweepConfig, config_values, load_sweep
from nnuniverse.config.sweep import AxisConfig, RandomAxis, ValuesAxis, ZipAxis
from nnuniverse.errors import NNUniverseError
from nnuniverse.regular_files import is_file
from nnuniverse.runs.folder import SWEEP_FILE
from nnuniverse.runs.record import RunRecord

ASIDE = ("observe", "checkpoint", "replicas", "seed")
"""Sections and keys by which runs are told apart only where no other does it."""


class Trait(NamedTuple):
    """Something in which runs differ.

    ``key``: dotted, or the name of a sweep's axis; ``word``: what it is called in a name;
    ``values``: one per run, None where a run has no such key.
    """

    key: str
    word: str
    values: tuple[Label | None, ...]

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return all(isinstance(v, int | float) and not isinstance(v, bool) for v in self.values)


def run_names(runs: Sequence[RunRecord]) -> list[str]:
    """Return a name per run, different ones: "relu, depth 3".

    Its config's name, where that is enough; for runs of one name the values in which they differ,
    with that name before them if there are others too; else its hash, the name of its folder where
    the same was run again, or its number.  A single run of a sweep has the values of all axes.
    """
    names = [run.config.name for run in runs]
    told = list(names)
    for name in dict.fromkeys(names):
        places = [k for k, other in enumerate(names) if other == name]
        if len(places) > 1 or len(runs) == 1:
            alone = len(places) == len(runs) > 1
            for k, words in zip(places, _in_words([runs[k] for k in places]), strict=True):
                told[k] = (words if alone else f"{name}: {words}") if words else name
    return _made_unique(told, runs)


def _made_unique(told: list[str], runs: Sequence[RunRecord]) -> list[str]:
    folders = [plain_text(run.folder.path.resolve().name) for run in runs]
    choices = [
        told,
        [f"{name} {folder[-8:]}" for name, folder in zip(told, folders, strict=True)],
        [f"{name} {folder}" for name, folder in zip(told, folders, strict=True)],
    ]
    numbers = [f"{name} {number}" for number, name in enumerate(told, 1)]
    return [
        next((choice[k] for choice in choices if choice.count(choice[k]) == 1), numbers[k])
        for k in range(len(runs))
    ]


def plain_text(text: str) -> str:
    """Return ``text`` with a mark for every character that a file of text cannot hold."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _in_words(runs: Sequence[RunRecord]) -> list[str]:
    found = traits(runs) if len(runs) > 1 else _of_sweep(runs)
    return [", ".join(trait_words(found, k)) for k in range(len(runs))]


def trait_words(found: Sequence[Trait], k: int) -> Iterator[str]:
    """Yield what tells run ``k``: "relu", which is clear by itself, or "depth 3", which is not.

    ``found``: in what the runs differ.
    """
    for trait in found:
        value = trait.values[k]
        others = [label for other in found if other is not trait for label in other.values]
        if isinstance(value, str) and _is_word(value) and value not in others:
            yield value
        elif value is not None:
            yield f"{trait.word} {label_text(value)}"


def _is_word(text: str) -> bool:
    return text[:1].isalpha() and text not in ("null", "none")


# --- in what runs differ -----------------------------------------------------------------------


def traits(runs: Sequence[RunRecord]) -> list[Trait]:
    """Return in what ``runs`` differ: the axes of their sweep, or else keys of their configs.

    Of the keys, as many as it takes to tell apart what can be told apart.
    """
    found = [trait for trait in _of_sweep(runs) if len(set(trait.values)) > 1]
    apart = len(set(zip(*(trait.values for trait in found), strict=True))) if found else 1
    return found if apart == len(runs) else _of_configs(runs, found)


def _of_configs(runs: Sequence[RunRecord], found: list[Trait]) -> list[Trait]:
    """Return ``found`` and what else it takes of the keys of the configs."""
    configs = [config_values(run.config) for run in runs]
    keys = [key for key in dict.fromkeys(key for of in configs for key in of) if key != "name"]
    told = list(zip(*(trait.values for trait in found), strict=True)) or [()] * len(runs)
    for key in sorted(keys, key=lambda key: key.partition(".")[0] in ASIDE):
        values = tuple(_value(of[key]) if key in of else None for of in configs)
        finer = [(*before, value) for before, value in zip(told, values, strict=True)]
        if len(set(finer)) > len(set(told)):
            found, told = [*found, Trait(key, "", values)], finer
    words = _short([trait.key for trait in found])
    return [
        trait._replace(word=trait.word or word) for trait, word in zip(found, words, strict=True)
    ]


def _short(keys: list[str]) -> list[str]:
    """Return the last part of each key, the last two where several would be called the same."""
    parts = [[part for part in key.split(".") if part != "kind"] or [key] for key in keys]
    last = [part[-1] for part in parts]
    return [
        " ".join(part[-2:] if last.count(part[-1]) > 1 else part[-1:]).replace("_", " ")
        for part in parts
    ]


def _value(value: object) -> Label:
    label = value_label(value)
    return label.removeprefix("kind=") if isinstance(label, str) else label


# --- the axes of a sweep -----------------------------------------------------------------------


def _of_sweep(runs: Sequence[RunRecord]) -> list[Trait]:
    """Return the axes of several points of the sweep that all ``runs`` are of, if there is one."""
    folders = {run.folder.path.resolve().parent for run in runs}
    sweep = _read_sweep(folders.pop()) if len(folders) == 1 else None
    if sweep is None:
        return []
    configs = [run.config.model_dump(mode="json") for run in runs]
    try:
        found = [t for name, axis in sweep.axes.items() for t in _of_axis(name, axis, configs)]
    except LookupError:  # a run of the sweep as it was before
        return []
    words = _short([trait.key for trait in found])
    return [trait._replace(word=word) for trait, word in zip(found, words, strict=True)]


def _read_sweep(folder: Path) -> SweepConfig | None:
    path = folder / SWEEP_FILE
    try:
        return load_sweep(path, (), Path()) if is_file(path) else None
    except NNUniverseError:  # damaged: the names are not worth a refusal
        return None


def _of_axis(name: str, axis: AxisConfig, configs: list[dict[str, object]]) -> Iterator[Trait]:
    """Yield where the runs are along an axis: by its labels, or else by the values of its keys.

    Raises LookupError if one is not on it.
    """
    if isinstance(axis, ValuesAxis):
        columns = {axis.key or name: axis.values}
        labels = axis.labels or tuple(map(_value, axis.values))
    elif isinstance(axis, ZipAxis):
        columns, labels = axis.keys, axis.labels or ()
    else:
        keys = list(axis.keys) if isinstance(axis, RandomAxis) else [axis.key or name]
        columns, labels = dict.fromkeys(keys, ()), ()
        if axis.count == 1:
            return
    if labels:
        places = [_place(config, columns) for config in configs]
        if len(labels) > 1:
            yield Trait(name, "", tuple(labels[place] for place in places))
        return
    for key in columns:
        yield Trait(key, "", tuple(_value(_at(config, key)) for config in configs))


def _place(config: dict[str, object], columns: Mapping[str, Sequence[object]]) -> int:
    """Return at which of the values of several keys a config is; raises LookupError if at none."""
    rows = zip(*columns.values(), strict=True)
    for place, row in enumerate(rows):
        if all(_holds(_at(config, key), of) for key, of in zip(columns, row, strict=True)):
            return place
    raise LookupError(config)


def _at(config: Mapping[str, object], key: str) -> object:
    """Return the value of a dotted key, None where the config has no such key."""
    value: object = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _holds(value: object, override: object) -> bool:
    """Return whether a value of a config may come of ``override``, which sets a part of it."""
    if isinstance(override, dict) and isinstance(value, dict):
        return all(_holds(value.get(key), of) for key, of in override.items())
    if isinstance(override, list | tuple) and isinstance(value, list | tuple):
        return len(value) == len(override) and all(map(_holds, value, override))
    return bool(value == override)
