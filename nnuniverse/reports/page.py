"""The report: one self-contained HTML page, in which only its own script runs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
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
    """What the page says of one run."""

    name: str
    corrupt: bool
    facts: Sequence[tuple[str, str]]
    config: str
    rerun: Sequence[tuple[str, str]]
    tables: Sequence[TextTable]
    slider: SpectrumSlider | None
    figures: Sequence[FigureView]
    not_drawn: Sequence[tuple[str, str]]


def report_page(analyses: list[Analysis], settings: PlotSettings) -> str:
    """Return the HTML page of one or several runs, each for itself and then compared.

    Everything that comes from a run folder is escaped, and the page forbids requests and every
    script but its own, so a hostile run folder can do nothing in it.
    """
    records = [analysis.record for analysis in analyses]
    several = len(analyses) > 1
    names = run_names(records)
    overlaid, not_overlaid = _figures(records, settings) if several else ([], [])
    return rendered(
        "page.html",
        generator=GENERATOR,
        script=Markup(SCRIPT),  # noqa: S704 (our own)
        script_hash=script_hash(),
        title=_title(records, names),
        comparison=comparison_table(compare(analyses), names) if several else None,
        overlaid=overlaid,
        not_overlaid=not_overlaid,
        legend=_legend(analyses),
        runs=[
            _run_view(analysis, name, settings)
            for analysis, name in zip(analyses, names, strict=True)
        ],
    )


def _legend(analyses: list[Analysis]) -> list[tuple[str, str]]:
    """Return what the headings of the tables mean, each meaning once."""
    tables = [table for analysis in analyses for table in analysis_tables(analysis)]
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
    """Return whether the file at ``path`` is an earlier page, by what it says of its maker."""
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
        facts=list(_facts(record)),
        config=record.folder.config.read_text(encoding="utf-8"),
        rerun=rerun_steps(record),
        tables=[*analysis_tables(analysis), *_alignment_tables(record)],
        slider=spectrum_slider(record),
        figures=figures,
        not_drawn=not_drawn,
    )


def _alignment_tables(record: RunRecord) -> list[TextTable]:
    """Return what `nnu align` stored of a run, nothing where it did not."""
    try:
        alignment = read_alignment(record.folder)
    except RunError:
        return []
    return alignment_tables(alignment, str(record.attributes.get("network", "")))


def _figures(
    records: list[RunRecord], settings: PlotSettings
) -> tuple[list[FigureView], list[tuple[str, str]]]:
    """Return every figure that the runs allow, and why the others are not drawn."""
    of_these = (p for p in PLOTS.values() if not p.runless and all(map(p.is_of, records)))
    return figure_views(of_these, records, settings)


def _facts(record: RunRecord) -> Sequence[tuple[str, str]]:
    """Return what the run was made with, as names and values."""
    segments = segments_of(record.provenance)
    last = segments[-1] if segments else {}
    packages = last.get("packages")
    facts = {
        "run": record.name,
        "folder": record.folder,
        "network": record.attributes.get("network"),
        "replicas, seeds": f"{record.replicas}: {', '.join(map(str, record['seed']))}",
        "epochs": f"{record.epochs} of {record.config.train.epochs}",
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
