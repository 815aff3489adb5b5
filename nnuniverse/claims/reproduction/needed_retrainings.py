"""Which runs have to be perturbed and trained again before a number can be measured on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nnuniverse.claims.reproduction.analysed_scalars import TrainedAgain, known_scalar
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar, PrintedNumber
from nnuniverse.claims.reproduction.trained_runs import Found
from nnuniverse.runs import RunRecord


@dataclass(frozen=True)
class NeededRetraining:
    """The nets of a run that are to be trained again: ``replicas`` of them, for a ``scalar``."""

    run: str
    record: RunRecord
    scalar: AnalysedScalar
    how: TrainedAgain
    replicas: int

    def __str__(self) -> str:
        return f"{self.run}, {self.scalar.against}"

    def train(self, stop: Callable[[], bool]) -> None:
        """Train them; raises StoppedError if asked to ``stop``."""
        self.how.train(self.record, self.scalar, stop)


def perturbations_of(numbers: Iterable[PrintedNumber], run: str) -> int:
    """Return how often each net of an entry of `runs` is trained again for ``numbers``.

    ``run``: the name of the entry.
    """
    return len(_scalars(numbers, run))


def missing_retrainings(
    numbers: Sequence[PrintedNumber], found: Sequence[Found]
) -> list[NeededRetraining]:
    """Return what is to be done with the whole runs ``found``, each perturbation of each once.

    ``numbers``: the printed numbers.
    """
    missing: dict[tuple[Path, str | None], NeededRetraining] = {}
    for there in found:
        for scalar, how in _scalars(numbers, there.point.of):
            for record, run, seeds in there.whole_records:
                key = record.folder.path, scalar.against
                if key not in missing and not how.done(record, scalar):
                    missing[key] = NeededRetraining(str(run), record, scalar, how, len(seeds))
    return list(missing.values())


def _scalars(
    numbers: Iterable[PrintedNumber], run: str
) -> list[tuple[AnalysedScalar, TrainedAgain]]:
    """Return a scalar for every perturbation that numbers on the nets ``run`` need."""
    needed = {}
    for number in numbers:
        scalar = number.quantity
        if number.run == run and isinstance(scalar, AnalysedScalar):
            kind = known_scalar(scalar.analysis)
            if kind is not None and kind.retraining is not None:
                needed[scalar.against] = (scalar, kind.retraining)
    return list(needed.values())
