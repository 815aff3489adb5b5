"""How every net of the sweeps has learned, and the table in which that is kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from nnuniverse.runs import RunRecord

TABLE = Path("docs/data/grand-learning.csv")

DATA = {"grand": "MNIST", "grand-steps": "MNIST"} | {
    f"{name}-fashion": "Fashion-MNIST" for name in ("grand", "grand-steps")
}
"""The samples of the sweeps, by their names."""

EPOCHS = (60, 300)
"""At which nets are compared."""

LONGER = {"born_60": tuple(range(60, 601, 20))}
"""Epochs of a net that others are compared with at equal processor time."""


class Outcome(NamedTuple):
    """A net after so many epochs; its hidden neurons on average over them, and at their end."""

    data: str
    protocol: str
    seed: int
    epoch: int
    mean_neurons: float
    final_neurons: float
    boundary_loss: float
    test_error_rate: float


class Outcomes:
    """All nets, by samples, protocol and epoch."""

    def __init__(self, outcomes: Iterable[Outcome]) -> None:
        self._by_key: dict[tuple[str, str, int], dict[int, Outcome]] = {}
        for one in outcomes:
            self._by_key.setdefault((one.data, one.protocol, one.epoch), {})[one.seed] = one

    def of(self, data: str, protocol: str, epoch: int, quantity: str) -> np.ndarray:
        """Return ``quantity`` of every seed, ascending, (seeds,); none if there are no nets."""
        nets = self._by_key.get((data, protocol, epoch), {})
        return np.array([getattr(nets[seed], quantity) for seed in sorted(nets)])

    @property
    def data(self) -> list[str]:
        """The data sets."""
        return list(dict.fromkeys(data for data, _, _ in self._by_key))

    def protocols(self, data: str, epoch: int) -> list[str]:
        """Return the protocols of which there are nets."""
        return [name for d, name, e in self._by_key if (d, e) == (data, epoch)]


def gathered(sweeps: Iterable[Path]) -> Iterator[Outcome]:
    """Yield what the nets of the folders ``sweeps`` have learned."""
    from nnuniverse.runs import read_run
    from nnuniverse.sweeps import open_results

    for sweep in sweeps:
        with open_results(sweep) as results:
            runs = {
                str(protocol): sorted(
                    {str(run) for run in results["run"].sel(protocol=protocol).values if run}
                )
                for protocol in results["protocol"].values
            }
        for protocol, names in runs.items():
            for name in names:
                record = read_run(sweep / Path(name).name)
                yield from _of_run(DATA[sweep.name], protocol, record)


def _of_run(data: str, protocol: str, record: RunRecord) -> Iterator[Outcome]:
    epochs = LONGER.get(protocol, EPOCHS)
    snapshots = record["snapshot"].tolist()
    neurons = _neurons(record)
    for replica, seed in enumerate(record.config.seeds):
        for epoch in epochs:
            at = replica, snapshots.index(epoch)
            yield Outcome(
                data,
                protocol,
                seed,
                epoch,
                float(neurons[replica, :epoch].mean()),
                float(neurons[replica, epoch - 1]),
                float(record["boundary_loss"][at]),
                float(record["test_error_rate"][at]),
            )


def _neurons(record: RunRecord) -> np.ndarray:
    """Return the hidden neurons of every net after every epoch, (replica, epoch)."""
    if "active_neurons" in record:
        return record["active_neurons"].sum(axis=-1)
    sizes = record.layer_sizes
    if sizes is None:
        raise ValueError(f"{record.name} has no layers")
    return np.full((record.replicas, record.epochs), float(sum(sizes[1:-1])))


def joined(
    kept: Iterable[Outcome], found: Iterable[Outcome], protocols: Sequence[str]
) -> list[Outcome]:
    """Return what is ``kept``, and what is ``found`` in its place and beside it.

    In the order of the samples as they come, and of ``protocols``.
    """
    nets = {one[:4]: one for one in [*kept, *found]}
    data = list(dict.fromkeys(one.data for one in nets.values()))
    return sorted(
        nets.values(), key=lambda one: (data.index(one.data), protocols.index(one.protocol))
    )


def write(outcomes: Iterable[Outcome]) -> None:
    """Keep ``outcomes`` in `TABLE`."""
    with TABLE.open("w", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(Outcome._fields)
        for one in outcomes:
            numbers = (one.mean_neurons, one.final_neurons, one.boundary_loss, one.test_error_rate)
            lines.writerow([*one[:4], *(f"{number:.6g}" for number in numbers)])


def read() -> list[Outcome]:
    """Return what `TABLE` keeps."""
    with TABLE.open(newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [
        Outcome(data, protocol, int(seed), int(epoch), *map(float, numbers))
        for data, protocol, seed, epoch, *numbers in lines
    ]
