"""``nnu analyze``: the thermodynamics of runs, their laws, gaps, jumps and self-checks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Betas,
    Mass,
    Resamples,
    Runs,
    Seed,
    Significance,
    Window,
    given,
    numbers,
    print_json,
    run_folders,
)
from nnuniverse.cli.storing import store
from nnuniverse.errors import CheckError, ConfigError

if TYPE_CHECKING:
    from nnuniverse.analysis import Analysis


def analyze(
    runs: Runs,
    betas: Betas = None,
    mass: Mass = None,
    window: Window = None,
    exponential_factor: Annotated[
        bool, typer.Option("--exponential-factor", help="Keep the mean state's term of log Z.")
    ] = False,
    gamma: Annotated[
        float | None,
        typer.Option("--gamma", metavar="G", help="Share of small eigenvalues, for beta.  [1/3]"),
    ] = None,
    epochs: Annotated[
        str | None,
        typer.Option("--epochs", metavar="FROM:TO", help="Snapshots to fit laws to.  [1:]"),
    ] = None,
    significance: Significance = None,
    resamples: Resamples = None,
    seed: Seed = None,
    at: Annotated[
        int | None,
        typer.Option("--at", metavar="EPOCH", help="Compare runs at this epoch.  [the last]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Analyse runs: thermodynamics, beta, laws, jumps, self-checks; into RUN/analysis.h5.

    Several runs give one comparison table.  Exit codes: 0 done, 1 unreadable, 2 wrong usage,
    3 a run is corrupt.
    """
    first, last = _parse_epochs(epochs)

    from nnuniverse.analysis import AnalysisSettings, analyse, write_analysis

    settings = AnalysisSettings(
        **given(
            betas=numbers("--beta", betas),
            mass=mass,
            window=window,
            gamma=gamma,
            significance=significance,
            resamples=resamples,
            seed=seed,
        ),
        exponential_factor=exponential_factor,
        first_epoch=first,
        last_epoch=last,
    )
    analyses = [analyse(run, settings) for run in run_folders(runs)]
    for analysis in analyses:
        store(partial(write_analysis, analysis))
    _show(analyses, at, as_json)
    corrupt = [analysis.record.name for analysis in analyses if analysis.corrupt]
    if corrupt:
        raise CheckError(
            "a recorded spectrum",
            "pass the self-checks",
            f"{', '.join(corrupt)} is corrupt",
            "the run again; trust none of its numbers",
        )


def _parse_epochs(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return 1, None
    first, colon, last = text.partition(":")
    if not colon or not all(_is_epoch(part) or not part for part in (first, last)):
        raise ConfigError(
            "`--epochs`", "be FROM:TO", f"is {text!r}", "--epochs 100:10000, or --epochs 100:"
        )
    return int(first or 1), int(last) if last else None


def _is_epoch(text: str) -> bool:
    return text.isdecimal() and len(text) < 19  # digits of what 64 bits hold


def _show(analyses: list[Analysis], at: int | None, as_json: bool) -> None:
    from nnuniverse.analysis import (
        analysis_tables,
        compare,
        comparison_document,
        comparison_table,
        document,
    )
    from nnuniverse.cli.display.tables import print_tables
    from nnuniverse.runs import run_names

    rows = compare(analyses, at)
    if as_json:
        print_json(
            {
                "runs": [document(analysis) for analysis in analyses],
                "comparison": comparison_document(rows),
            }
        )
    else:
        if len(analyses) == 1:
            tables = analysis_tables(analyses[0])
        else:
            names = run_names([analysis.record for analysis in analyses])
            tables = [comparison_table(rows, names)]
        print_tables(tables)
