"""What a move of neurons changes in both losses and in F, by moves made at the nets of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.errors import RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.nets_of_run import NetsOfRun
from nnuniverse.experiments.reopen import Tell, reopen_run, tell_nobody
from nnuniverse.networks.active_masks import ActiveMask, active_neurons, not_isolated
from nnuniverse.networks.propagation import Parameters, Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Samples
from nnuniverse.physics.grand_canonical.energies import (
    boundary_energy,
    bulk_energy,
    canonical_energy,
)
from nnuniverse.physics.grand_canonical.linearised_bulk import linearised_bulk_energy
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.runs import open_results
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training import Program, Turnover

ENERGIES = ("boundary", "bulk", "linearised", "free_energy", "neurons")
"""What is told before and after a move: both losses, the bulk loss also linearised, F of the
active neurons, and their number."""

KEY = 0
"""Of the random numbers that moves draw."""


@dataclass(frozen=True)
class MovedLosses:
    """Energies before and after a move of every layer at the nets of a run.

    ``seeds``: of the replicas; ``epochs``: of the nets; ``before``, ``after``: by the names of
    `ENERGIES`, (replica, epoch) each, NaN where a replica had diverged, or no neuron moved.
    """

    seeds: np.ndarray
    epochs: np.ndarray
    before: Mapping[str, np.ndarray]
    after: Mapping[str, np.ndarray]

    def changes(self, name: str) -> np.ndarray:
        """Return by how much a move changes an energy, or the logarithm of a loss.

        ``name``: of the energy or loss.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            if name in ("free_energy", "neurons"):
                return self.after[name] - self.before[name]
            return np.asarray(np.log(self.after[name] / self.before[name]))

    @property
    def neuron_free_energy(self) -> np.ndarray:
        """``sum dF dN / sum dN^2`` over the moves, which (3.7) calls mu, (replica,)."""
        of_free_energy, of_neurons = self.changes("free_energy"), self.changes("neurons")
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                np.nansum(of_free_energy * of_neurons, axis=1) / np.nansum(of_neurons**2, axis=1)
            )

    @property
    def free_energy_left(self) -> np.ndarray:
        """Standard deviation of dF - mu dN over the moves, (replica,)."""
        of_neurons = self.changes("neurons")
        left = self.changes("free_energy") - self.neuron_free_energy[:, None] * of_neurons
        return np.asarray(np.nanstd(left, axis=1))


@pinned
def losses_at_moves(
    path: str | Path,
    beta: float = 1.0,
    since: int = 10,
    samples: int = 1000,
    tell: Tell = tell_nobody,
) -> MovedLosses:
    """Return what a move changes at every net, from epoch ``since`` on, of the run in ``path``.

    A run records of its moves only how they change the energy that decides.  Here the same move is
    made again at the nets that the run kept after each epoch, with the run's energy, probe size, T
    and mu, and other random numbers; all energies are means over the same ``samples``, the first of
    the training samples, the bulk loss exact.  ``beta``: of F.

    Raises RunError unless neurons came and went by `optimise`, and the weights were kept:
    those of dormant neurons, which flips need, are not.

    ``tell``: takes what a person should know, as text.

    Source: 2012.05082 (3.7), Sec. 4 (C17).
    """
    run = reopen_run(Path(path), tell)
    program = assemble.build_program(run.config, run.dataset)
    turnover = program.turnover
    if turnover is None or turnover.keeps_weights:
        actual = "has a fixed number" if turnover is None else "flips them, with weights not kept"
        subject = f"the run {str(run.folder)!r}"
        raise RunError(subject, "optimise its neurons", actual, "a run with grand.moves.kind")
    with open_results(run.folder.results) as file:
        snapshots = file["snapshot"][()]
        epochs = tuple(int(epoch) for epoch in snapshots[snapshots >= since])
        nets = NetsOfRun.kept(file, run, epochs, None, tell)
        with single_threaded_blas():
            values = nets.measured(_Moves.of(program, turnover, beta, samples).at)
        seeds = file["seed"][()]
    sides = [{name: values[f"{side} {name}"] for name in ENERGIES} for side in ("before", "after")]
    return MovedLosses(seeds, nets.epochs, *sides)


class _Moves(NamedTuple):
    """Moves at nets: ``compiled`` returns energies on both sides, and whether a neuron moved."""

    compiled: Callable[..., tuple[dict[str, jax.Array], jax.Array]]

    @classmethod
    def of(cls, program: Program, turnover: Turnover, beta: float, samples: int) -> _Moves:
        first = Samples(*(array[:samples] for array in program.train))
        probe = Samples(*(array[: turnover.probe] for array in program.train))
        settings = program.settings
        energies = {
            "boundary": boundary_energy(settings, first),
            "bulk": bulk_energy(settings, first),
            "linearised": linearised_bulk_energy(settings, first),
            "free_energy": canonical_energy(settings, first, beta),
        }

        def told(side: str, parameters: Parameters, mask: ActiveMask) -> dict[str, jax.Array]:
            found = {name: energy(parameters, mask) for name, energy in energies.items()}
            found["neurons"] = active_neurons(mask).sum().astype(jnp.float64)
            return {f"{side} {name}": value for name, value in found.items()}

        def move(
            parameters: Parameters, epoch: jax.Array
        ) -> tuple[dict[str, jax.Array], jax.Array]:
            mask = not_isolated(parameters)
            key = jax.random.fold_in(jax.random.key(KEY, impl="threefry2x32"), epoch)
            conditions = turnover.conditions
            mu = conditions.chemical_potential_at(epoch)
            moved = turnover.move(
                key, parameters, mask, probe, jnp.asarray(conditions.temperature), mu
            )
            sides = told("before", parameters, mask) | told("after", moved.parameters, moved.mask)
            accepted = moved.record["birth_accepted"].sum() + moved.record["death_accepted"].sum()
            return sides, accepted > 0

        return cls(jax.jit(move))

    @in_float64
    def at(self, parameters: Trainable, epoch: int) -> dict[str, np.ndarray]:
        """Return the energies on both sides of a move, NaN if no neuron moved."""
        exact = as_float64(parameters)
        sides, moved = self.compiled(exact, jnp.int32(epoch))
        return {name: np.where(moved, value, np.nan) for name, value in sides.items()}
