"""What epochs and snapshots of a run are expected to take, from counted operations alone.

A run's training grows with its weights, the spectrum of a snapshot with the cube of its dynamical
eigenvalues: of a net ten times as wide, one snapshot may take longer than ten epochs.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import jax
import numpy as np

from nnuniverse.config import RunConfig
from nnuniverse.config.observe import LogSnapshots
from nnuniverse.config.training import BulkLoss
from nnuniverse.counted import counted
from nnuniverse.experiments.assemble import snapshot_epochs
from nnuniverse.training import Program, log_snapshots

MOST_OF_A_RUN = 0.1
"""Share of its time that the snapshots of a run may take unmentioned."""

WORTH_SAYING = 30.0
"""Seconds of snapshots below which nobody would change a run; compiling it may take as long."""

# Fitted by eye to 784-{none, 60, 40-20, 200-100, 1000-500}-10 and the other configs that come with
# the package on two x86-64 processors with AVX-512: within a factor of two of what each took, and
# of six on the bulk loss.  Only ratios decide, which differ less between machines than times do.
OPERATION = 1 / 1.6e11
"""Seconds per operation of training, in float32."""
STEP = 5e-5
"""Seconds per step of training besides its products."""
SINGULAR_VALUE = 2e-10
"""Seconds of the singular values of a matrix, over the cube of its size: LAPACK on one thread."""
VECTORS = 8.0
"""The same with singular vectors, or with a gradient, over that without."""
BULK_TRAINING = 6.0
"""An epoch on the bulk loss over one on the boundary loss."""
BULK_MINIMUM = 25.0
"""The bulk loss of all samples over their states."""
RESTARTED_MINIMUM = 9 * BULK_MINIMUM

MEASURED_OF = {
    "log_eigenvalues": (
        "log_eigenvalues",
        "mu2",
        "mu3",
        "mu2_per_eigenvalue",
        "mu3_per_eigenvalue",
        "complexity",
        "singular_eigenvalues",
    ),
    "log_eigenvalues_without_output": (
        "mu2_without_output",
        "mu3_without_output",
        "mu2_per_eigenvalue_without_output",
        "mu3_per_eigenvalue_without_output",
    ),
    "mean_state_squares": ("mean_state_squares", "mean_state_rest"),
    "bulk_minimum": ("bulk_loss", "bulk_unconverged", "bulk_iterations", "bulk_gradient_norm"),
    "restarts": ("bulk_loss_restarted", "bulk_restarts_lower"),
}
"""Which observables take the parts of a `Measurement` that cost most, computed once for them."""


@dataclass(frozen=True)
class Forecast:
    """A run's numbers of ``epochs`` and ``snapshots``, and the seconds that one takes a replica."""

    epochs: int
    snapshots: int
    epoch_seconds: float
    snapshot_seconds: float

    @property
    def share(self) -> float:
        """Share of the run that its snapshots take, compiling left out."""
        measuring = self.snapshots * self.snapshot_seconds
        return measuring / (measuring + self.epochs * self.epoch_seconds)

    @property
    def affordable(self) -> int:
        """How many snapshots take no more than `MOST_OF_A_RUN`."""
        training = self.epochs * self.epoch_seconds
        return int(MOST_OF_A_RUN / (1 - MOST_OF_A_RUN) * training / self.snapshot_seconds)


def snapshot_warning(config: RunConfig, program: Program) -> str | None:
    """Return what to say of the snapshots of ``config`` if they take much of the run, or None.

    Of a CPU: on an accelerator the ratio depends on how many replicas are batched.

    ``program``: the compiled program of the run.
    """
    if jax.default_backend() != "cpu":
        return None
    expected = forecast(config, program)
    seconds = expected.snapshots * expected.snapshot_seconds * config.replicas
    return None if seconds <= WORTH_SAYING else fewer_snapshots_warning(config, expected)


def fewer_snapshots_warning(config: RunConfig, expected: Forecast) -> str | None:
    """Return what to say of a run's snapshots if more than `MOST_OF_A_RUN` is ``expected`` of them.

    None if less is.

    ``config``: that of the run, whole.
    """
    if expected.share <= MOST_OF_A_RUN:
        return None
    of_each = " of each replica" if config.replicas > 1 else ""
    return (
        f"snapshots may take {expected.share:.0%} of this run: "
        f"{expected.snapshots:,} of about {expected.snapshot_seconds:.2g} s{of_each}, "
        f"{counted(expected.epochs, 'epoch')} of about {expected.epoch_seconds:.2g} s. "
        f"Try {_fewer_snapshots(config, expected.affordable)}."
    )


def forecast(config: RunConfig, program: Program) -> Forecast:
    """Return what a run of ``config``, whose ``program`` is given, is expected to take."""
    return Forecast(
        config.train.epochs,
        len(snapshot_epochs(config)),
        _epoch_seconds(config, program),
        _snapshot_seconds(program),
    )


def _epoch_seconds(config: RunConfig, program: Program) -> float:
    steps = -(-len(program.train.labels) // program.batch)
    seconds = STEP * steps + _product_seconds(program)
    if isinstance(config.loss, BulkLoss):
        seconds *= BULK_TRAINING
    if config.loss.terms:
        seconds += steps * VECTORS * _singular_value_seconds(program)
    return seconds


def _snapshot_seconds(program: Program) -> float:
    """Return the seconds of all samples' states, in float64, and of what is computed of them."""
    train, test = len(program.train.labels), len(program.test.labels)
    # Forwards is a third to a half of an epoch's products, and float64 half as quick.
    states = _product_seconds(program) * (train + test) / train
    spectrum = _singular_value_seconds(program)
    parts = {
        "log_eigenvalues": spectrum,
        "log_eigenvalues_without_output": spectrum,
        "mean_state_squares": VECTORS * spectrum,
        "bulk_minimum": BULK_MINIMUM * states,
        "restarts": RESTARTED_MINIMUM * states,
    }
    names = [observable.name for observable in program.observables]
    return states + sum(parts[part] for part in measured_parts(names))


def measured_parts(names: Collection[str]) -> set[str]:
    """Return the parts of a `Measurement`, of `MEASURED_OF`, that observables ``names`` take."""
    return {
        part for part, observables in MEASURED_OF.items() if not {*observables}.isdisjoint(names)
    }


def _product_seconds(program: Program) -> float:
    """Return the seconds of an epoch's products."""
    products = len(program.train.labels) * program.settings.architecture.training_products
    return OPERATION * 2.0 * products


def _singular_value_seconds(program: Program) -> float:
    return SINGULAR_VALUE * program.settings.architecture.dynamical_eigenvalues**3


def _fewer_snapshots(config: RunConfig, most: int) -> str:
    """Return an override with at most so many snapshots, or as few as there may be."""
    epochs = config.train.epochs
    if isinstance(config.observe.snapshots, LogSnapshots):
        fitting = (n for n in range(most, 2, -1) if len(log_snapshots(epochs, n)) <= most)
        return f"observe.snapshots.count={next(fitting, 2)}"
    return f"observe.snapshots.every={int(np.ceil(epochs / max(most - 1, 1)))}"
