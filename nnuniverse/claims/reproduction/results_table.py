"""The verdicts that docs/results, docs/results.md and README.md state, from shipped scalars.

``python -m nnuniverse.claims.reproduction.results_table`` writes them anew, between the comments
that mark them in these pages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import nnuniverse
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, JudgedPaper, UsedRun
from nnuniverse.claims.reproduction.judged_output import measured_text, p_text
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
from nnuniverse.claims.reproduction.printed_numbers import VERDICTS_OF_CLAIMS
from nnuniverse.claims.reproduction.reproducing import judge_paper
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError
from nnuniverse.intervals import number as digits
from nnuniverse.markdown import escaped, table

PAPER = "2004.09280"
PAGES = ("docs/results.md", "docs/results/verdicts.md", "README.md")

NO_RUNS = Path("/dev/null")
"""A place without runs."""

TOGETHER = "numbers"
"""The family whose values are shown seed by seed."""

IN_SHORT = (
    "E1",
    "E4.deep.mu2",
    "E4.deep.mu3",
    "E4.shallow.mu2",
    "E4.shallow.mu3",
    "E5.clear.10000",
    "E6.slope.20",
    "E6.intercept.20",
    "E9.skewed",
    "F1.extrema",
)
"""The claims of which README.md and docs/results.md tell."""


def judged_from_shipped(paper: str) -> JudgedPaper:
    """Return a paper as judged without any run: by the scalars that come with the package."""
    return judge_paper(load_printed_numbers(paper), NO_RUNS)


def results_blocks(judged: JudgedPaper) -> dict[str, str]:
    """Return what stands between the comments of each name, as Markdown.

    ``judged``: the numbers of the paper with their verdicts.
    """
    return {
        "verdicts": f"{_told(judged)}\n\n{_verdicts(judged.claims)}\n\n{_runs(judged.runs)}",
        "numbers": _numbers([c for c in judged.claims if c.number.family == TOGETHER]),
        "outcome": f"{_told(judged)}\n\n{_in_short(judged)}",
    }


def with_blocks(text: str, blocks: Mapping[str, str], where: str) -> str:
    """Return a page whose blocks are these; raises ConfigError if a comment has no end.

    ``text``: the page; ``where``: the page, in words.
    """
    for name, block in blocks.items():
        begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        if begin not in text:
            continue
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
            raise ConfigError(where, f"have one `{begin}` before one `{end}`", "has not", "both")
        marked = f"{begin}\n\n{block}\n\n{end}"
        text = re.sub(f"{begin}.*?{end}", lambda _, m=marked: m, text, flags=re.DOTALL)  # type: ignore[misc]
    return text


def _told(judged: JudgedPaper) -> str:
    """Return how many claims have which verdict, and what found that."""
    verdicts = [claim.verdict for claim in judged.claims]
    counts = [
        f"{verdict} {verdicts.count(verdict)}"
        for verdict in VERDICTS_OF_CLAIMS
        if verdict in verdicts
    ]
    return (
        f"{counted(len(judged.claims), 'claim')} ({', '.join(counts)}), judged by "
        f"`{judged.command}` from the scalars that come with the package:"
    )


def _verdicts(claims: Sequence[JudgedClaim]) -> str:
    """Return all claims by figure."""
    shares = any(claim.protocols for claim in claims)
    header = ["figure", "claim", "what", "printed", "ours [95 %]", "p", "verdict"]
    header += ["seeds that would decide"]
    header += ["agrees, differs under other protocols"] if shares else []
    rows, figure = [], ""
    for claim in claims:
        of = str(claim.number.figure or "-")
        row = [of if of != figure else "", claim.number.id, escaped(claim.number.says)]
        p = claim.p if claim.p_family is None else claim.p_family
        row += [escaped(claim.number.printed), measured_text(claim)]
        row += ["" if p is None else p_text(p), f"**{claim.verdict}**", _seeds_that_decide(claim)]
        rows.append([*row, _share(claim)] if shares else row)
        figure = of
    return table(header, rows)


def _share(claim: JudgedClaim) -> str:
    share = claim.protocols
    return f"{share.agrees}, {share.differs} of {share.protocols}" if share else ""


def _runs(runs: Sequence[UsedRun]) -> str:
    """Return which runs the values are of."""
    told = [
        f"`{run.run}` ({_place(run)}; seeds {_seeds(run.seeds)}, {run.epochs:,} epochs)"
        for run in runs
    ]
    return f"Of the runs {', '.join(told)}." if told else "No run."


def _place(run: UsedRun) -> str:
    return ", ".join([run.of, *(f"{axis} {label}" for axis, label in run.point.items())])


def _seeds(seeds: Sequence[int]) -> str:
    """Return seeds as a range if they are one."""
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[-1] + 1)):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(map(str, seeds))


def _numbers(claims: Sequence[JudgedClaim]) -> str:
    """Return the numbers that are tested together, seed by seed."""
    header = ["claim", "what", "printed", "ours, by seed", "p", "p, of all", "verdict"]
    rows = [
        [
            claim.number.id,
            escaped(claim.number.says),
            escaped(claim.number.printed),
            " ".join(_values(claim)),
            "" if claim.p is None else p_text(claim.p),
            "" if claim.p_family is None else p_text(claim.p_family),
            f"**{claim.verdict}**",
            _seeds_that_decide(claim),
        ]
        for claim in claims
    ]
    return table([*header, "seeds that would decide"], rows)


def _values(claim: JudgedClaim) -> Iterator[str]:
    yield from map(digits, claim.measured.values if claim.measured is not None else ())


def _seeds_that_decide(claim: JudgedClaim) -> str:
    """Return with how many seeds of this mean and spread there would be which verdict."""
    if claim.verdict != "undecided":
        return ""
    decide = [
        f"{seeds:,} ({verdict})"
        for seeds, verdict in ((claim.seeds_to_differ, "differs"), (claim.seeds_to_agree, "agrees"))
        if seeds is not None
    ]
    return ", ".join(decide) or "none"


def _in_short(judged: JudgedPaper) -> str:
    """Return the claims that README.md tells of."""
    by_id = {claim.number.id: claim for claim in judged.claims}
    rows = [
        [
            escaped(claim.number.says),
            escaped(claim.number.printed),
            measured_text(claim),
            claim.verdict,
        ]
        for claim in (by_id[id_] for id_ in IN_SHORT)
    ]
    return table(["", "printed", "ours [95 %]", ""], rows)


def main() -> None:
    """Write the verdicts of the pages of this checkout anew."""
    judged = judged_from_shipped(PAPER)
    if not judged.shipped:
        raise SystemExit(f"no scalars of {PAPER} come with the package")
    blocks = results_blocks(judged)
    root = Path(nnuniverse.__file__).parents[1]
    for name in PAGES:
        page = root / name
        page.write_text(with_blocks(page.read_text("utf-8"), blocks, name), "utf-8")
        sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
