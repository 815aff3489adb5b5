"""Labels along the axes of a grid: how they are written, and which one a text means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nnuniverse.errors import printable

Label = str | int | float | bool


def label_text(label: Label) -> str:
    """Return ``label`` as YAML spells it, in characters that print."""
    return str(label).lower() if isinstance(label, bool) else printable(str(label))


def value_label(value: object) -> Label:
    """Return a coordinate for ``value``: itself, or in words if it is no scalar.

    >>> value_label(0.05), value_label([40, 20])
    (0.05, '40-20')
    """
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return "-".join(label_text(value_label(item)) for item in value) or "none"
    if isinstance(value, dict):
        return ",".join(f"{key}={label_text(value_label(item))}" for key, item in value.items())
    return "null" if value is None else str(value)


def labels_in_words(labels: Mapping[str, Label]) -> str:
    """Return the labels of a point by axis as they are written: ``depth=3, batch=10``.

    >>> labels_in_words({"depth": 3, "batch": 10})
    'depth=3, batch=10'
    """
    return ", ".join(f"{axis}={label_text(label)}" for axis, label in labels.items())


def position_of(text: str, labels: Sequence[Label]) -> int | None:
    """Return the position of the one among ``labels`` that ``text`` means, None if there is none.

    That which is written so; else the number that ``text`` is, 0.10 for 0.1, or the truth value.

    >>> position_of("0.10", (0.05, 0.1))
    1
    """
    same = [position for position, label in enumerate(labels) if label_text(label) == text]
    if not same:
        same = [position for position, label in enumerate(labels) if _means(text, label)]
    return same[0] if len(same) == 1 else None


def _means(text: str, label: Label) -> bool:
    if isinstance(label, bool):
        return label_text(label) == text.lower()
    if isinstance(label, str):
        return False
    try:
        return float(text) == label
    except ValueError:
        return False
