"""From a paper's file and the runs that are there to its judged numbers."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from nnuniverse import __version__
from nnuniverse.axis_labels import labels_in_words
from nnuniverse.claims.registry import recorded_verdicts
from nnuniverse.claims.reproduction.judged_claims import (
    JudgedClaim,
    JudgedPaper,
    MeasuredValues,
    ProtocolShare,
    UsedRun,
)
from nnuniverse.claims.reproduction.judging import FEWEST, judge_numbers
from nnuniverse.claims.reproduction.measuring import Measuring, used_run
from nnuniverse.claims.reproduction.needed_runs import (
    NeededPoint,
    needed_points,
    protocol_points,
)
from nnuniverse.claims.reproduction.paper_files import PaperFile
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber, PrintedPaper
from nnuniverse.claims.reproduction.scalar_files import Scalars, of_seeds, shipped_scalars
from nnuniverse.claims.reproduction.trained_runs import Found, TrainedRuns
from nnuniverse.errors import ConfigError

Values = dict[str, MeasuredValues | str]
"""By the id of a number: what was measured, or why nothing was."""


@dataclass(frozen=True)
class Selection:
    """Which of a paper's numbers are asked for; none named: all."""

    figures: tuple[int, ...] = ()
    claims: tuple[str, ...] = ()

    def of(self, paper: PrintedPaper) -> tuple[PrintedNumber, ...]:
        """Return the numbers that are asked for; raises ConfigError for what there is not.

        ``paper``: the printed numbers of the paper.
        """
        for figure in self.figures:
            if figure not in paper.figures:
                known = ", ".join(map(str, paper.figures)) or "no --figure"
                raise ConfigError("`--figure`", "have a number", f"{figure} has none", known)
        ids = [number.id for number in paper.numbers]
        for claim in self.claims:
            if claim not in ids:
                raise ConfigError("`--claim`", "be the id of a number", f"is {claim!r:.60}",
                                  ", ".join(ids))  # fmt: skip
        if not self.figures and not self.claims:
            return paper.numbers
        return tuple(n for n in paper.numbers if n.figure in self.figures or n.id in self.claims)


def with_families(
    chosen: Sequence[PrintedNumber], paper: PrintedPaper
) -> tuple[PrintedNumber, ...]:
    """Return ``chosen`` and all that are tested together with any of them.

    Else choosing numbers would loosen the level at which each is judged.

    ``paper``: the printed numbers of the paper.
    """
    ids, families = {n.id for n in chosen}, {n.family for n in chosen if n.family}
    return tuple(n for n in paper.numbers if n.id in ids or n.family in families)


def run_names(numbers: Iterable[PrintedNumber]) -> list[str]:
    """Return the entries of `runs` that ``numbers`` are measured on."""
    return list(dict.fromkeys(number.run for number in numbers if number.run is not None))


def judge_paper(
    file: PaperFile,
    root: Path,
    selection: Selection | None = None,
    seeds: int | None = None,
) -> JudgedPaper:
    """Return a paper's numbers with the verdicts that the runs below ``root`` give.

    ``seeds``: how many replicas, in place of what the file says: those of the first seeds, however
    many there are.  Where the runs do not suffice, the scalars that come with the package do.
    Raises ConfigError for a wrong file.

    ``selection``: which numbers; None: all.
    """
    chosen = (selection or Selection()).of(file.paper)
    needed = with_families(chosen, file.paper)
    points = needed_points(file, run_names(needed), seeds)
    trained, measuring = TrainedRuns.below(root), Measuring()
    found = [trained.of(point, measuring.lacking(needed)) for point in points]
    values = _values(needed, found, measuring)
    shipped = Scalars() if file.is_own else shipped_scalars(file.paper.paper)
    used_shipped = _fill(values, shipped, needed, points)
    protocols = protocol_values(file, needed, trained, measuring) or shipped.protocols
    statements = recorded_verdicts()
    judged = judge_numbers(_on_record(file.paper, seeds), values, statements)
    judged = _with_shares(judged, protocols, statements)
    ids = {number.id for number in chosen}
    claims = tuple(claim for claim in judged if claim.number.id in ids)
    runs = [*_used_runs(found), *shipped.runs]
    return JudgedPaper(
        file.paper,
        claims,
        _of_claims(runs, claims),
        tuple(dict.fromkeys(told for there in found for told in there.unused)),
        used_shipped,
        __version__,
        _command(file, selection, seeds),
    )


def _on_record(paper: PrintedPaper, seeds: int | None) -> tuple[PrintedNumber, ...]:
    """Return a paper's numbers, without the verdicts on record that are of other ``seeds``."""
    return tuple(
        number
        if number.run is None or seeds in (None, paper.runs[number.run].seeds)
        else number.model_copy(update={"recorded": None})
        for number in paper.numbers
    )


