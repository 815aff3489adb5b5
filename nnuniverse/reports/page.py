"""The report: one self-contained HTML page, in which only its own script runs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from nnuniverse.analysis import (
    Analysis,
    analysis_tables,
    compare,
    comparison_table,
)
from nnuniverse.analysis.alignment import alignment_tables, read_alignment
from nnuniverse.analysis.grand import grand_tables, read_grand
from nnuniverse.analysis.hidden import hidden_tables, read_hidden
from nnuniverse.analysis.holography import (
    dual_table,
    holography_table,
    read_duals,
    read_holography,
)
from nnuniverse.analysis.mechanics import (
    ASSUMED,
    mechanics_tables,
    read_mechanics,
    verdict_sentences,
)
from nnuniverse.analysis.perturb import perturb_tables, read_perturbed
from nnuniverse.analysis.strings import read_strings, string_tables
from nnuniverse.analysis.structure import read_structure, structure_tables
from nnuniverse.counted import counted
from nnuniverse.errors import RunError
from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.regular_files import is_file, open_regular
from nnuniverse.reports.figure_views import FigureView, figure_views
from nnuniverse.reports.rerun import rerun_steps
from nnuniverse.reports.spectrum_slider import SpectrumSlider, spectrum_slider
from nnuniverse.reports.templates import rendered
from nnuniverse.runs import RunRecord, run_names
from nnuniverse.runs.provenance import segments_of
from nnuniverse.text_table import TextTable

GENERATOR = "nnuniverse report"
"""Names the program in the page's head; also tells its pages from other people's files."""

MOST_NAMED = 4
"""Runs whose names a title holds."""

LONGEST = 60
"""Letters of a title that tell which nets there are."""

SCRIPT = (Path(__file__).parent / "slider.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class RunView:
    """What the page says of one run; ``verdict`` and ``assumed``: sentences, of an ensemble."""

    name: str
    corrupt: bool
    verdict: Sequence[str]
    assumed: Sequence[str]
    facts: Sequence[tuple[str, str]]
    config: str
    rerun: Sequence[tuple[str, str]]
    tables: Sequence[TextTable]
    slider: SpectrumSlider | None
    figures: Sequence[FigureView]
    not_drawn: Sequence[tuple[str, str]]


def report_page(
    analyses: Sequence[Analysis], settings: PlotSettings, ensembles: Sequence[RunRecord] = ()
) -> str:
    """Return the HTML page of one or several runs, each for itself and then compared.

    ``analyses``: of runs of training; ``ensembles``: runs of `nnu evolve`.  Raises RunError for an
    ensemble on which `nnu mechanics` has given no verdict.

    Everything that comes from a run folder is escaped, and the page forbids requests and every
    script but its own, so a hostile run folder can do nothing in it.

    ``settings``: what `nnu plot` was asked for.
    """
    trained = [analysis.record for analysis in analyses]
    records = [*trained, *ensembles]
    names = run_names(records)
    told = dict(zip((record.name for record in records), names, strict=True))
    overlaid, not_overlaid = _overlaid(trained, list(ensembles), settings)
    runs = [
        *(_run_view(analysis, told[analysis.record.name], settings) for analysis in analyses),
        *(_ensemble_view(record, told[record.name], settings) for record in ensembles),
    ]
    return rendered(
        "page.html",
        generator=GENERATOR,
        script=Markup(SCRIPT),  # noqa: S704 (our own)
        script_hash=script_hash(),
        title=_title(records, names),
        comparison=_comparison(analyses, names),
        overlaid=overlaid,
        not_overlaid=not_overlaid,
        legend=_legend(runs),
        runs=runs,
    )


def _comparison(analyses: Sequence[Analysis], names: Sequence[str]) -> TextTable | None:
    """Return the runs of training beside each other, None of a single one; ``names``: of all."""
    if len(analyses) < 2:
        return None
    return comparison_table(compare(list(analyses)), names[: len(analyses)])


def _overlaid(
    trained: list[RunRecord], ensembles: list[RunRecord], settings: PlotSettings
) -> tuple[list[FigureView], list[tuple[str, str]]]:
    """Return the figures of all runs of a kind together, and why others are not drawn."""
    drawn = [_figures(records, settings) for records in (trained, ensembles) if len(records) > 1]
    figures = [figure for one, _ in drawn for figure in one]
    return figures, [reason for _, why in drawn for reason in why]


def _legend(runs: Sequence[RunView]) -> list[tuple[str, str]]:
    """Return what the headings of the tables mean, each meaning once."""
    tables = [table for run in runs for table in run.tables]
    return list(dict.fromkeys(entry for table in tables for entry in table.legend.items()))


def script_hash() -> str:
    """Return the source expression by which the page's policy allows its one script."""
    digest = hashlib.sha256(SCRIPT.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _title(records: list[RunRecord], names: list[str]) -> str:
    """Return the names of few runs with their nets; of more, what they have in common."""
    networks = [str(record.attributes.get("network", "")) for record in records]
    if len(names) <= MOST_NAMED:
        return "; ".join(map(_titled, names, networks))
    called = ", ".join(dict.fromkeys(record.config.name for record in records))
    return _titled(f"{called}: {len(names)} runs", ", ".join(dict.fromkeys(networks)))


def _titled(name: str, network: str) -> str:
    return f"{name} ({network})" if network and len(network) <= LONGEST else name


def is_report(path: Path, generator: str = GENERATOR) -> bool:
    """Return whether the file at ``path`` is an earlier page, by what it says of its maker.

    ``generator``: as pages name their maker.
    """
    if not is_file(path):
        return False
    mark = f'<meta name="generator" content="{generator}">'.encode()
    with open_regular(path) as content:
        return mark in content.read(1000)


def _run_view(analysis: Analysis, name: str, settings: PlotSettings) -> RunView:
    record = analysis.record
    figures, not_drawn = _figures([record], settings)
    return RunView(
        name=name,
        corrupt=analysis.corrupt,
        verdict=(),
        assumed=(),
        facts=list(_facts(record)),
        config=record.folder.config.read_text(encoding="utf-8"),
        rerun=rerun_steps(record),
        tables=[*analysis_tables(analysis), *_derived_tables(record)],
        slider=spectrum_slider(record),
        figures=figures,
        not_drawn=not_drawn,
    )


def _derived_tables(record: RunRecord) -> Iterator[TextTable]:
    """Yield what commands besides `nnu train` have stored of a run, nothing where they did not."""
    for tables_of in DERIVED:
        with suppress(RunError):
            yield from tables_of(record)


def _alignment_tables(record: RunRecord) -> list[TextTable]:
    alignment = read_alignment(record.folder)
    return alignment_tables(alignment, str(record.attributes.get("network", "")))


DERIVED: tuple[Callable[[RunRecord], list[TextTable]], ...] = (
    _alignment_tables,
    lambda record: grand_tables(*read_grand(record.folder)),
    lambda record: hidden_tables(*read_hidden(record.folder)),
    lambda record: [holography_table(read_holography(record))],
    lambda record: [dual_table(*read_duals(record.folder))],
    lambda record: perturb_tables(*read_perturbed(record.folder)),
    lambda record: structure_tables(*read_structure(record.folder)),
    lambda record: string_tables(read_strings(record)),
)
"""What is told of the files beside a run's results; RunError of a file that is not there."""


def _ensemble_view(record: RunRecord, name: str, settings: PlotSettings) -> RunView:
    found = read_mechanics(record)
    figures, not_drawn = _figures([record], settings)
    return RunView(
        name=name,
        corrupt=False,
        verdict=verdict_sentences(found),
        assumed=ASSUMED,
        facts=list(_facts(record)),
        config=record.folder.config.read_text(encoding="utf-8"),
        rerun=rerun_steps(record),
        tables=mechanics_tables(found, name),
        slider=None,
        figures=figures,
        not_drawn=not_drawn,
    )


def _figures(
    records: list[RunRecord], settings: PlotSettings
) -> tuple[list[FigureView], list[tuple[str, str]]]:
    """Return every figure that the runs, of one kind, allow, and why the others are not drawn."""
    of_runs = (p for p in PLOTS.values() if not p.runless and all(map(p.is_of, records)))
    return figure_views(of_runs, records, settings)


def _facts(record: RunRecord) -> Sequence[tuple[str, str]]:
    """Return what the run was made with, as names and values."""
    segments = segments_of(record.provenance)
    last = segments[-1] if segments else {}
    packages = last.get("packages")
    facts = {
        "run": record.name,
        "folder": record.folder,
        "network": record.attributes.get("network"),
        **_extent(record),
        "run hash": record.attributes.get("run_hash"),
        "config hash": record.config.hash(),
        "commit": record.commit,
        "uncommitted changes": _changed(segments),
        "data": _data(record),
        **_cautions(record),
        "trained in": counted(len(segments), "part"),
        "began": segments[0].get("started") if segments else None,
        "ended": last.get("ended"),
        "status": last.get("status"),
        "platform": last.get("platform"),
        "device": last.get("device"),
        "Python": last.get("python"),
        **(packages if isinstance(packages, dict) else {}),
    }
    return [(name, str(value)) for name, value in facts.items() if value is not None]


def _extent(record: RunRecord) -> dict[str, object]:
    """Return how many replicas there are, and how far they went."""
    if record.is_ensemble:
        return {
            "replicas": f"{record.replicas} of one net, each with its own noise",
            "steps": f"{record['record_step'][-1]} of {record.attributes.get('steps')}",
        }
    return {
        "replicas, seeds": f"{record.replicas}: {', '.join(map(str, record['seed']))}",
        "epochs": f"{record.epochs} of {record.config.train.epochs}",
    }


def _cautions(record: RunRecord) -> dict[str, object]:
    """Return what the variables say that a reader should know."""
    said = {name: variable.attributes.get("caution") for name, variable in record.variables.items()}
    return {f"caution, {name}": text for name, text in said.items()}


def _data(record: RunRecord) -> str | None:
    data = record.provenance.get("data")
    return f"{data.get('name')}, {data.get('fingerprint')}" if isinstance(data, dict) else None


def _changed(segments: list[dict[str, object]]) -> str:
    sources = [segment.get("source") for segment in segments]
    diffs = [source.get("diff") for source in sources if isinstance(source, dict)]
    return "yes, see provenance.json" if any(diffs) else "none"
