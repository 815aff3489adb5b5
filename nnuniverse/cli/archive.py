"""``nnu archive``: runs and sweeps in one file, for a repository or a colleague."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse import __version__
from nnuniverse.cli.options import (
    DEFAULT_ROOT,
    AsJson,
    Runs,
    expanded,
    is_sweep_folder,
    print_json,
    remark,
    say,
    user_path,
)
from nnuniverse.errors import ConfigError, RunError

if TYPE_CHECKING:
    from nnuniverse.exports.archive import Contents, Extra
    from nnuniverse.runs import RunRecord

FIGURES = ("report", "png", "svg", "none")

REPORT = "report.html"

MOST_REPORTED = 12
"""Runs of which a report is written unasked: each takes seconds."""

BIBTEX = "CITATION.bib"

MEANINGS = {REPORT: "the runs on one page", BIBTEX: "what to cite for them, BibTeX"}

FIGURE = "a figure of all runs, or its numbers"


def archive(
    runs: Runs,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The new file, *.zip.", parser=user_path)
    ],
    figures: Annotated[
        list[str] | None,
        typer.Option(
            "--figures",
            metavar="report|png|svg|none",
            help="The report's, or every plot as that; repeat for more.  [report]",
        ),
    ] = None,
    licence: Annotated[
        str, typer.Option("--license", metavar="TEXT", help="Under which others may use it.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Put runs into one file: configs, results, provenance, figures, versions, a manifest.

    The same runs give the same bytes.  Names of hosts and folders stay out.  `nnu runs`, `analyze`,
    `plot` and `report` open the file as it is.  Exit codes: 0 done, 1 failed, 2 wrong usage, 75
    stopped, and nothing is written.
    """
    wanted = _figures(figures or ["report"])

    from nnuniverse.cli.stopping import StopRequest
    from nnuniverse.exports.archive import gather, require_new, write_archive
    from nnuniverse.runs import named_runs
    from nnuniverse.sweeps import require_ended

    require_new(out)
    stop = StopRequest("stopping; nothing will be written")
    paths = named_runs([expanded(text) for text in runs], DEFAULT_ROOT)
    for path in filter(is_sweep_folder, paths):
        require_ended(path)
    contents = gather(paths)
    if not contents.runs:
        raise ConfigError("RUN|SWEEP", "be a run, or hold some", "holds none", "`nnu runs`")
    if figures is None and len(contents.runs) > MOST_REPORTED:
        remark(f"no report of {len(contents.runs)} runs; `--figures report` writes one")
        wanted = set()
    extras = _beside(contents, wanted)
    write_archive(contents, out, extras, licence=licence, version=__version__, stopped=stop)
    if as_json:
        files = [member.name for member in (*extras, *contents.members)]
        told = {"runs": [run.name for run in contents.runs], "sweeps": list(contents.sweeps)}
        print_json({"file": str(out), "bytes": out.stat().st_size, **told, "files": files})
    else:
        say(out)


def _figures(given: list[str]) -> set[str]:
    """Return which figures are wanted; raises ConfigError for what is none of them."""
    for form in given:
        if form not in FIGURES:
            raise ConfigError(
                "`--figures`", f"be {', '.join(FIGURES)}", f"is {form!r}", "--figures report"
            )
    if "none" in given and len(set(given)) > 1:
        raise ConfigError("`--figures none`", "stand alone", "does not", "one of them")
    return set(given) - {"none"}


def _beside(contents: Contents, wanted: set[str]) -> list[Extra]:
    """Return what to cite, and the report and figures ``wanted``, of the runs as archived."""
    import tempfile

    from nnuniverse.bibliography import as_bibtex, used_by
    from nnuniverse.exports.archive import Extra, stage
    from nnuniverse.runs import read_run

    with tempfile.TemporaryDirectory() as folder:
        staged = stage(contents, Path(folder))
        files = {BIBTEX: as_bibtex(used_by(map(read_run, staged), __version__)).encode()}
        records = [read_run(path) for path in staged] if wanted else []
        if "report" in wanted:
            files |= _report(records, folder)
        for form in sorted(wanted - {"report"}):
            files |= _plots(records, form)
    return [Extra(name, MEANINGS.get(name, FIGURE), of) for name, of in files.items()]


def _report(records: list[RunRecord], folder: str) -> dict[str, bytes]:
    """Return the page of the runs, none if there is no verdict on an ensemble."""
    from nnuniverse.analysis import analyse
    from nnuniverse.plots import PlotSettings
    from nnuniverse.reports import report_page

    trained = [analyse(record) for record in records if not record.is_ensemble]
    ensembles = [record for record in records if record.is_ensemble]
    try:
        page = report_page(trained, PlotSettings(), ensembles)
    except RunError as error:
        remark(f"no report: {error}")
        return {}
    return {REPORT: page.replace(f"{folder}/", "").encode(errors="replace")}


def _plots(records: list[RunRecord], form: str) -> dict[str, bytes]:
    """Return the files of all plots that can be drawn of the runs together."""
    from nnuniverse.plots import (
        PLOTS,
        CrowdedError,
        PlotSettings,
        as_csv,
        file_name,
        render,
        run_id,
    )

    files = {}
    for plot in PLOTS.values():
        if plot.runless or not all(map(plot.is_of, records)):
            continue
        with suppress(RunError, CrowdedError):  # what they have not recorded is not drawn
            drawing = plot.make(records, PlotSettings())
            name = f"figures/{file_name(plot.name, [record.name for record in records])}"
            files[f"{name}.{form}"] = render(drawing, form, plot.title, run_id(records))
            files[f"{name}.csv"] = as_csv(drawing)
    return files
