"""Judged numbers as tables and as JSON."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from nnuniverse.analysis.document import plain_mapping
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, JudgedPaper, MeasuredValues
from nnuniverse.counted import counted
from nnuniverse.text_table import TextTable

SCHEMA = 1
LONGEST_PRINTED = 8
"""Characters of what is printed in words, so that a row fits into 80."""

SHORT = {"cannot be as printed": "cannot be"}
"""Verdicts as a table has them."""

HEADINGS = ["claim", "printed", "measured [95 %]", "p", "verdict", "seeds"]


def judged_tables(judged: JudgedPaper) -> list[TextTable]:
    """Return the claims with their verdicts, and those over protocols.

    ``judged``: the numbers of the paper with their verdicts.
    """
    tables = [
        TextTable(
            HEADINGS,
            [claim_row(claim) for claim in judged.claims],
            f"{judged.paper.title} ({judged.paper.paper}): {_counts(judged.claims)}; p after Holm; "
            "seeds: how many would decide",
        )
    ]
    shares = [(claim, claim.protocols) for claim in judged.claims if claim.protocols]
    if shares:
        rows = [
            [claim.number.id, str(share.protocols), str(share.agrees), str(share.differs)]
            for claim, share in shares
        ]
        caption = "under how many of the protocols that fit the text alike"
        tables.append(TextTable(["claim", "protocols", "agrees", "differs"], rows, caption))
    return tables


def judged_reasons(judged: JudgedPaper) -> list[str]:
    """Return a line on each reason why claims are out of reach, after the claims.

    ``judged``: the numbers of the paper with their verdicts.
    """
    ids: dict[str, list[str]] = {}
    for claim in judged.claims:
        if claim.verdict == "out of reach":
            ids.setdefault(claim.why, []).append(claim.number.id)
    return [f"{', '.join(of)}: {why}" for why, of in ids.items()]


def claim_row(claim: JudgedClaim) -> list[str]:
    """Return the cells of a claim below `HEADINGS`."""
    p = claim.p if claim.p_family is None else claim.p_family
    return [
        claim.number.id,
        _cut(claim.number.printed),
        measured_text(claim),
        "" if p is None else p_text(p),
        SHORT.get(claim.verdict, claim.verdict) + ("!" if claim.changed else ""),
        "" if claim.seeds_needed is None else str(claim.seeds_needed),
    ]


def measured_text(claim: JudgedClaim) -> str:
    """Return the mean of ours with its interval, "" where there is none.

    To the digit that half the interval begins with, or one more if that is a 1 or a 2; of small
    numbers a power of ten follows, that of all three.

    ``claim``: the claim with its verdict.
    """
    if claim.mean is None:
        return ""
    if claim.low is None or claim.high is None or claim.high == claim.low:
        return f"{claim.mean:.3g}"
    half = (claim.high - claim.low) / 2.0
    power = math.floor(math.log10(max(abs(claim.mean), half)))
    power = 0 if -4 < power < 6 else power
    first = math.floor(math.log10(half))
    more = half / 10.0**first < 3.0
    digits = max(0, power - first + more)
    mean, low, high = (f"{x / 10.0**power:.{digits}f}" for x in (claim.mean, claim.low, claim.high))
    return f"{mean} [{low}, {high}]" + (f"e{power}" if power else "")


def p_text(p: float) -> str:
    """Return a p-value with two digits, no smaller, and no wider, than a table has room for."""
    if p < 1e-4:
        return "<1e-4"
    return f"{p:.1e}".replace("e-0", "e-") if p < 1e-3 else f"{p:.2g}"


def judged_document(judged: JudgedPaper) -> dict[str, object]:
    """Return everything about judged numbers for JSON; null where missing, or not finite."""
    runs = [{**asdict(run), "folder": str(run.folder or "") or None} for run in judged.runs]
    return plain_mapping(
        {
            "schema": SCHEMA,
            "package": judged.package,
            "paper": judged.paper.paper,
            "title": judged.paper.title,
            "command": judged.command,
            "shipped": judged.shipped,
            "claims": [_claim(claim) for claim in judged.claims],
            "runs": runs,
            "unused": list(judged.unused),
        }
    )


def _claim(claim: JudgedClaim) -> dict[str, object]:
    declared = claim.number.model_dump(mode="json")
    return {
        **declared,
        "margin": claim.margin,
        "declared_margin": declared["margin"],
        "kind": claim.number.kind,
        "verdict": claim.verdict,
        "why": claim.why,
        "changed": claim.changed,
        "mean": claim.mean,
        "low": claim.low,
        "high": claim.high,
        "spread": claim.spread,
        "half_digit": claim.half_digit,
        "p": claim.p,
        "p_family": claim.p_family,
        "seeds_to_differ": claim.seeds_to_differ,
        "seeds_to_agree": claim.seeds_to_agree,
        "seeds_needed": claim.seeds_needed,
        "protocols": None if claim.protocols is None else asdict(claim.protocols),
        "measured": None if claim.measured is None else _measured(claim.measured),
    }


def _measured(measured: MeasuredValues) -> dict[str, object]:
    return {
        "values": measured.values,
        "seeds": measured.seeds,
        "epochs": measured.epochs,
        "runs": list(measured.runs),
        "against": np.array([]) if measured.against is None else measured.against,
        "groups": list(measured.groups),
    }


def _counts(claims: Sequence[JudgedClaim]) -> str:
    """Return how many claims have which verdict."""
    verdicts = [claim.verdict for claim in claims]
    told = [f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts)]
    return f"{counted(len(claims), 'claim')}, {', '.join(told)}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_PRINTED else text[: LONGEST_PRINTED - 1] + "…"
