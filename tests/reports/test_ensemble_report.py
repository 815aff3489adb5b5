"""The page of an ensemble: verdict, assumptions, tables and figures."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from made_findings import made_run

from nnuniverse.analysis import AnalysisSettings, analyse
from nnuniverse.analysis.mechanics import ASSUMED
from nnuniverse.config import config_yaml
from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.reports import report_page
from nnuniverse.runs import RunRecord, read_run


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    """An ensemble that was judged, with the config in its folder."""
    run = made_run(tmp_path_factory.mktemp("ensemble"))
    run.folder.config.write_text(config_yaml(run.config))
    return run


@pytest.fixture(scope="module")
def page(ensemble: RunRecord) -> str:
    """Its page."""
    return html.unescape(report_page([], PlotSettings(), [ensemble]))


def test_the_verdict_and_what_it_assumes_are_there(page: str) -> None:
    assert "<li>Of 3 coordinates: 2 Fokker-Planck, 1 undecided.</li>" in page
    assert "<li>curvature 54 is undecided: A may be that of Fokker-Planck or" in page
    for sentence in ASSUMED:
        assert f"<li>{sentence}</li>" in page


def test_tables_figures_and_how_to_run_it_again_are_there(page: str) -> None:
    assert "a = A / 4 D^2 with D measured" in page
    drawn = re.findall(r"<figcaption><p>([^<]*)</p>", page)
    assert drawn == [plot.title for plot in PLOTS.values() if plot.of_ensembles]
    assert "Not drawn" not in page
    assert "<code>nnu evolve config.yaml</code>" in page
    assert "64 of one net, each with its own noise" in page
    assert "(hbar/m)^2 of Schroedinger" in page, "a heading with its equation"


def test_ensembles_and_runs_of_training_share_a_page(run: Path, ensemble: RunRecord) -> None:
    analysis = analyse(read_run(run), AnalysisSettings())
    page = report_page([analysis], PlotSettings(), [ensemble])
    assert page.count('<h2 id="run-') == 2
    assert "Mean, variance and a of an ensemble" in page
    assert "Losses while learning" in page


def test_an_ensemble_without_a_verdict_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="`nnu mechanics "):
        report_page([], PlotSettings(), [made_run(tmp_path, stored=False)])
