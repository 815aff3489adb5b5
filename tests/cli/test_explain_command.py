"""``nnu explain``: symbol, equation, source, unit and function of every number."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

from nnuniverse.analysis import QUANTITIES
from nnuniverse.analysis.mechanics import MECHANICS_QUANTITIES
from nnuniverse.observables import OBSERVABLES
from nnuniverse.plots import PLOTS

Nnu = Callable[..., Any]


def test_one_name(nnu: Nnu) -> None:
    result = nnu("explain", "entropy")
    assert (result.code, result.err) == (0, "")
    title, *facts = result.out.splitlines()
    assert title == "entropy (analysis): S, Shannon entropy in nats"
    told = dict(fact.strip().split("  ", 1) for fact in facts)
    assert told["symbol"].strip() == "S"
    assert told["equation"].strip() == (
        "-<log p> = (N/2) log(2 pi e) - 1/2 sum_i log(c + beta lambda_i)"
    )
    assert told["source"].strip() == "2004.09280 (7.1), corrected"
    assert told["computed by"].strip() == "entropy in nnuniverse.thermodynamics.functions"
    assert (
        told["printed, A17"].strip().startswith("wrong as printed: log Z must stand where Z does")
    )


@pytest.mark.parametrize(
    "name", ["active_neurons", "birth_change", "death_change", "birth_accepted", "death_accepted"]
)
def test_what_a_run_records_of_every_epoch(name: str, nnu: Nnu) -> None:
    (told,) = json.loads(nnu("explain", name, "--json").out)
    assert told["kind"] == "of an epoch"
    assert told["source"].startswith("2012.05082 Sec.")
    assert told["equation"]
    for function in told["computed_by"]:
        module, _, called = function.rpartition(".")
        assert callable(getattr(import_module(module), called))
    assert told["computed_by"]


def test_a_name_of_several_kinds_and_several_names(nnu: Nnu) -> None:
    out = nnu("explain", "complexity", "moments").out
    titles = [part.split(":")[0] for part in out.split("\n\n")]
    assert titles == ["complexity (observable)", "complexity (plot)", "moments (plot)"]


def test_all_names_in_groups(nnu: Nnu) -> None:
    groups = nnu("explain").out.split("\n\n")
    assert [group.splitlines()[0] for group in groups] == [
        "running loss",
        "of an epoch",
        "observable",
        "analysis",
        "ensemble",
        "plot",
    ]
    ensemble = [name for name, one in MECHANICS_QUANTITIES.items() if one.computed_by]
    known = (OBSERVABLES, QUANTITIES, ensemble, PLOTS)
    for group, names in zip(groups[2:], known, strict=True):
        assert [line.split()[0] for line in group.splitlines()[1:]] == list(names)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_fits(width: int, nnu: Nnu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = nnu("explain").out + nnu("explain", "mean_loss", "log_eigenvalues").out
    assert max(map(len, out.splitlines())) <= width


def test_as_json(nnu: Nnu) -> None:
    (mu2,) = json.loads(nnu("explain", "mu2", "--json").out)
    assert mu2["equation"] == "sum_i (log lambda_i)^2"
    assert mu2["computed_by"] == ["nnuniverse.observables.moments.trace_of_power"]
    everything = json.loads(nnu("explain", "--json").out)
    kinds = {"running loss", "of an epoch", "observable", "analysis", "ensemble", "plot"}
    assert {one["kind"] for one in everything} == kinds


@pytest.mark.parametrize(
    ("name", "similar"), [("mu_4", "mu2"), ("entropie", "entropy"), ("momets", "moments")]
)
def test_an_unknown_name(name: str, similar: str, refused: Callable[..., str]) -> None:
    line = refused("explain", name)
    assert line.startswith(f"NAME must name what is recorded or drawn, but is '{name}'. Try ")
    assert similar in line


def test_unknown_names_hide_no_others_and_none_is_told_twice(nnu: Nnu) -> None:
    result = nnu("explain", "entropie", "mu2", "mu_2", "undecidet", "mu2", "--json")
    assert result.code == 2
    assert [one["name"] for one in json.loads(result.out)] == ["mu2"]
    first, second = result.err.splitlines()
    assert "is 'entropie'. Try entropy" in first
    assert "is 'undecidet'. Try undecided" in second
