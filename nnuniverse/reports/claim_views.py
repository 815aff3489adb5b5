"""What a page says of a judged claim: beside its verdict, how the number was obtained."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnuniverse.claims.reproduction.analysed_scalars import ANALYSED
from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, JudgedPaper, MeasuredValues
from nnuniverse.claims.reproduction.judged_output import measured_text, p_text
from nnuniverse.claims.reproduction.judging import TESTED
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar, Measurable, PrintedNumber
from nnuniverse.counted import counted
from nnuniverse.intervals import number as digits
from nnuniverse.reports.value_strip import ValueStrip, value_strip

MOST_VALUES = 30
"""Values that a page writes out; of more, the drawing tells each."""

COMPARED = {
    "number": "with one more run of ours, two-sided",
    "at_least": "one more run of ours with the bound, from below",
    "at_most": "one more run of ours with the bound, from above",
    "sign": "the 95 % t interval of our mean with zero",
    "count": "the exact 95 % interval of the share of replicas with chance, and with one half",
    "rank_correlation": "ranks, by a permutation test of Spearman's correlation",
    "cannot": "with a statement, whatever runs give",
    "statement": "it is a statement: no run is needed",
}
"""By the kind of a claim, what is compared with what."""


@dataclass(frozen=True)
class ClaimView:
    """A claim as the page has it.

    ``runs``: names of those its values come from, and where the page tells of each; ``statement``:
    the id of what decides it, "" if runs do; ``erratum``: whether the page tells of that.
    """

    id: str
    anchor: str
    says: str
    printed: str
    measured: str
    p: str
    verdict: str
    changed: bool
    seeds: str
    why: str
    facts: Sequence[tuple[str, str]]
    runs: Sequence[tuple[str, str]]
    strip: ValueStrip | None
    statement: str
    erratum: bool
    command: str


def claim_view(
    claim: JudgedClaim, judged: JudgedPaper, runs: Mapping[str, str], errata: Collection[str]
) -> ClaimView:
    """Return what the page says of a claim.

    ``runs``: by name where the page tells of each; ``errata``: ids of statements it tells of.

    ``judged``: the numbers of the paper with their verdicts.
    """
    number, measured = claim.number, claim.measured
    statement = number.cannot or number.statement or ""
    p = claim.p if claim.p_family is None else claim.p_family
    used = dict.fromkeys(measured.runs if measured else ())
    return ClaimView(
        id=number.id,
        anchor=f"claim-{number.id}",
        says=number.says,
        printed=number.printed,
        measured=measured_text(claim),
        p="" if p is None else p_text(p),
        verdict=claim.verdict,
        changed=claim.changed,
        seeds="" if claim.seeds_needed is None else f"{claim.seeds_needed:,}",
        why=claim.why,
        facts=list(_facts(claim, judged)),
        runs=[(run, runs[run]) for run in used if run in runs],
        strip=value_strip(claim),
        statement=statement,
        erratum=statement in errata,
        command=command_for(judged, f"--claim {number.id} --judge")
        if number.needs_runs
        else f"nnu verify {statement}",
    )


def command_for(judged: JudgedPaper, options: str) -> str:
    """Return the command that judged a paper, with other ``options`` for those it had."""
    return f"{shlex.join(shlex.split(judged.command)[:3])} {options}"


def _facts(claim: JudgedClaim, judged: JudgedPaper) -> Iterator[tuple[str, str]]:
    number, measured = claim.number, claim.measured
    yield "where", number.where
    if number.reading:
        yield "read as", number.reading
    if number.quantity is not None:
        yield "measured", _measurable(number.quantity)
    if number.rank_correlation is not None:
        ranked = number.rank_correlation
        within = f", within {ranked.within}" if ranked.within else ""
        yield "ranked against", f"{_measurable(ranked.against)}{within}; printed sign {ranked.sign}"
    if number.run is not None:
        yield "needs", _needs(number)
    yield "compared", _compared(claim, judged)
    if claim.protocols is not None:
        share = claim.protocols
        yield (
            "other protocols",
            (
                f"under {share.agrees} of {share.protocols} that fit the text as well it agrees, "
                f"under {share.differs} it differs"
            ),
        )
    if measured is not None and measured.against is None and len(measured.values) <= MOST_VALUES:
        yield "values by seed", _values(measured)
    if measured is not None and measured.short:
        yield "not used", measured.short


def _measurable(what: Measurable) -> str:
    """Return the expression of a quantity, or what a scalar of the analysis is."""
    if not isinstance(what, AnalysedScalar):
        return f"`{what}`"
    kind = ANALYSED[what.analysis]
    given = {name: getattr(what, name) for name in kind.needs}
    told = ", ".join(f"{name} {value}" for name, value in given.items())
    return f"{kind.meaning} ({told})" if told else kind.meaning


def _needs(number: PrintedNumber) -> str:
    epochs, samples = number.requires.epochs, number.requires.train_samples
    parts = [f"{epochs:,} epochs"] if epochs else []
    parts += [f"{samples:,} samples"] if samples else []
    return f"runs of `{number.run}`" + (f" with {' and '.join(parts)}" if parts else "")


def _compared(claim: JudgedClaim, judged: JudgedPaper) -> str:
    """Return what was compared with what, on which scale, within which margin, with how many."""
    number = claim.number
    parts = [COMPARED[number.kind]]
    if number.scale != "identity":
        parts.append(f"on the scale {number.scale}")
    if number.kind == "number" and claim.margin is not None:
        parts.append(f"agrees from {digits(claim.margin[0])} to {digits(claim.margin[1])}")
    if claim.p is not None:
        parts.append(f"p {_equals(claim.p)}")
    if claim.p_family is not None:
        family = [n for n in judged.paper.numbers if n.family == number.family and n.kind in TESTED]
        of = counted(len(family), "claim")
        parts.append(f"p {_equals(claim.p_family)} after Holm over {of} ({number.family})")
    return "; ".join(parts)


def _equals(p: float) -> str:
    """Return what a p-value is, or below what."""
    text = p_text(p)
    return text if text.startswith("<") else f"= {text}"


def _values(measured: MeasuredValues) -> str:
    values = zip(measured.seeds.tolist(), measured.values.tolist(), strict=True)
    return ", ".join(
        f"{seed}: {digits(value) if np.isfinite(value) else 'none'}" for seed, value in values
    )
