"""What a plot declares that it uses is what it reads; everything else is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnuniverse.analysis import AnalysisSettings
from nnuniverse.errors import ConfigError
from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.plots.house_style import house_style
from nnuniverse.plots.plots_table import plots_table
from nnuniverse.plots.uses import OPTIONS, options_of, refuse_unused, require_used, using
from nnuniverse.runs import RunRecord

ROOT = Path(__file__).parents[2]

read: set[str] = set()


class WatchedAnalysis(AnalysisSettings):
    """Writes down what is read of it."""

    def __getattribute__(self, name: str) -> Any:
        read.add(name)
        return super().__getattribute__(name)


class Watched(PlotSettings):
    """Writes down what is read of it."""

    def __getattribute__(self, name: str) -> Any:
        read.add(name)
        return super().__getattribute__(name)


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_reads_what_it_declares_and_nothing_else(
    name: str,
    build: Callable[..., RunRecord],
    aligned: list[RunRecord],
    ensembles: list[RunRecord],
    turning: Callable[..., RunRecord],
) -> None:
    settings = Watched(analysis=WatchedAnalysis())
    runs = ensembles if PLOTS[name].of_ensembles else [build(), build(name="second")]
    runs = [turning(), turning(name="second")] if PLOTS[name].of_turnover else runs
    made = PLOTS[name].file is not None and not PLOTS[name].of_ensembles
    runs = aligned if made else runs
    read.clear()
    with house_style():  # what is read to lay the figure out is none of the plot's
        PLOTS[name].checked_draw(runs, settings)
    plain = {one for one in read if not one.startswith("_")}
    assert plain - {"analysis"} == set(PLOTS[name].uses)


@pytest.mark.parametrize("option", sorted(set(OPTIONS.values())))
def test_an_option_is_used_or_refused_by_every_plot(option: str) -> None:
    (flag, *_) = option.split("/")
    assert using(flag)
    for name in PLOTS:
        if name in using(flag):
            refuse_unused(name, [flag])
            continue
        with pytest.raises(ConfigError, match=f"`{flag}` must be used by the plot {name}") as line:
            refuse_unused(name, [flag])
        assert all(other in str(line.value) for other in using(flag))


def test_all_uses_what_any_uses() -> None:
    assert {one for name in PLOTS for one in options_of(name)} == set(options_of("all"))
    with pytest.raises(ConfigError, match=r"`--x`.*sweep"):
        refuse_unused("all", ["--x"])
    refuse_unused("all", ["--loss"])
    with pytest.raises(ConfigError, match="`--loss` must be used by the plot all"):
        refuse_unused("all", ["--animate", "--loss"])  # which draws no plot that uses it
    refuse_unused("sweep", ["--x", "--epoch"])
    with pytest.raises(ConfigError, match="`--log` must be used by the plot sweep"):
        refuse_unused("sweep", ["--log"])


def test_what_holds_for_all_figures_is_refused_by_none() -> None:
    refuse_unused("laplacian", ["--out", "--format", "--json"])


def test_settings_from_python_are_refused_alike() -> None:
    require_used(PLOTS["spectrum"], ["epochs", "seed"])
    with pytest.raises(ConfigError, match=r"`loss` must be used by the plot spectrum.*epochs"):
        require_used(PLOTS["spectrum"], ["loss"])


def test_the_page_has_the_table_of_plots() -> None:
    assert plots_table() in (ROOT / "docs" / "plots.md").read_text("utf-8")
