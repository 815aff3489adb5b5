"""Which equation a number is: of everything that is recorded, analysed or drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from nnuniverse import extensions
from nnuniverse.claims.citations import Equation, cited
from nnuniverse.claims.headings import meanings
from nnuniverse.claims.statements import ID, PRINTED_HOLDS, Statement, load_papers
from nnuniverse.claims.words import word_meanings
from nnuniverse.errors import ConfigError
from nnuniverse.extensions import GROUPS, DeclaredName, installed
from nnuniverse.variables import Variable

NAMED = re.compile(rf"\b{ID}\b")
"""Statements that a docstring names."""

Statements = list[tuple[Statement, frozenset[Equation]]]
"""Each with the equations that it is about."""

POOLED = "_pooled"
"""Ends the name of what an analysis stores of the means over replicas."""


@dataclass(frozen=True)
class ExplainedQuantity:
    """What a number or a figure is.

    ``kind``: the word for what it is one of; ``computed_by``: full names of functions;
    ``statements``: on its equations, as `nnu verify` checks them; ``printed``: those of them in
    which the papers' form does not simply hold.
    """

    name: str
    kind: str
    meaning: str
    symbol: str
    equation: str
    unit: str
    source: str
    computed_by: tuple[str, ...]
    statements: tuple[Statement, ...]

    @property
    def printed(self) -> tuple[Statement, ...]:
        """The statements that do not simply hold."""
        return tuple(one for one in self.statements if one.verdict not in PRINTED_HOLDS)

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        told = {"id", "verdict", "statement", "reason"}
        return {
            **vars(self),
            "statements": [one.model_dump(include=told) for one in self.statements],
            "printed": [one.model_dump(include=told) for one in self.printed],
        }


def all_quantities() -> list[ExplainedQuantity]:
    """Return every running loss, observable, quantity of an analysis and plot, as declared.

    And what `nnu mechanics` finds of an ensemble.
    """
    from nnuniverse.analysis import QUANTITIES
    from nnuniverse.analysis.mechanics import MECHANICS_QUANTITIES
    from nnuniverse.observables import OBSERVABLES
    from nnuniverse.plots import PLOTS
    from nnuniverse.training.objective import RUNNING_LOSSES

    statements = _statements()
    variables = [
        *(("running loss", variable) for variable in RUNNING_LOSSES),
        *(("of an epoch", variable) for variable in _of_epochs()),
        *(("observable", observable.variable) for observable in OBSERVABLES.values()),
        *(("analysis", variable) for variable in QUANTITIES.values()),
        *(("ensemble", v) for v in MECHANICS_QUANTITIES.values() if v.computed_by),
    ]
    plots = [
        ExplainedQuantity(
            plot.name,
            "plot",
            plot.title,
            plot.symbol,
            plot.equation,
            "1",
            plot.source,
            (full_name(plot.draw),),
            _about(plot.source, (), statements),
        )
        for plot in PLOTS.values()
    ]
    ours = [*(_of_variable(kind, variable, statements) for kind, variable in variables), *plots]
    return [*ours, *_of_packages()]


def _of_packages() -> list[ExplainedQuantity]:
    """Return what installed packages declare; of what is broken, why."""
    return [
        _of_package(one)
        for group in GROUPS
        for one in installed(group, names_of_ours(group)).values()
    ]


def _of_package(one: DeclaredName) -> ExplainedQuantity:
    declared: object = None
    try:
        declared = extensions.load(one.group, one.name, object)
    except ConfigError as error:
        told = str(error)
    else:
        told = f"of the package {one.package}"
    variable = getattr(declared, "variable", declared)
    meaning = getattr(variable, "long_name", getattr(variable, "meaning", ""))
    text = str(meaning or getattr(variable, "title", ""))
    return ExplainedQuantity(
        name=one.name,
        kind=GROUPS[one.group],
        meaning=f"{text}; {told}" if text else told,
        symbol=getattr(variable, "symbol", ""),
        equation=getattr(variable, "equation", ""),
        unit=getattr(variable, "units", "1"),
        source=getattr(variable, "source", one.package),
        computed_by=(one.point.value.replace(":", "."),),
        statements=(),
    )


def names_of_ours(group: str) -> Collection[str]:
    """Return the names that this package has in a ``group`` of extensions."""
    from nnuniverse.networks.activation import ACTIVATIONS
    from nnuniverse.observables import OBSERVABLES
    from nnuniverse.plots import PLOTS

    ours: dict[str, Collection[str]] = {
        extensions.ACTIVATIONS: ACTIVATIONS,
        extensions.OBSERVABLES: OBSERVABLES,
        extensions.PLOTS: PLOTS,
    }
    return ours.get(group, ())


def _of_epochs() -> list[Variable]:
    """Return what is recorded of every epoch besides losses, with what computes it."""
    from nnuniverse.physics.grand_canonical.moves import optimise, sample
    from nnuniverse.training.batch_rules import BATCH_SIZE
    from nnuniverse.training.turnover import ACCEPTED, ACTIVE_NEURONS, CHANGES, active_neurons

    moved = [replace(one, computed_by=(optimise, sample)) for one in (*CHANGES, *ACCEPTED)]
    return [BATCH_SIZE, replace(ACTIVE_NEURONS, computed_by=(active_neurons,)), *moved]


def find(name: str, quantities: Sequence[ExplainedQuantity]) -> list[ExplainedQuantity]:
    """Return the quantities of this name, what tables mean by it, else those of this symbol.

    Names are also found as tables print them: with spaces, or as the C_20 of a C_n.  Tables mean by
    it what stands below a heading of this name, or a word of their cells and captions, such as a
    verdict; a quantity that such a heading shows is found like that of a symbol.

    ``quantities``: all that there are.
    """
    plain = name.strip().replace(" ", "_").removesuffix(POOLED)
    symbol = "C_n" if plain.startswith("C_") and plain[2:].isdecimal() else name.strip()
    named = [one for one in quantities if one.name in (plain, name.strip())]
    told = _of_tables(" ".join(name.split()))
    if named:
        return [*named, *told]
    shown = _shown_below().get(name.strip())
    return told + (
        [one for one in quantities if one.symbol == symbol]
        or [one for one in quantities if one.name == shown]
    )


def _shown_below() -> dict[str, str]:
    """Return names of quantities by the headings of tables that show them."""
    from nnuniverse.analysis import gap_verdicts, loss_changes, ratios, states

    return {
        **{heading: name for name, heading in states.COLUMNS.items()},
        **{one.equation: one.name for one in ratios.RATIOS.values()},
        **{
            heading: declared[name].name
            for shown, declared in (
                (gap_verdicts.HEADINGS, gap_verdicts.GAP),
                (loss_changes.SHOWN, loss_changes.COMPARED),
            )
            for name, heading in shown.items()
        },
    }


def _of_tables(name: str) -> list[ExplainedQuantity]:
    """Return what the words and the headings of tables mean that are called so."""
    bare = name.removeprefix("beta, ").removeprefix("beta from ")  # before the name of one
    of_headings = ((f"heading of {command}", text) for command, text in meanings(name).items())
    return [
        ExplainedQuantity(name, kind, text, "", "", "", "", (), ())
        for kind, text in (*word_meanings(bare), *of_headings)
    ]


def full_name(function: Callable[..., object]) -> str:
    """Return where a function is, such as "nnuniverse.losses.boundary.boundary_loss"."""
    return f"{function.__module__}.{function.__qualname__}"


def _of_variable(kind: str, variable: Variable, statements: Statements) -> ExplainedQuantity:
    return ExplainedQuantity(
        variable.name,
        kind,
        variable.long_name,
        variable.symbol,
        variable.equation,
        variable.units,
        variable.source,
        tuple(map(full_name, variable.computed_by)),
        _about(variable.source, variable.computed_by, statements),
    )


def _statements() -> Statements:
    """Return every statement, and which equations it is about."""
    return [
        (statement, frozenset(paper.cited_by(statement)))
        for paper in load_papers()
        for statement in paper.statements
    ]


def _about(
    source: str, functions: Sequence[Callable[..., object]], statements: Statements
) -> tuple[Statement, ...]:
    """Return the statements on the numbered equations of a source, or named by its functions."""
    equations = {equation for equation in cited(source) if equation.label[0].isdigit()}
    ids = {id_ for function in functions for id_ in NAMED.findall(function.__doc__ or "")}
    return tuple(
        statement for statement, about in statements if equations & about or statement.id in ids
    )
