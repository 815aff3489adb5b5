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

    The free energy, for one, is ``F = 1/(2 beta) sum_i log((1 + beta lambda_i)/2 pi)`` of the
    eigenvalues lambda_i of G at each snapshot; docs/analysis.md has all equations.

    ``run``: opened, or its folder, name or id.  ``settings``, of various types: ``betas``: inverse
    temperatures > 0; ``mass`` m of the local objective; ``window``: "unit" or "matched";
    ``exponential_factor``: whether to keep the term of the mean state; ``gamma``: share of small
    eigenvalues; ``first_epoch``, ``last_epoch``: what laws are fitted to; ``significance``: largest
    p-value of a gap; ``resamples``, ``seed``: of bootstraps.

    Returns the data set that `nnu analyze` stores, of which nothing is written.  Raises ConfigError
    if it is no run folder, or for settings outside the domain of the formulas, RunError if it
    cannot be read or lacks what they need.

    See 2004.09280 (5.13), (7.5)-(7.8).

    >>> entropy = nnuniverse.analyze(run, betas=(1.4,)).entropy
    >>> entropy.dims
    ('replica', 'snapshot', 'temperature')
    """
    return opened_analysis(analyse(record_of(run), AnalysisSettings(**settings)))


def compare(runs: Sequence[RunLike], epoch: int | None = None, **settings: Any) -> pd.DataFrame:
    """Return a row per run: what it had recorded at an epoch, and the laws that it obeys.

    ``runs``: opened, or their folders, names or ids.  ``epoch``: of the snapshot; None: the last of
    each run.  ``settings``: those of `analyze`.

    The columns are what `nnu analyze` prints of several runs.  Means over replicas come with the
    ends of their 95 % intervals, as ``... low`` and ``... high``, which are NaN of a single
    replica.  Raises ConfigError for what is no run or no snapshot, RunError for a run that cannot
    be read.

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
    """Add observables to a finished run that kept its weights at every snapshot, and open it.

    They are computed by the code that measures during training, from the weights that
    ``observe.weights=snapshots`` kept, and stored beside what is there; docs/observables.md has
    their equations.

    ``run``: opened, or its folder, name or id.  ``names``: of the observables; without names, all
    that the run has not recorded.  Returns the run, opened anew.  Raises ConfigError for a run that
    has not ended or kept no weights, or a name that is none; DataError for samples that are no
    longer those of the run; RunError for a folder that cannot be written.

    >>> nnuniverse.measure(run, ["test_error_rate"]).results.test_error_rate.dims
    ('replica', 'snapshot')
    """
    from nnuniverse.experiments.measure import measure_run

    folder = folder_of(run)
    measure_run(folder, names)
    return open_run(folder)


def plot(name: str, *runs: RunLike, on: Place | None = None, **settings: Any) -> Drawing:
    """Draw a plot of one run or of several in one figure.

    ``name``: of the plot, one of `nnuniverse.plots.PLOTS`; docs/plots.md shows what they need.
    ``runs``: opened, or their folders, names or ids.  ``on``: axes, or a part of a figure of one's
    own, to draw into, as `Plot.draw_on` does; None: a new figure.  ``settings``: those of
    `PlotSettings` that the plot uses (``epochs``, ``loss``, ``linear_epochs``, ``hue``, ...) and
    those of `analyze`.

    The drawing that is returned shows itself in a notebook; it has the matplotlib ``figure``, the
    ``table`` of the numbers in it, and is saved by ``drawing.figure.savefig``.  Raises ConfigError
    for a name or a setting that is none, and for runs that lack what the plot needs; RunError for
    a run that cannot be read.

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
