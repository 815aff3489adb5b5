"""From the text of an expectation to its tree, by recursive descent.

line        = comparison | "all" "(" comparison ")"
comparison  = sum relation sum [ relation sum ] | sum "in" "[" sum "," sum "]"
relation    = "<" | "<=" | ">" | ">="
sum         = product { ("+" | "-") product }
product     = factor { ("*" | "/") factor }
factor      = "-" factor | power
power       = item [ "**" factor ]
item        = primary [ "[" point { "," point } "]" ]
primary     = NUMBER | "(" sum ")" | observable | function "(" sum ")" | function observable
            | reduction "(" sum "," sum ")"
observable  = NAME [ "." ("final" | "initial" | "min" | "max" | "mean" | "at" "(" NUMBER ")") ]
point       = NAME { "." NAME } "=" ( ["-"] NUMBER | NAME { "." NAME } | TEXT )
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection

from nnuniverse.errors import ConfigError
from nnuniverse.expectations.expressions import (
    FORMULA_FUNCTIONS,
    FUNCTIONS,
    REDUCTIONS,
    SELECTORS,
    Applied,
    Binary,
    Compared,
    Expression,
    Negative,
    Number,
    Quantity,
    Reduced,
    Selected,
    is_constant,
    is_series,
)
from nnuniverse.expectations.symbols import observable_of_symbol
from nnuniverse.expectations.tokens import EXPECTATION, FORMULA, Token, tokenise, unreadable

RELATIONS = ("<", "<=", ">", ">=")

MAX_DEPTH = 20
"""Levels of parentheses, functions, signs and powers; no formula is as deep."""

MAX_DIGITS = 12
"""Of an epoch, far more than can be trained."""

NOT_NAMES = (*FUNCTIONS, *REDUCTIONS, "in", "all")


def parse_comparison(line: str) -> Compared:
    """Return the tree of ``line``; raises ConfigError that says where it is wrong, and how."""
    return _Parser(line).line()


def parse_quantity(text: str) -> Expression:
    """Return the tree of a `sum` that has one value at a point; raises ConfigError as above.

    ``text``: the quantity.
    """
    return _Parser(text).quantity()


def parse_formula(text: str, names: Collection[str]) -> Expression:
    """Return the tree of a `sum` of numbers and ``names``; raises ConfigError as above.

    ``text``: the formula.
    """
    return _FormulaParser(text, names).formula()


class _Parser:
    """The words of one line, and how far they are read."""

    _functions: tuple[str, ...] = FUNCTIONS

    def __init__(self, line: str, what: str = EXPECTATION) -> None:
        self._line, self._what = line, what
        self._tokens = tokenise(line, what)
        self._next = 0
        self._depth = 0
        self._in_reduction = False

    # --- lines -------------------------------------------------------------------------------

    def line(self) -> Compared:
        every_replica = self._peek("all")
        if every_replica:
            self._take("all")
            self._take("(")
        comparison = self._comparison(every_replica)
        if every_replica:
            self._take(")")
        self._end()
        return comparison

    def quantity(self) -> Expression:
        start = self._token
        quantity = self._sum()
        self._end("`mu3.final`")
        if is_constant(quantity):
            raise self._error("an observable", start, "it is a number", "`mu3.final`")
        return quantity

    def _end(self, remedy: str | None = None) -> None:
        if self._token.kind != "end":
            raise self._error("its end", remedy=remedy)

    def _comparison(self, every_replica: bool) -> Compared:
        start = self._token
        first = self._sum()
        if self._skip("in"):
            self._take("[")
            low = self._sum()
            self._take(",")
            high = self._sum()
            self._take("]")
            comparison = Compared((low, first, high), ("<=", "<="), every_replica)
        else:
            terms, relations = [first], [self._relation("`in` or one of " + " ".join(RELATIONS))]
            terms.append(self._sum())
            if self._peek(*RELATIONS):
                where = self._token
                relations.append(self._relation("a relation"))
                terms.append(self._sum())
                if relations[0][0] != relations[1][0]:
                    raise self._error("a relation in the direction of the first", where)
            comparison = Compared(tuple(terms), tuple(relations), every_replica)
        if is_constant(comparison.terms[comparison.measured]):
            raise self._error("an observable to compare", start, "it is a number")
        return comparison

    def _relation(self, expected: str) -> str:
        if not self._peek(*RELATIONS):
            raise self._error(expected)
        return self._advance().text

    # --- arithmetic --------------------------------------------------------------------------

    def _sum(self) -> Expression:
        return self._operations(self._product, "+", "-")

    def _product(self) -> Expression:
        return self._operations(self._factor, "*", "/")

    def _operations(self, operand: Callable[[], Expression], *operators: str) -> Expression:
        left = operand()
        while self._peek(*operators):
            operator = self._advance().text
            left = Binary(operator, left, operand())
        return left

    def _factor(self) -> Expression:
        if not self._peek("-"):
            return self._power()
        self._advance()
        return Negative(self._deeper(self._factor))

    def _power(self) -> Expression:
        bare_function = (
            self._token.text in self._functions and self._tokens[self._next + 1].text != "("
        )
        base = self._item()
        if not self._peek("**"):
            return base
        if bare_function:
            raise self._error("parentheses around what the function is of")
        self._advance()
        return Binary("**", base, self._deeper(self._factor))

    def _item(self) -> Expression:
        primary = self._primary()
        if not self._peek("["):
            return primary
        if is_constant(primary):
            raise self._error("no points", remedy="`mu3.final[depth=3]`")
        self._advance()
        labels: dict[str, str] = {}
        while not labels or self._skip(","):
            where = self._token
            axis = self._dotted("the name of an axis")
            if axis in labels:
                raise self._error("another axis", where)
            self._take("=")
            labels[axis] = self._value()
        self._take("]")
        return Selected(primary, tuple(labels.items()))

    def _primary(self) -> Expression:
        token = self._token
        if token.kind == "number":
            return self._number()
        if self._skip("("):
            inner = self._deeper(self._sum)
            self._take(")")
            return inner
        if token.kind == "name" and token.text in self._functions:
            self._advance()
            if self._peek("("):
                return Applied(token.text, self._primary())
            return Applied(token.text, self._deeper(self._observable))
        if token.kind == "name" and token.text in REDUCTIONS:
            return self._reduction()
        return self._observable()

    def _number(self) -> Number:
        token = self._advance()
        if not math.isfinite(float(token.text)):
            raise self._error("a number that is finite", token)
        return Number(float(token.text))

    def _reduction(self) -> Reduced:
        name = self._advance().text
        outer, self._in_reduction = self._in_reduction, True
        self._take("(")
        y = self._deeper(self._series)
        self._take(",")
        x = self._deeper(self._series)
        self._take(")")
        self._in_reduction = outer
        return Reduced(name, y, x)

    def _series(self) -> Expression:
        start = self._token
        series = self._sum()
        if not is_series(series):
            remedy = "`slope(complexity_20, log bulk_loss)`"
            raise self._error("a series over the snapshots", start, "it is a single number", remedy)
        return series

    # --- observables -------------------------------------------------------------------------

    def _observable(self) -> Quantity:
        token = self._token
        if token.kind != "name" or token.text in NOT_NAMES:
            raise self._error("a number or an observable")
        self._advance()
        if self._skip("."):
            return self._selected(token.text)
        if not self._in_reduction:
            raise self._error(
                "a selector after the observable",
                actual=f"{token.text!r} is a series over the snapshots",
                remedy=f"`{observable_of_symbol(token.text)}.final`",
            )
        return Quantity(token.text)

    def _selected(self, name: str) -> Quantity:
        if not self._peek(*SELECTORS):
            raise self._error("one of " + ", ".join(SELECTORS))
        selector = self._advance().text
        if selector != "at":
            return Quantity(name, selector)
        self._take("(")
        if not self._token.text.isdecimal() or len(self._token.text) > MAX_DIGITS:
            raise self._error("an epoch", remedy=f"`{name}.at(1000)`")
        epoch = int(self._advance().text)
        self._take(")")
        return Quantity(name, selector, epoch)

    def _dotted(self, expected: str) -> str:
        parts: list[str] = []
        while not parts or self._skip("."):
            if self._token.kind != "name":
                raise self._error(expected)
            parts.append(self._advance().text)
        return ".".join(parts)

    def _value(self) -> str:
        if self._token.kind == "text":
            return self._advance().text[1:-1]
        if self._token.kind == "name":
            return self._dotted("a name")
        sign = "-" if self._skip("-") else ""
        if self._token.kind != "number":
            raise self._error("a number, a name or a text in quotes")
        return sign + self._advance().text

    # --- words -------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _peek(self, *texts: str) -> bool:
        return self._token.kind in ("name", "symbol") and self._token.text in texts

    def _skip(self, text: str) -> bool:
        if not self._peek(text):
            return False
        self._advance()
        return True

    def _take(self, text: str) -> None:
        if not self._skip(text):
            raise self._error(repr(text))

    def _deeper(self, parse: Callable[[], Expression]) -> Expression:
        if self._depth == MAX_DEPTH:
            raise self._error(f"at most {MAX_DEPTH} levels", actual="more begin there")
        self._depth += 1
        expression = parse()
        self._depth -= 1
        return expression

    def _error(
        self,
        expected: str,
        where: Token | None = None,
        actual: str | None = None,
        remedy: str | None = None,
    ) -> ConfigError:
        where = where or self._token
        told = actual or str(where)
        return unreadable(self._line, where.position, expected, told, remedy, self._what)


class _FormulaParser(_Parser):
    """Names stand for numbers, and have neither selectors nor points."""

    _functions = FORMULA_FUNCTIONS

    def __init__(self, text: str, names: Collection[str]) -> None:
        super().__init__(text, FORMULA)
        self._names = names

    def formula(self) -> Expression:
        found = self._sum()
        self._end()
        return found

    def _item(self) -> Expression:
        return self._primary()

    def _observable(self) -> Quantity:
        token = self._token
        if token.kind != "name" or token.text not in self._names:
            known = ", ".join((*self._names, *self._functions))
            raise self._error(f"a number or one of {known}")
        return Quantity(self._advance().text)

    def _reduction(self) -> Reduced:
        raise self._error("a number or a name")
