"""``analyze``, ``compare``, ``measure`` and ``plot``: what comes after training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from nnuniverse.analysis import AnalysisSettings, analyse, opened_analysis
from nnuniverse.analysis import compare as compared
from nnuniverse.api.run import Run, RunLike, folder_of, open_run, record_of
from nnuniverse.errors import ConfigError
from nnuniverse.intervals import Estimate

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from nnuniverse.plots import Drawing
    from nnuniverse.plots.canvas import Place


def analyze(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return the analysis of a run: thermodynamics, beta, laws, gaps, jumps, self-checks.

    Keywords, of various types, are those of `AnalysisSettings`: ``betas=(0.5, 1.4)``.  Nothing is
    written.  Raises ConfigError if it is no run folder, or for settings outside the domain of the
    formulas, RunError if it cannot be read or lacks what they need.

    >>> entropy = nnuniverse.analyze(run, betas=(1.4,)).entropy
    >>> entropy.dims
    ('replica', 'snapshot', 'temperature')
    """
    return opened_analysis(analyse(record_of(run), AnalysisSettings(**settings)))


def compare(runs: Sequence[RunLike], epoch: int | None = None, **settings: Any) -> pd.DataFrame:
    """Return a row per run: what it had recorded at ``epoch``, by default its last, and its laws.

    Means over replicas come with the ends of their 95 % intervals, as ``... low`` and ``... high``.
    Keywords and errors as for `analyze`.

    ``runs``: folders, names or `Run`s.

    >>> rows = nnuniverse.compare([run])
    >>> rows.loc[run.name, "network"]
    '4-5-3'
    """
    import pandas as pd

    analyses = [analyse(record_of(run), AnalysisSettings(**settings)) for run in runs]
    return pd.DataFrame([_columns(row) for row in compared(analyses, epoch)]).set_index("run")


def _columns(row: dict[str, object]) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, Estimate):
            ends = zip(("", " low", " high"), value, strict=True)
            columns |= {f"{name}{end}": float(number) for end, number in ends}
        else:
            columns[name] = value
    return columns


def measure(run: RunLike, names: Sequence[str] = ()) -> Run:
    """Add the observables called ``names`` to a finished run that kept its weights, and open it.

    Without names, all that it has not recorded.  Raises ConfigError, DataError or RunError.

    >>> nnuniverse.measure(run, ["test_error_rate"]).results.test_error_rate.dims
    ('replica', 'snapshot')
    """
    from nnuniverse.experiments.measure import measure_run

    folder = folder_of(run)
    measure_run(folder, names)
    return open_run(folder)


def plot(name: str, *runs: RunLike, on: Place | None = None, **settings: Any) -> Drawing:
    """Draw the plot called ``name`` of ``runs``; see `nnuniverse.plots.PLOTS` for the names.

    Keywords are those of `PlotSettings` (``epochs``, ``loss``, ``linear_epochs``, ...) and of
    `AnalysisSettings`.  The drawing shows itself in a notebook; it has the matplotlib ``figure``,
    the ``table`` of the numbers in it, and is saved by ``drawing.figure.savefig``.  ``on``: axes,
    or a part of a figure of one's own, to draw into as `Plot.draw_on` does.  Raises ConfigError or
    RunError.

    >>> nnuniverse.plot("loss", run).figure.savefig("loss.svg")
    """
    from nnuniverse.plots import PlotSettings, find_plot
    from nnuniverse.plots.uses import require_used

    of_analysis = {field.name for field in fields(AnalysisSettings)}
    of_plot = {field.name for field in fields(PlotSettings)} - {"analysis"}
    unknown = settings.keys() - of_analysis - of_plot
    if unknown:
        known = ", ".join(sorted(of_analysis | of_plot))
        raise ConfigError("a setting of a plot", f"be one of {known}", f"is {unknown.pop()}", "one")
    asked = find_plot(name)
    require_used(asked, settings)
    analysis = {key: value for key, value in settings.items() if key in of_analysis}
    drawn = {key: value for key, value in settings.items() if key in of_plot}
    chosen = PlotSettings(analysis=AnalysisSettings(**analysis), **drawn)
    records = [record_of(run) for run in runs]
    return asked.make(records, chosen) if on is None else asked.draw_on(on, records, chosen)