def scalars_of(file: PaperFile, root: Path, seeds: int | None = None) -> Scalars:
    """Return what the runs below ``root`` give for every number, with the runs they are.

    ``file``: the printed numbers of the paper, and where they stand; ``seeds``: the most that are
    used; None: all.
    """
    points = needed_points(file, None, seeds)
    trained, measuring = TrainedRuns.below(root), Measuring()
    numbers = [number for number in file.paper.numbers if number.needs_runs]
    found = [trained.of(point, measuring.lacking(numbers)) for point in points]
    values = _values(numbers, found, measuring)
    measured = {id_: of for id_, of in values.items() if not isinstance(of, str)}
    protocols = protocol_values(file, numbers, trained, measuring)
    used = {run for of in measured.values() for run in of.runs}
    runs = tuple(run for run in _used_runs(found) if run.run in used)
    return Scalars(measured, runs, protocols)


def protocol_values(
    file: PaperFile, numbers: Sequence[PrintedNumber], trained: TrainedRuns, measuring: Measuring
) -> dict[str, dict[str, MeasuredValues]]:
    """Return by protocol what its runs give for ``numbers``; those without any are left out.

    ``file``: the printed numbers of the paper, and where they stand; ``trained``: the runs that
    there are; ``measuring``: what a value is and where it is kept.
    """
    grouped: dict[str, list[NeededPoint]] = {}
    for point in protocol_points(file):
        grouped.setdefault(labels_in_words(point.labels), []).append(point)
    per_protocol = {}
    for name, points in grouped.items():
        values = _values(numbers, [trained.of(point) for point in points], measuring)
        measured = {id_: of for id_, of in values.items() if not isinstance(of, str)}
        if measured:
            per_protocol[name] = measured
    return per_protocol


def _values(
    numbers: Sequence[PrintedNumber], found: Sequence[Found], measuring: Measuring
) -> Values:
    return {
        number.id: measuring.measure(number, [f for f in found if f.point.of == number.run])
        for number in numbers
        if number.needs_runs
    }


def _fill(
    values: Values, shipped: Scalars, numbers: Sequence[PrintedNumber], points: list[NeededPoint]
) -> bool:
    """Put what is shipped where runs do not suffice for a verdict; return whether there was any."""
    seeds = {point.of: point.seeds for point in points}
    used = False
    for number in numbers:
        kept = shipped.measured.get(number.id)
        if kept is None or number.id not in values or _suffices(values[number.id]):
            continue
        if np.all(kept.epochs >= (number.requires.epochs or 0)):
            values[number.id] = of_seeds(kept, seeds[str(number.run)])
            used = True
    return used


def _suffices(measured: MeasuredValues | str) -> bool:
    return not isinstance(measured, str) and len(measured.values) >= FEWEST


def _with_shares(
    judged: tuple[JudgedClaim, ...],
    protocols: Mapping[str, Mapping[str, MeasuredValues]],
    statements: Mapping[str, str],
) -> tuple[JudgedClaim, ...]:
    """Return the claims with the share of protocols under which each agrees or differs."""
    if not protocols:
        return judged
    numbers = [claim.number for claim in judged]
    per_protocol = [judge_numbers(numbers, values, statements) for values in protocols.values()]
    return tuple(
        replace(claim, protocols=_share([one[k].verdict for one in per_protocol]))
        if claim.number.needs_runs
        else claim
        for k, claim in enumerate(judged)
    )


def _share(verdicts: Sequence[str]) -> ProtocolShare | None:
    told = [verdict for verdict in verdicts if verdict != "out of reach"]
    if not told:
        return None
    return ProtocolShare(told.count("agrees"), told.count("differs"), len(told))


def _used_runs(found: Sequence[Found]) -> list[UsedRun]:
    return [
        used_run(there, record, run, seeds)
        for there in found
        for record, run, seeds in there.records
    ]


def _of_claims(runs: Sequence[UsedRun], claims: Sequence[JudgedClaim]) -> tuple[UsedRun, ...]:
    """Return the runs that values of ``claims`` come from, each once."""
    used = {run for claim in claims if claim.measured is not None for run in claim.measured.runs}
    return tuple({run.run: run for run in reversed(runs) if run.run in used}.values())[::-1]


def _command(file: PaperFile, selection: Selection | None, seeds: int | None) -> str:
    words = ["nnu", "reproduce", file.given]
    for figure in selection.figures if selection else ():
        words += ["--figure", str(figure)]
    for claim in selection.claims if selection else ():
        words += ["--claim", claim]
    words += ["--seeds", str(seeds)] if seeds else []
    return shlex.join([*words, "--judge"])
