"""A paper's printed numbers, judged, on one page: what came out, and how each was obtained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnuniverse.claims.citations import Equation, cited
from nnuniverse.claims.registry import all_papers
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, JudgedPaper, UsedRun
from nnuniverse.claims.reproduction.printed_numbers import MOST_SEEDS, VERDICTS_OF_CLAIMS
from nnuniverse.claims.statements import PRINTED_FAILS, Paper, Statement, cited_as
from nnuniverse.counted import counted
from nnuniverse.plots import PLOTS, PlotSettings
from nnuniverse.reports.claim_views import ClaimView, claim_view, command_for
from nnuniverse.reports.figure_views import FigureView, figure_views
from nnuniverse.reports.templates import rendered
from nnuniverse.runs import RunRecord, read_run

REPRODUCTION = "nnuniverse reproduce"
"""Names the program in the page's head; also tells its pages from other people's files."""


@dataclass(frozen=True)
class FigureSection:
    """A figure of the paper: ours like it, and the claims that it holds."""

    name: str
    anchor: str
    claims: Sequence[ClaimView]
    figures: Sequence[FigureView]
    not_drawn: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Erratum:
    """A statement whose printed form does not simply hold, and the claims that it decides."""

    statement: Statement
    where: str
    claims: Sequence[str]


@dataclass(frozen=True)
class RunFacts:
    """A run that values come from: its name, where the page tells of it, and what."""

    name: str
    anchor: str
    facts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Undecided:
    """A claim without a verdict: ``seeds`` so far, those that would give one, their hours."""

    id: str
    seeds: str
    to_differ: str
    to_agree: str
    hours: str
    command: str


def reproduction_page(judged: JudgedPaper) -> str:
    """Return the HTML page of a paper's judged numbers.

    It needs nothing else and fetches nothing; what comes from run folders and from the file of
    printed numbers is escaped, and no script runs in it.  The same runs give the same bytes.
    """
    anchors = {run.run: f"run-{number}" for number, run in enumerate(judged.runs, 1)}
    errata = _errata(judged)
    known = {one.statement.id for one in errata}
    views = {claim.number.id: claim_view(claim, judged, anchors, known) for claim in judged.claims}
    figures = sorted({c.number.figure for c in judged.claims if c.number.figure is not None})
    sections = [_section(judged, views, figure) for figure in figures]
    if judged.of_figure(None):
        sections.append(_section(judged, views, None))
    return rendered(
        "reproduction.html",
        generator=REPRODUCTION,
        title=f"{judged.paper.title} ({judged.paper.paper}): its printed numbers, judged",
        judged=judged,
        counts=_counts(judged.claims),
        verdicts=VERDICTS_OF_CLAIMS,
        claims=list(views.values()),
        sections=sections,
        undecided=[_undecided(c, judged) for c in judged.claims if c.verdict == "undecided"],
        unreached=_unreached(list(views.values())),
        errata=errata,
        runs=[_run_facts(run, anchors[run.run]) for run in judged.runs],
        trains=command_for(judged, "--budget full"),
    )


def _counts(claims: Sequence[JudgedClaim]) -> list[tuple[str, int]]:
    verdicts = [claim.verdict for claim in claims]
    return [(verdict, verdicts.count(verdict)) for verdict in VERDICTS_OF_CLAIMS]


# --- figures --------------------------------------------------------------------------------------


def _section(judged: JudgedPaper, views: dict[str, ClaimView], figure: int | None) -> FigureSection:
    claims = judged.of_figure(figure)
    plots = [p for p in PLOTS.values() if figure and _shows(p.source, judged.paper.paper, figure)]
    records = _records(judged, claims)
    settings = PlotSettings()
    runless, _ = figure_views([plot for plot in plots if plot.runless], [], settings)
    drawn, not_drawn = figure_views(
        [plot for plot in plots if not plot.runless and records], records, settings
    )
    return FigureSection(
        f"Fig. {figure}" if figure else "Of no figure",
        f"figure-{figure}" if figure else "no-figure",
        [views[claim.number.id] for claim in claims],
        [*runless, *drawn],
        not_drawn,
    )


def _shows(source: str, paper: str, figure: int) -> bool:
    """Return whether a plot says that it is like a figure of a paper."""
    return Equation(paper, f"Fig. {figure}") in cited(source)


def _records(judged: JudgedPaper, claims: Sequence[JudgedClaim]) -> list[RunRecord]:
    """Return the runs that values of ``claims`` come from, those that are there."""
    used = {run for claim in claims if claim.measured for run in claim.measured.runs}
    folders = [run.folder for run in judged.runs if run.run in used]
    return [read_run(folder) for folder in folders if folder is not None]


# --- errata ---------------------------------------------------------------------------------------


def _errata(judged: JudgedPaper) -> list[Erratum]:
    """Return the statements of the paper that do not simply hold, with the claims they decide."""
    decided = {
        id_: [c.number.id for c in judged.claims if id_ in (c.number.cannot, c.number.statement)]
        for c in judged.claims
        for id_ in (c.number.cannot, c.number.statement)
        if id_ is not None
    }
    return [
        Erratum(statement, cited_as(statement), decided.get(statement.id, []))
        for paper in all_papers()
        for statement in paper.statements
        if _belongs(statement, paper, judged, decided)
    ]


def _belongs(
    statement: Statement, paper: Paper, judged: JudgedPaper, decided: dict[str, list[str]]
) -> bool:
    """Return whether a statement is one of the paper's errata, or decides one of its numbers."""
    return statement.id in decided or (
        paper.paper == judged.paper.paper and statement.verdict in PRINTED_FAILS
    )


