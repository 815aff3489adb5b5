"""What came out: every printed number with ours, its verdict, and where ours come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from nnuniverse.axis_labels import Label
from nnuniverse.claims.reproduction.printed_numbers import (
    ClaimVerdict,
    PrintedNumber,
    PrintedPaper,
)


@dataclass(frozen=True)
class UsedRun:
    """A run that values come from.

    ``run``: its id, ``<name>/<time>-<hash>``; ``of``: the name in `runs:` that it is a run of;
    ``point``: its labels in a sweep; ``seeds``: of its replicas; ``epochs``: recorded so far;
    ``status``: complete, running, ...; ``config_hash``, ``data``: SHA-256 of its config's
    essentials and of the samples; ``commit``: of nnuniverse; ``packages``: versions; ``protocol``:
    the config's keys that differ from their defaults; ``command``: that trained it; ``folder``:
    None if only its scalars are there, shipped with the package; ``seconds``: that its training
    took per replica, None if not known.
    """

    run: str
    of: str
    seeds: tuple[int, ...]
    epochs: int
    train_samples: int
    status: str
    config_hash: str
    data: str
    commit: str
    packages: Mapping[str, str]
    protocol: Mapping[str, object]
    command: str
    point: Mapping[str, Label] = field(default_factory=dict)
    folder: Path | None = None
    seconds: float | None = None


@dataclass(frozen=True, eq=False)
class MeasuredValues:
    """A value per replica, in the order of points and seeds.

    ``values``, ``seeds``, ``epochs``: (replicas,); ``against``: the other quantity of a rank
    correlation, (replicas,); ``groups``: the label along the axis within which it is taken;
    ``runs``: ids of the runs, (replicas,); ``short``: why runs that are there were not used.
    """

    values: np.ndarray
    seeds: np.ndarray
    epochs: np.ndarray
    runs: tuple[str, ...]
    against: np.ndarray | None = None
    groups: tuple[Label, ...] = ()
    short: str = ""


@dataclass(frozen=True)
class ProtocolShare:
    """In how many of the protocols that fit the text a number agrees or differs."""

    agrees: int
    differs: int
    protocols: int


@dataclass(frozen=True, kw_only=True)
class Estimates:
    """What a test finds of ours, and with how many seeds it would find more.

    ``mean``, ``low``, ``high``: of ours with the 95 % t interval of the mean, both taken on the
    declared scale and given back in units of the number; of `count` the share and its
    Clopper-Pearson interval, of `rank_correlation` the correlation without an interval; None where
    there is none.  ``spread``: standard deviation of ours on the scale.  ``half_digit``: half a
    unit of the printed number's last digit; ``margin``: the ends within which ours agree.  ``p``:
    of the test named by the kind.  ``seeds_to_differ``, ``seeds_to_agree``: with how many seeds of
    the present mean and spread the verdict would be that; None where no number would.
    """

    p: float | None = None
    mean: float | None = None
    low: float | None = None
    high: float | None = None
    spread: float | None = None
    half_digit: float | None = None
    margin: tuple[float, float] | None = None
    seeds_to_differ: int | None = None
    seeds_to_agree: int | None = None

    def estimates(self) -> dict[str, Any]:
        """Return these by name, without what a class that has them adds."""
        return {one.name: getattr(self, one.name) for one in fields(Estimates)}


@dataclass(frozen=True, eq=False)
class JudgedClaim(Estimates):
    """A printed number and what came of it.

    ``p_family``: p after Holm over the family, None if alone; ``why``: the verdict in a sentence.
    """

    number: PrintedNumber
    verdict: ClaimVerdict
    why: str
    measured: MeasuredValues | None = None
    p_family: float | None = None
    protocols: ProtocolShare | None = None

    @property
    def changed(self) -> bool:
        """Whether there is a verdict, and not the one on record; out of reach is none."""
        recorded = self.number.recorded
        return recorded is not None and self.verdict not in (recorded, "out of reach")

    @property
    def seeds_needed(self) -> int | None:
        """The fewest seeds that would decide an undecided number, either way."""
        both = [n for n in (self.seeds_to_differ, self.seeds_to_agree) if n is not None]
        return min(both, default=None) if self.verdict == "undecided" else None


@dataclass(frozen=True, eq=False)
class JudgedPaper:
    """A paper's numbers, judged together.

    ``paper``: what was judged, whole: Holm's families are those of the file, whichever claims are
    asked for; ``claims``: those asked for, in the file's order; ``runs``: those that values come
    from; ``unused``: in words, runs of the same config that were not used and why; ``shipped``:
    whether values are those that come with the package; ``package``: version of nnuniverse;
    ``command``: that judges the same again.
    """

    paper: PrintedPaper
    claims: tuple[JudgedClaim, ...]
    runs: tuple[UsedRun, ...]
    unused: tuple[str, ...]
    shipped: bool
    package: str
    command: str

    def of_figure(self, figure: int | None) -> tuple[JudgedClaim, ...]:
        """Return the claims of a figure, or those of none."""
        return tuple(claim for claim in self.claims if claim.number.figure == figure)

    @property
    def changed(self) -> tuple[JudgedClaim, ...]:
        """The claims whose verdict is not the one on record."""
        return tuple(claim for claim in self.claims if claim.changed)
