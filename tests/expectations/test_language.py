"""The language of expectations: what is read, how it prints, and what is refused where."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sweeps import sweep

from nnuniverse.errors import ConfigError
from nnuniverse.expectations import parse_expectation
from nnuniverse.expectations.expressions import (
    FUNCTIONS,
    REDUCTIONS,
    Applied,
    Binary,
    Compared,
    Expression,
    Negative,
    Number,
    Quantity,
    Reduced,
    Selected,
)
from nnuniverse.expectations.tokens import tokenise

WORDS = [
    *["mu2", "mu3", "bulk_loss", "complexity_20", "complexity", "depth", "x", "in", "all", "at"],
    *[
        ".final",
        ".initial",
        ".min",
        ".max",
        ".mean",
        ".at(100)",
        ".at(",
        "[depth=3]",
        "[depth='3']",
    ],
    *["<", "<=", ">", ">=", "=", "+", "-", "*", "**", "/", "(", ")", "[", "]", ",", ".", "'", '"'],
    *[
        "abs",
        "log",
        "exp(",
        "sqrt",
        "cbrt",
        "slope(",
        "intercept",
        "correlation",
        "0",
        "3",
        "1e-3",
        ".5",
    ],
    *["__class__", "lambda", "import", "eval", ";", "#", "\n", "\\", "é", "\x00", "9" * 400],
]
ANY_LINE = st.one_of(
    st.text(st.characters(), max_size=40),
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join),
    st.lists(st.sampled_from(WORDS), max_size=25).map("".join),
)

NUMBERS = st.floats(0.0, 1e300).map(Number)
SINGLE = st.one_of(
    NUMBERS,
    st.builds(
        Quantity,
        st.sampled_from(["mu2", "complexity_20", "final"]),
        st.sampled_from(["final", "initial", "min", "max", "mean"]),
    ),
    st.builds(Quantity, st.just("mu3"), st.just("at"), st.integers(0, 10**9)),
)
SERIES = st.builds(Quantity, st.sampled_from(["mu2", "bulk_loss", "at"]))
POINTS = st.dictionaries(
    st.sampled_from(["depth", "train.learning_rate", "in"]),
    st.sampled_from(["3", "-0.5", "1e-3", "adam", "a.b", "", "[4, 3]", "it's", 'say "so"', "a b"]),
    min_size=1,
).map(lambda points: tuple(points.items()))


def grown(leaves: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Return expressions over ``leaves``, with points only where an observable is."""
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            below.map(Negative),
            st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "**"]), below, below),
            st.builds(Applied, st.sampled_from(FUNCTIONS), below),
            st.builds(
                Selected, below.map(lambda e: Binary("+", Quantity("mu2", "max"), e)), POINTS
            ),
        ),
        max_leaves=6,
    )


REDUCED = st.builds(
    Reduced,
    st.sampled_from(REDUCTIONS),
    st.builds(Binary, st.sampled_from(["*", "**"]), SERIES, grown(SINGLE)),
    grown(SERIES),
)
MEASURED = st.builds(
    Binary,
    st.sampled_from(["-", "/"]),
    st.just(Quantity("mu3", "final")),
    grown(SINGLE | REDUCED),
)


@settings(max_examples=1000)
@given(line=ANY_LINE)
@example("x.final < \ud800")
@example("(" * 900)
@example("-" * 900 + "x.final < 1")
@example("log " * 150 + "x.final < 1")
@example("2 ** " * 60 + "x.final < 1")
@example("x.final < 9" + "9" * 400)
@example("x.at(" + "9" * 900 + ") < 1")
@example("x.final[depth=" + "9" * 900 + "] < 1")
@example("complexity_" + "9" * 900 + ".final < 1")
@example("x" * 100_000)
@example("x" * 900)
@example(f"slope({'x' * 450}, {'y' * 450})")
@example("mu3." + "x" * 900)
@example("x.__class__.__mro__ < 1")
@example("__import__('os').final < 1")
def test_any_line_is_judged_or_refused(line: str) -> None:
    try:
        expectation = parse_expectation(line)
    except ConfigError as error:
        assert " must " in str(error)
        assert ". Try " in str(error)
        assert str(error).isprintable()
        return
    assert parse_expectation(str(expectation)) == expectation
    expectation.judge(sweep())


