"""``nnu analyze``: the thermodynamics of runs, their laws, gaps, jumps and self-checks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, print_json
from nnuniverse.errors import EXIT_CHECK, ConfigError, RunError, must

if TYPE_CHECKING:
    from nnuniverse.analysis import Analysis

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run folders.", show_default=False)
]
Betas = Annotated[
    list[float] | None,
    typer.Option("--beta", metavar="B", help="A fixed beta; repeat for more.  [0.5 1 1.4]"),
]
Mass = Annotated[float, typer.Option("--mass", metavar="M", help="m of the local objective.")]
Window = Annotated[
    str, typer.Option("--window", metavar="unit|matched", help="Variance of the window: 1 or 1/3.")
]
Factor = Annotated[
    bool, typer.Option("--exponential-factor", help="Keep the mean state's term of log Z.")
]
Gamma = Annotated[
    float, typer.Option("--gamma", metavar="G", help="Share of small eigenvalues, exact extremum.")
]
Epochs = Annotated[
    str | None,
    typer.Option(
        "--epochs", metavar="FROM:TO", help="Snapshots that the laws are fitted to.  [1:]"
    ),
]
Significance = Annotated[
    float, typer.Option("--significance", metavar="P", help="Largest p-value of a gap.")
]
Resamples = Annotated[int, typer.Option("--resamples", metavar="N", help="Of every bootstrap.")]
Seed = Annotated[int, typer.Option("--seed", help="Of the bootstraps.")]


def analyze(
    runs: Runs,
    betas: Betas = None,
    mass: Mass = 0.0,
    window: Window = "unit",
    exponential_factor: Factor = False,
    gamma: Gamma = 1.0 / 3.0,
    epochs: Epochs = None,
    significance: Significance = 0.05,
    resamples: Resamples = 499,
    seed: Seed = 0,
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

    from nnuniverse.analysis import AnalysisSettings, analyse

    settings = AnalysisSettings(
        **({"betas": tuple(betas)} if betas else {}),
        mass=mass,
        window=window,  # type: ignore[arg-type]  # validated by the settings
        exponential_factor=exponential_factor,
        gamma=gamma,
        first_epoch=first,
        last_epoch=last,
        significance=significance,
        resamples=resamples,
        seed=seed,
    )
    analyses = [analyse(run, settings) for run in runs]
    for analysis in analyses:
        _write(analysis)
    _show(analyses, at, as_json)
    corrupt = [analysis.record.name for analysis in analyses if analysis.corrupt]
    if corrupt:
        typer.echo(
            "nnu: "
            + must(
                "a recorded spectrum",
                "pass the self-checks",
                f"{', '.join(corrupt)} is corrupt",
                "the run again; trust none of its numbers",
            ),
            err=True,
        )
        raise typer.Exit(EXIT_CHECK)


def _parse_epochs(text: str | None) -> tuple[int, int | None]:
    if text is None:
        return 1, None
    first, colon, last = text.partition(":")
    if not colon or not all(part.isdecimal() or not part for part in (first, last)):
        raise ConfigError(
            must("`--epochs`", "be FROM:TO", f"is {text!r}", "--epochs 100:10000, or --epochs 100:")
        )
    return int(first or 1), int(last) if last else None


def _write(analysis: Analysis) -> None:
    """Store the analysis; in a folder of somebody else's it is only printed."""
    from nnuniverse.analysis import write_analysis

    try:
        write_analysis(analysis)
    except RunError as error:
        typer.echo(f"nnu: not stored: {error}", err=True)


def _show(analyses: list[Analysis], at: int | None, as_json: bool) -> None:
    from nnuniverse.analysis import compare, comparison_document, document
    from nnuniverse.cli.analysis_tables import print_analysis, print_comparison

    rows = compare(analyses, at)
    if as_json:
        print_json(
            {
                "runs": [document(analysis) for analysis in analyses],
                "comparison": comparison_document(rows),
            }
        )
    elif len(analyses) == 1:
        print_analysis(analyses[0])
    else:
        print_comparison(rows)
