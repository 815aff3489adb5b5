"""What an expectation is made of: the nodes of its tree, which print as they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from nnuniverse.expectations.tokens import NAME, NUMBER

FUNCTIONS = ("abs", "log", "exp", "sqrt", "cbrt")
"""Functions of one number; log is the natural one, cbrt the real cube root, of either sign."""

FORMULA_FUNCTIONS = (*FUNCTIONS, "sin", "cos", "tan", "sinh", "cosh", "tanh")
"""Those of a formula, which no expectation needs."""

REDUCTIONS = ("slope", "intercept", "correlation")
"""Functions of two series y and x over the snapshots."""

SELECTORS = ("final", "initial", "min", "max", "mean", "at")
"""From a series over the snapshots to a number."""

SUM, PRODUCT, SIGNED, POWER, ITEM, PRIMARY = range(6)
"""How tightly an expression binds."""

OPERANDS = {
    "+": (SUM, PRODUCT),
    "-": (SUM, PRODUCT),
    "*": (PRODUCT, SIGNED),
    "/": (PRODUCT, SIGNED),
    "**": (ITEM, SIGNED),
}
"""How tightly the left and the right operand of an operator bind at least, as in Python."""

_PLAIN_VALUE = re.compile(rf"-?{NUMBER}|{NAME}(\.{NAME})*")


@dataclass(frozen=True)
class Number:
    """A number, not negative."""

    value: float

    def __str__(self) -> str:
        return repr(self.value).removesuffix(".0")


@dataclass(frozen=True)
class Quantity:
    """A series over the snapshots, or what ``selector`` takes from it; ``epoch``: of `at`."""

    name: str
    selector: str | None = None
    epoch: int | None = None

    def __str__(self) -> str:
        selected = f"{self.name}.{self.selector}" if self.selector else self.name
        return selected if self.epoch is None else f"{selected}({self.epoch})"


@dataclass(frozen=True)
class Negative:
    """Minus ``operand``."""

    operand: Expression

    def __str__(self) -> str:
        return "-" + _grouped(self.operand, SIGNED)


@dataclass(frozen=True)
class Binary:
    """``left operator right``; the operator is + - * / or **."""

    operator: str
    left: Expression
    right: Expression

    def __str__(self) -> str:
        left, right = OPERANDS[self.operator]
        return f"{_grouped(self.left, left)} {self.operator} {_grouped(self.right, right)}"


@dataclass(frozen=True)
class Applied:
    """One of `FUNCTIONS` of ``operand``."""

    function: str
    operand: Expression

    def __str__(self) -> str:
        return f"{self.function}({self.operand})"


@dataclass(frozen=True)
class Reduced:
    """One of `REDUCTIONS` of the series ``y`` and ``x``."""

    reduction: str
    y: Expression
    x: Expression

    def __str__(self) -> str:
        return f"{self.reduction}({self.y}, {self.x})"


@dataclass(frozen=True)
class Selected:
    """``operand`` where axes of a sweep have these ``labels``: (axis, label as it was written)."""

    operand: Expression
    labels: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        labels = ", ".join(f"{axis}={_quoted(label)}" for axis, label in self.labels)
        return f"{_grouped(self.operand, PRIMARY)}[{labels}]"


Expression = Number | Quantity | Negative | Binary | Applied | Reduced | Selected


@dataclass(frozen=True)
class Compared:
    """Two or three ``terms`` with a relation between neighbours; ``every_replica``: `all(...)`."""

    terms: tuple[Expression, ...]
    relations: tuple[str, ...]
    every_replica: bool = False

    @property
    def measured(self) -> int:
        """Which term is compared with the others: the one between two, or the one that varies."""
        return 1 if len(self.terms) == 3 or is_constant(self.terms[0]) else 0

    def __str__(self) -> str:
        text = str(self.terms[0])
        for relation, term in zip(self.relations, self.terms[1:], strict=True):
            text += f" {relation} {term}"
        return f"all({text})" if self.every_replica else text


def children(expression: Expression) -> tuple[Expression, ...]:
    """Return the expressions directly below ``expression``."""
    match expression:
        case Negative(operand) | Applied(_, operand) | Selected(operand, _):
            return (operand,)
        case Binary(_, left, right) | Reduced(_, left, right):
            return (left, right)
    return ()


def quantity_names(expression: Expression) -> set[str]:
    """Return the names of all observables in ``expression``."""
    own = {expression.name} if isinstance(expression, Quantity) else set()
    return own.union(*map(quantity_names, children(expression)))


def is_constant(expression: Expression) -> bool:
    """Return whether no observable is in ``expression``."""
    if isinstance(expression, Quantity):
        return False
    return all(map(is_constant, children(expression)))


def is_series(expression: Expression) -> bool:
    """Return whether ``expression`` has a value at every snapshot rather than one for them all."""
    if isinstance(expression, Quantity):
        return expression.selector is None
    if isinstance(expression, Reduced):
        return False
    return any(map(is_series, children(expression)))


def chosen_axes(expression: Expression) -> set[str]:
    """Return the axes along which ``expression`` itself chooses points."""
    own = {axis for axis, _ in expression.labels} if isinstance(expression, Selected) else set()
    return own.union(*map(chosen_axes, children(expression)))


def _grouped(expression: Expression, least: int) -> str:
    """Print in parentheses what binds less tightly than ``least``."""
    return str(expression) if _binding(expression) >= least else f"({expression})"


def _binding(expression: Expression) -> int:
    match expression:
        case Binary("+" | "-"):
            return SUM
        case Binary("*" | "/"):
            return PRODUCT
        case Negative():
            return SIGNED
        case Binary():
            return POWER
        case Selected():
            return ITEM
    return PRIMARY


def _quoted(value: str) -> str:
    if _PLAIN_VALUE.fullmatch(value):
        return value
    return f'"{value}"' if "'" in value else f"'{value}'"