@settings(max_examples=500)
@given(
    measured=MEASURED,
    others=st.lists(grown(SINGLE | REDUCED).map(lambda e: Binary("+", Quantity("x", "min"), e)),
                    min_size=1, max_size=2),
    relations=st.sampled_from(["<", ">"]).flatmap(
        lambda way: st.tuples(*[st.sampled_from([way, way + "="])] * 2)
    ),
    every_replica=st.booleans(),
)  # fmt: skip
def test_what_is_printed_is_read_back(
    measured: Expression,
    others: list[Expression],
    relations: tuple[str, str],
    every_replica: bool,
) -> None:
    terms = (others[0], measured, *others[1:])
    comparison = Compared(terms, relations[: len(others)], every_replica)
    assume(is_short(str(comparison)))
    assert parse_expectation(str(comparison)).comparison == comparison


def is_short(line: str) -> bool:
    """Return whether a line keeps the limits of the language, whatever else is wrong with it."""
    try:
        tokenise(line)
    except ConfigError as error:
        return " must be short, " not in str(error)
    return True


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("mu3.final < 0", "mu3.final < 0"),
        ("mu3.final<0", "mu3.final < 0"),
        ("  mu3 . final\n<\t0 ", "mu3.final < 0"),
        ("slope(complexity_20, log bulk_loss) in [0.5, 3]",
         "0.5 <= slope(complexity_20, log(bulk_loss)) <= 3"),
        ("1 < mu2.at(1000) <= 2", "1 < mu2.at(1000) <= 2"),
        ("2 >= mu2.max > 1.50", "2 >= mu2.max > 1.5"),
        ("mu3.final[depth=4] < mu3.final[depth=2]", "mu3.final[depth=4] < mu3.final[depth=2]"),
        ("mu3.final[a.b = 'adam', c = -1e-3] < 1", "mu3.final[a.b=adam, c=-1e-3] < 1"),
        ("mu3.final[hidden='[40, 20]'] < 1", "mu3.final[hidden='[40, 20]'] < 1"),
        ("all(mu3.mean < 0)", "all(mu3.mean < 0)"),
        ("(mu3.mean) < (((1)))", "mu3.mean < 1"),
        ("log mu2.final[depth=3] < 1", "log(mu2.final)[depth=3] < 1"),
        ("mu2.final - (mu2.min - mu2.max) < 1", "mu2.final - (mu2.min - mu2.max) < 1"),
        ("(mu2.final - mu2.min) - mu2.max < 1", "mu2.final - mu2.min - mu2.max < 1"),
        ("(mu2.final + 1) * 2 < 1", "(mu2.final + 1) * 2 < 1"),
        ("(-mu2.final) ** 2 < 1", "(-mu2.final) ** 2 < 1"),
        ("(mu2.final ** 2) ** 3 < 1", "(mu2.final ** 2) ** 3 < 1"),
        ("mu2.final ** 2 ** 3 < 1", "mu2.final ** 2 ** 3 < 1"),
        ("slope(mu2 / mu2.initial, log snapshot) < 0",
         "slope(mu2 / mu2.initial, log(snapshot)) < 0"),
        ("final.final < 0", "final.final < 0"),
        ("mu2.final < .5", "mu2.final < 0.5"),
    ],
)  # fmt: skip
def test_what_is_understood(written: str, understood: str) -> None:
    expectation = parse_expectation(written)
    assert str(expectation) == understood
    assert expectation.text == " ".join(written.split())


