"""Everything that is recorded, analysed or drawn says which equation it is."""

from __future__ import annotations

import importlib
from functools import cache

import pytest

from nnuniverse.analysis import QUANTITIES
from nnuniverse.analysis.mechanics import MECHANICS_QUANTITIES
from nnuniverse.claims.quantities import ExplainedQuantity, all_quantities, find
from nnuniverse.observables import OBSERVABLES
from nnuniverse.plots import PLOTS

quantities = cache(all_quantities)


def named(name: str, kind: str) -> ExplainedQuantity:
    (one,) = [one for one in find(name, quantities()) if one.kind == kind]
    return one


def test_all_are_there() -> None:
    kinds = ("running loss", "of an epoch", "observable", "analysis", "ensemble", "plot")
    names = {kind: set() for kind in kinds}
    for one in quantities():
        names[one.kind].add(one.name)
    assert "running_boundary_loss" in names["running loss"]
    assert "batch_size" in names["of an epoch"]
    assert names["observable"] == set(OBSERVABLES)
    assert names["analysis"] == set(QUANTITIES)
    computed = {name for name, one in MECHANICS_QUANTITIES.items() if one.computed_by}
    assert names["ensemble"] == computed > {"winner", "signed_hbar2_ratio", "rate"}
    assert names["plot"] == set(PLOTS)


@pytest.mark.parametrize("field", ["symbol", "equation", "unit", "source", "computed_by"])
def test_all_say_everything(field: str) -> None:
    assert [one.name for one in quantities() if not getattr(one, field)] == []


def test_the_functions_are_there() -> None:
    for one in quantities():
        for function in one.computed_by:
            module, _, name = function.rpartition(".")
            assert callable(getattr(importlib.import_module(module), name)), one.name


def test_what_is_misprinted_is_told_with_the_right_form() -> None:
    (entropy,) = [s for s in named("entropy", "analysis").printed if s.id == "A17"]
    assert entropy.verdict == "wrong as printed"
    assert "log Z must stand where Z does" in entropy.reason
    # (7.4) is right; that the printed split is poor is what its function names.
    assert "A16" in {statement.id for statement in named("S_0", "analysis").printed}


def test_nothing_is_told_of_what_holds_as_printed() -> None:
    verdicts = {statement.verdict for one in quantities() for statement in one.printed}
    assert "wrong as printed" in verdicts
    assert not verdicts & {"right", "addition"}


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("boundary loss", {"boundary_loss"}),
        ("entropy_pooled", {"entropy"}),
        ("C_20", {"complexity"}),
        ("mu_2", {"mu2"}),
        ("loss-plane", {"loss-plane"}),
        ("no such thing", set()),
    ],
)
def test_names_as_tables_have_them(name: str, found: set[str]) -> None:
    assert {one.name for one in find(name, quantities())} == found