# --- what would decide, and runs ------------------------------------------------------------------


def _unreached(claims: Sequence[ClaimView]) -> list[tuple[str, list[ClaimView]]]:
    """Return the claims that no run here reaches, by the reason."""
    out = [claim for claim in claims if claim.verdict == "out of reach"]
    reasons = dict.fromkeys(claim.why for claim in out)
    return [(why, [claim for claim in out if claim.why == why]) for why in reasons]


def _undecided(claim: JudgedClaim, judged: JudgedPaper) -> Undecided:
    have = 0 if claim.measured is None else len(set(claim.measured.seeds.tolist()))
    needed = claim.seeds_needed
    seconds = _seconds(claim, judged)
    more = None if needed is None else max(needed - have, 0)
    return Undecided(
        claim.number.id,
        str(have),
        _or_dash(claim.seeds_to_differ),
        _or_dash(claim.seeds_to_agree),
        "-" if more is None or seconds is None else f"{more * seconds / 3600.0:.1f}",
        ""
        if needed is None or needed > MOST_SEEDS
        else command_for(judged, f"--claim {claim.number.id} --seeds {needed} --budget full"),
    )


def _seconds(claim: JudgedClaim, judged: JudgedPaper) -> float | None:
    """Return how long a seed of every run that a claim needs has taken, None if one is unknown."""
    used = [] if claim.measured is None else claim.measured.runs
    by_point = {
        tuple(map(str, run.point.items())): run.seconds for run in judged.runs if run.run in used
    }
    known = [seconds for seconds in by_point.values() if seconds is not None]
    return sum(known) if known and len(known) == len(by_point) else None


def _or_dash(seeds: int | None) -> str:
    return "-" if seeds is None else f"{seeds:,}"


def _run_facts(run: UsedRun, anchor: str) -> RunFacts:
    return RunFacts(run.run, anchor, list(_facts(run)))


def _facts(run: UsedRun) -> Iterator[tuple[str, str]]:
    point = ", ".join(f"{axis}={label}" for axis, label in run.point.items())
    yield "of", f"{run.of}, {point}" if point else run.of
    yield "seeds", ", ".join(map(str, run.seeds))
    yield "trained", f"{run.epochs:,} epochs on {counted(run.train_samples, 'sample')}"
    yield "status", run.status
    if run.command:
        yield "command that trained it", f"`{run.command}`"
    yield "commit", run.commit
    yield "versions", ", ".join(f"{name} {version}" for name, version in run.packages.items())
    protocol = "; ".join(f"`{key}={value}`" for key, value in run.protocol.items())
    yield "protocol", f"{protocol}; all else as `nnu config template` has it".removeprefix("; ")
    yield "config hash", run.config_hash
    yield "hash of the samples", run.data
    yield "folder", str(run.folder or "not here: its scalars come with the package")
