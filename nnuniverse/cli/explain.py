"""``nnu explain``: which equation a number is."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, print_json, remark
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.claims.quantities import ExplainedQuantity

SIMILAR = 0.5
"""From here on names are worth proposing: 0.6, the default of difflib, misses "mu" for "mu2"."""


def explain(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Observables, quantities of an analysis, plots, symbols, headings or words "
            "of tables.  [list all]",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain numbers and plots: symbol, equation, unit, source, function, and if misprinted.

    Exit codes: 0 done, 2 there is no such name; the others are explained all the same.
    """
    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.claims.quantities import all_quantities, names_of_ours
    from nnuniverse.extensions import GROUPS, unusable

    for group in GROUPS:
        for line in unusable(group, names_of_ours(group)):
            remark(line)
    quantities = all_quantities()
    if names:
        _explain(names, quantities, as_json)
    elif as_json:
        print_json([one.as_dict() for one in quantities])
    else:
        _print_names(quantities)


def _explain(names: list[str], quantities: list[ExplainedQuantity], as_json: bool) -> None:
    """Print what the names mean that are known, each once; raises ConfigError for the others."""
    found: dict[tuple[str, str], ExplainedQuantity] = {}
    unknown = []
    for name in dict.fromkeys(names):
        try:
            found |= {(one.name, one.kind): one for one in _named(name, quantities)}
        except ConfigError as error:
            unknown.append(error)
    if as_json and found:
        print_json([one.as_dict() for one in found.values()])
    elif found:
        _print(list(found.values()))
    for refusal in unknown[:-1]:
        remark(str(refusal))
    if unknown:
        raise unknown[-1]


def _named(name: str, quantities: list[ExplainedQuantity]) -> list[ExplainedQuantity]:
    """Return the quantities called ``name``; raises ConfigError that proposes similar names."""
    from nnuniverse.claims.quantities import find
    from nnuniverse.claims.words import all_words

    found = find(name, quantities)
    if not found:
        known = list(dict.fromkeys([*(one.name for one in quantities), *all_words()]))
        similar = get_close_matches(name, known, cutoff=SIMILAR)
        remedy = f"{', '.join(similar)}, or `nnu explain` for all" if similar else "`nnu explain`"
        raise ConfigError("NAME", "name what is recorded or drawn", f"is {name!r}", remedy)
    return found


def _print(found: list[ExplainedQuantity]) -> None:
    from nnuniverse.cli.display.texts import print_facts

    for number, one in enumerate(found):
        verdicts = ", ".join(f"{told.id} {told.verdict}" for told in one.statements)
        facts = {
            "symbol": one.symbol,
            "equation": one.equation,
            "unit": one.unit,
            "source": one.source,
            "computed by": ", ".join(map(_function, one.computed_by)),
            "verdicts": verdicts or ("none" if one.source else ""),
            **{
                f"printed, {statement.id}": f"{statement.verdict}: {statement.reason}"
                for statement in one.printed
            },
        }
        told = {name: text for name, text in facts.items() if text}
        print_facts(f"{one.name} ({one.kind}): {one.meaning}", told, first=not number)


def _function(full_name: str) -> str:
    module, _, name = full_name.rpartition(".")
    return f"{name} in {module}"


def _print_names(quantities: list[ExplainedQuantity]) -> None:
    from nnuniverse.cli.display.texts import print_facts

    for number, kind in enumerate(dict.fromkeys(one.kind for one in quantities)):
        meanings = {one.name: one.meaning for one in quantities if one.kind == kind}
        print_facts(kind, meanings, first=not number)
