"""Which runs are meant: comparisons of config keys and run facts, ``train.epochs>=1000``."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeGuard

from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError
from nnuniverse.runs.listing import TAG, ListedRun, run_keys

_CONDITION = re.compile(r"\s*([^=!<>~\s]+)\s*(!=|<=|>=|=|<|>|~)(?!=)(.*)", re.DOTALL)

_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """``key relation value``; ``text``: the value as it was written, for which ``~`` looks."""

    key: str
    relation: str
    value: object
    text: str

    def holds(self, values: dict[str, object]) -> bool:
        """Return whether it holds of the ``values`` of a run, which must have the key."""
        if self.key not in values:
            return False
        value = values[self.key]
        if self.relation == "~":
            return self.text.casefold() in str(value).casefold()
        if self.relation in _ORDERS:
            if not (_is_number(value) and _is_number(self.value)):
                return False
            return _ORDERS[self.relation](value, self.value)
        return self._is(value) == (self.relation == "=")

    def _is(self, value: object) -> bool:
        if isinstance(value, str):  # also where YAML reads the text as something else
            return value in (self.text, self.value)
        same_kind = isinstance(value, bool) == isinstance(self.value, bool)
        return same_kind and bool(value == self.value)


def is_condition(text: str) -> bool:
    """Return whether ``text`` has the form of a condition, be its key known or not."""
    return _CONDITION.fullmatch(text) is not None


def parse_condition(text: str) -> Condition:
    """Return the condition that ``text`` says; its value is YAML, never code.

    Raises ConfigError for text of another form, an unknown key, and an order of what is no number.
    """
    found = _CONDITION.fullmatch(text)
    if found is None:
        raise ConfigError(
            "an argument",
            "be a run folder or KEY=VALUE (or != < <= > >= ~)",
            f"is {text!r:.100}",
            "train.learning_rate=0.1",
        )
    key, relation, written = found[1], found[2], found[3].strip()
    require_known(key, f"`{key:.100}`")
    value = written if relation == "~" else read_yaml(written, f"the value of `{key}`")
    if relation in _ORDERS and not _is_number(value):
        remedy = f"'{key}{relation}1000'"
        raise ConfigError(
            f"the value of `{key}{relation}`", "be a number", f"is {written!r:.60}", remedy
        )
    return Condition(key, relation, value, written)


def require_known(key: str, subject: str) -> None:
    """Raise ConfigError, which begins with ``subject``, if no run can have the ``key``."""
    known = run_keys()
    if key not in known and not (key.startswith(TAG) and key != TAG):
        raise ConfigError(subject, "be a known key", "is not", _close(key, known))


def select_runs(runs: Iterable[ListedRun], conditions: Iterable[Condition]) -> list[ListedRun]:
    """Return the runs of which all ``conditions`` hold."""
    conditions = list(conditions)
    if not conditions:
        return list(runs)
    return [run for run in runs if _all_hold(conditions, run.values())]


def _all_hold(conditions: list[Condition], values: dict[str, object]) -> bool:
    return all(condition.holds(values) for condition in conditions)


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _close(key: str, known: list[str]) -> str:
    """Return the known keys that look like ``key``, as a whole or in their last part."""
    last_parts: dict[str, list[str]] = {}
    for name in known:
        last_parts.setdefault(name.rpartition(".")[2], []).append(name)
    close = difflib.get_close_matches(key, known, n=3)
    for part in difflib.get_close_matches(key.rpartition(".")[2], last_parts, n=3):
        close += last_parts[part]
    shown = list(dict.fromkeys(close))[:3]
    return " or ".join(f"`{name}`" for name in shown) or "`nnu config template`"
