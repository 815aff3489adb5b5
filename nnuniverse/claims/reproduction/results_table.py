"""The verdicts of docs/results.md, as Markdown from the scalars that come with the package.

``python -m nnuniverse.claims.reproduction.results_table PAPER`` prints them.
"""

from __future__ import annotations

import sys
from pathlib import Path

from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, JudgedPaper
from nnuniverse.claims.reproduction.judged_output import measured_text, p_text
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers
from nnuniverse.claims.reproduction.reproducing import judge_paper
from nnuniverse.markdown import escaped, table

NO_RUNS = Path("/dev/null")
"""A place without runs."""

HEADINGS = [
    "claim",
    "what",
    "printed",
    "ours [95 %]",
    "n",
    "p",
    "verdict",
    "seeds that would decide",
]


def judged_from_shipped(paper: str) -> JudgedPaper:
    """Return a paper as judged without any run: by the scalars that come with the package."""
    return judge_paper(load_printed_numbers(paper), NO_RUNS)


def results_markdown(judged: JudgedPaper) -> str:
    """Return the numbers that were tested together as one table, all others as another."""
    together = [claim for claim in judged.claims if claim.number.family == "numbers"]
    others = [claim for claim in judged.claims if claim.number.family != "numbers"]
    return "\n\n".join(table(HEADINGS, [_row(one) for one in part]) for part in (together, others))


def _row(claim: JudgedClaim) -> list[str]:
    number = claim.number
    p = claim.p if claim.p_family is None else claim.p_family
    decide = [
        f"{seeds} ({verdict})"
        for seeds, verdict in ((claim.seeds_to_differ, "differs"), (claim.seeds_to_agree, "agrees"))
        if seeds is not None and claim.verdict == "undecided"
    ]
    return [
        number.id,
        escaped(number.says),
        escaped(number.printed),
        measured_text(claim),
        str(len(claim.measured.values)) if claim.measured is not None else "",
        "" if p is None else p_text(p),
        f"**{claim.verdict}**",
        ", ".join(decide) or ("none" if claim.verdict == "undecided" else ""),
    ]


def main() -> None:
    """Print the tables of the paper that is named."""
    (paper,) = sys.argv[1:]
    print(results_markdown(judged_from_shipped(paper)))


if __name__ == "__main__":
    main()
