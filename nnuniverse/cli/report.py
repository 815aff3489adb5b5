"""``nnu report``: runs on one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnuniverse.cli.options import (
    Betas,
    Mass,
    Resamples,
    Runs,
    Seed,
    Significance,
    Window,
    given,
    numbers,
    run_folders,
    say,
    user_path,
)
from nnuniverse.cli.replacing import refuse_to_replace


def report(
    runs: Runs,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The page.  [RUN/report.html, report.html]",
            parser=user_path,
        ),
    ] = None,
    betas: Betas = None,
    mass: Mass = None,
    window: Window = None,
    significance: Significance = None,
    resamples: Resamples = None,
    seed: Seed = None,
) -> None:
    """Write one self-contained HTML page: config, provenance, tables, figures, self-checks.

    Several runs are also compared.  An earlier report is replaced, no other file.
    """
    from nnuniverse.analysis import AnalysisSettings, analyse
    from nnuniverse.plots import PlotSettings
    from nnuniverse.reports import is_report, report_page
    from nnuniverse.runs import read_run, replace_file
    from nnuniverse.runs.archived import is_unpacked

    settings = AnalysisSettings(
        **given(
            betas=numbers("--beta", betas),
            mass=mass,
            window=window,
            significance=significance,
            resamples=resamples,
            seed=seed,
        )
    )
    records = [read_run(run) for run in run_folders(runs)]
    one = records[0].folder.path if len(records) == 1 else None
    page = out or (one if one and not is_unpacked(one) else Path()) / "report.html"
    refuse_to_replace(
        page, lambda: is_report(page), "page", "report", remedy="--out with another name"
    )
    content = report_page(
        [analyse(record, settings) for record in records if not record.is_ensemble],
        PlotSettings(analysis=settings),
        [record for record in records if record.is_ensemble],
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    replace_file(page, content.encode(errors="replace"), remedy="another --out")
    say(page)