@pytest.mark.parametrize(
    ("line", "position", "expected"),
    [
        ("", 1, "a number or an observable"),
        ("mu3.final", 10, "`in` or one of < <= > >="),
        ("mu3 < 0", 5, "a selector after the observable"),
        ("mu3.last < 0", 5, "one of final, initial, min, max, mean, at"),
        ("mu3.__class__ < 0", 5, "one of final"),
        ("mu3.final.real < 0", 10, "`in` or one of"),
        ("mu3.final() < 0", 10, "`in` or one of"),
        ("mu3.at(-1) < 0", 8, "an epoch"),
        ("mu3.at(1.5) < 0", 8, "an epoch"),
        ("mu3.final == 0", 11, "`in` or one of"),
        ("0 < mu2.final < 1 < 2", 19, "its end"),
        ("mu2.final[depth=3][depth=4] < 0", 19, "`in` or one of"),
        ("0 < mu3.final > 1", 15, "a relation in the direction of the first"),
        ("mu3.final in (0, 1)", 14, "'['"),
        ("mu3.final in [0, 1", 19, "']'"),
        ("mu3.final in [0]", 16, "','"),
        ("1 < 2", 1, "an observable to compare"),
        ("mu2.final < 1 < mu3.final", 1, "an observable to compare"),
        ("slope(mu2.final, mu3) < 0", 7, "a series"),
        ("slope(mu2, 1) < 0", 12, "a series"),
        ("slope(mu2) < 0", 10, "','"),
        ("slope(mu2, mu3) + mu2 < 0", 23, "a selector"),
        ("log mu2.final ** 2 < 0", 15, "parentheses"),
        ("log log mu2.final < 0", 5, "a number or an observable"),
        ("tanh(mu2.final) < 0", 5, "a selector"),
        ("mu2.final[depth] < 0", 16, "'='"),
        ("mu2.final[=3] < 0", 11, "the name of an axis"),
        ("mu2.final[depth=] < 0", 17, "a number, a name or a text"),
        ("mu2.final[depth=3, depth=4] < 0", 20, "another axis"),
        ("3[depth=3] < mu2.final", 2, "no points"),
        ("mu2.final < 1e999", 13, "a number that is finite"),
        ("mu2.final & 1", 11, "a word of the language"),
        ("mu2.final < 'text'", 13, "a number or an observable"),
        ("all(mu2.final) < 0", 14, "`in` or one of"),
        ("mu2.final < all", 13, "a number or an observable"),
        ("in.final < 0", 1, "a number or an observable"),
        ("+mu2.final < 0", 1, "a number or an observable"),
        ("(" * 21 + "mu2.final" + ")" * 21 + " < 0", 22, "at most 20 levels"),
        ("-" * 21 + "mu2.final < 0", 22, "at most 20 levels"),
    ],
)  # fmt: skip
def test_where_a_line_is_wrong(line: str, position: int, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_expectation(line)
    assert f"must have {expected}" in str(caught.value)
    assert f" at character {position}, but " in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("mu_3 < 0", "'mu_3' is a series over the snapshots. Try `mu3.final`."),
        ("mu2.final in [3, 1]", "must leave something between them, but are 3 and 1"),
        ("1 > mu2.final > 1 + 1", "but are 2 and 1"),
        ("mu2.final < 1 / 0", "must be finite"),
        ("mu2.final < log(-1)", "must be finite"),
        ("mu2.final < 1" + " + 1" * 200, "must be short, but has more than 200 words"),
        ("x" * 1001, "must be short, but has 1001 characters"),
    ],
)
def test_what_no_number_can_be(line: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("+", r"\+")):
        parse_expectation(line)


def test_the_longest_lines_are_judged() -> None:
    deep = "(" * 20 + "mu2.final" + " + 0)" * 20
    for line in (f"{deep} < 99", "mu2.final < 9" + " + 1" * 97, "mu2.final" + "**1" * 20 + " < 9"):
        assert parse_expectation(line).judge(sweep()).holds


def test_the_text_is_not_what_makes_two_expectations_differ() -> None:
    def both(*lines: str) -> tuple[Any, ...]:
        return tuple(map(parse_expectation, lines))

    assert len({*both("mu2.final<1", "mu2.final < 1.0", "(mu2.final) < 1")}) == 1
    assert len({*both("mu2.final < 1", "mu2.final <= 1", "all(mu2.final < 1)")}) == 3
