"""Which structures of a run's nets survive noise, deleted neurons and other data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import jax.numpy as jnp
import numpy as np

from nnuniverse import data
from nnuniverse.config.data import NpzData
from nnuniverse.errors import ConfigError, RunError, StoppedError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.net_matrix import MatrixOfNet, NetMatrix
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.perturbations import (
    Arrays,
    exchanged_inputs,
    noise_unit,
    perturbed,
    random_of,
)
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.experiments.retraining import (
    OF_INPUTS,
    Retrained,
    Retraining,
    other_data,
    read_retrained,
)
from nnuniverse.experiments.structure import read_keep
from nnuniverse.experiments.train import SILENT, Reporter
from nnuniverse.nets import net_of
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.structure.chains import PURITY
from nnuniverse.physics.structure.kept_structures import (
    Chains,
    KeptStructures,
    chains_of,
    edges_that_count,
)
from nnuniverse.physics.structure.perturbed import (
    DATA,
    DELETE,
    NAMES,
    NOISE,
    OF_RETRAINING,
    STRUCTURES,
    Perturbation,
    Perturbed,
)
from nnuniverse.precision import in_float64
from nnuniverse.processors import NO_LIMIT
from nnuniverse.runs.derived_file import PERTURB_FILE
from nnuniverse.runs.folder import PERTURBED
from nnuniverse.training import NEVER

MatrixKind = Literal["weights", "slopes"]
"""w, or A = f'w."""

MOST_NOISE = 1e30
"""Beyond, float32 has no such weights."""

Progress = Callable[[str, int, int], None]
"""Hears what is begun, how many retrainings are done, and of how many."""


@dataclass(frozen=True)
class PerturbSettings:
    """What to do to the nets: raises ConfigError for what cannot be.

    ``noise``: standard deviations, in units of the rms of the weights that are not zero;
    ``delete``: shares of the connected hidden neurons; ``data``: shares of the inputs that exchange
    their data; ``epochs``: of retraining, None for as many as the run has, 0 for none;
    ``repeats``: of every perturbation; ``matrix``: in which chains are clean, and edges strong;
    ``purity``: of clean chains; ``keep``: which edges of a net count, "nonzero", or "edges:K" for
    the K strongest of them; ``draws``: of permutations; ``seed``: of perturbations and draws.
    """

    noise: tuple[float, ...] = ()
    delete: tuple[float, ...] = ()
    data: tuple[float, ...] = ()
    epochs: int | None = None
    repeats: int = 3
    matrix: MatrixKind = "weights"
    purity: float = PURITY
    keep: str = "nonzero"
    draws: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.perturbations:
            raise ConfigError(
                "`--noise`, `--delete` or `--data`", "be given", "is not", "--noise 0.05,0.1,0.2"
            )
        for sigma in self.noise:
            if not 0.0 <= sigma < np.inf:
                raise ConfigError("`--noise`", "be at least 0", f"is {sigma:g}", "--noise 0.1")
            if sigma > MOST_NOISE:
                must = f"be at most {MOST_NOISE:g}"
                raise ConfigError("`--noise`", must, f"is {sigma:g}", "--noise 0.1")
        for option, shares in (("delete", self.delete), ("data", self.data)):
            for share in shares:
                if not 0.0 <= share <= 1.0:
                    must = "be a share, from 0 to 1"
                    raise ConfigError(f"`--{option}`", must, f"is {share:g}", f"--{option} 0.1")
        require_one_of("matrix", self.matrix, get_args(MatrixKind), "weights or slopes")
        if not 0.0 < self.purity <= 1.0:
            must, actual = "lie above 0 and be at most 1", f"is {self.purity:g}"
            raise ConfigError("`--purity`", must, actual, f"--purity {PURITY}")
        if read_keep(self.keep).kind == "loss":
            must, actual = "be nonzero or edges:K", f"is {self.keep}"
            raise ConfigError("`--keep`", must, actual, "--keep edges:60")
        require_at_least("epochs", self.epochs, 0, 1000)
        require_at_least("repeats", self.repeats, 1, 3)
        require_at_least("draws", self.draws, 1, 200)
        require_at_least("seed", self.seed, 0, 0)

    @property
    def strongest(self) -> int | None:
        """How many edges count, None for all that are not zero."""
        keep = read_keep(self.keep)
        return int(keep.amount) if keep.kind == "edges" else None

    @property
    def perturbations(self) -> tuple[Perturbation, ...]:
        """Every perturbation once, those of a kind by their strength."""
        strengths = {NOISE: self.noise, DELETE: self.delete, DATA: self.data}
        return tuple(
            Perturbation(kind, strength)
            for kind, of_kind in strengths.items()
            for strength in sorted(set(map(float, of_kind)))
        )


@pinned
def perturb_run(
    path: str | Path,
    settings: PerturbSettings,
    tell: Tell = tell_nobody,
    progress: Progress = lambda what, done, of: None,
    reporter: Reporter = SILENT,
    stop: Callable[[], bool] = lambda: False,
    threads: int = NO_LIMIT,
    *,
    train: bool = True,
) -> FoundOfRun[Perturbed]:
    """Return which structures of the nets of the run in the folder ``path`` survive perturbations.

    Every net is perturbed, trained again with the run's own config and compared with itself before,
    after its last epoch.  Retrainings are runs below ``path``: one that has ended is not trained
    again, one that was stopped goes on.  ``tell`` hears what a person should know, ``progress`` and
    ``reporter`` how it goes; ``stop`` is asked after every segment; ``threads``: the most to use;
    ``train``: False reads what was trained again before, and raises RunError where it was not.
    Raises StoppedError if asked to stop, ConfigError, DataError or RunError.

    ``settings``: what `nnu perturb` was asked for.
    """
    run = reopen_run(Path(path), tell)
    nets = _Nets.of(run, settings)
    epochs = run.config.train.epochs if settings.epochs is None else settings.epochs
    training = Retraining(run, epochs, reporter, stop, threads, train)
    perturbations, repeats = settings.perturbations, settings.repeats
    values = _nothing_yet(len(nets.seeds), len(perturbations), repeats)
    total = len(perturbations) * repeats
    for done, (at, repeat) in enumerate(np.ndindex(len(perturbations), repeats)):
        if stop():
            raise StoppedError(f"interrupted after {done} of {total} retrainings, which are kept.")
        progress(f"{perturbations[at]}, repeat {repeat}", done, total)
        after = _retrained(nets, training, perturbations[at], repeat)
        for replica in range(len(nets.seeds)):
            for name, value in nets.compare(replica, at, repeat, after).items():
                values[name][replica, at, repeat] = value
    found = Perturbed(nets.seeds, perturbations, {**values, **nets.facts})
    attributes = _attributes(run, nets, settings, epochs)
    return FoundOfRun(PERTURB_FILE, run.folder, found, attributes)


def _attributes(
    run: IdentifiedRun, nets: _Nets, settings: PerturbSettings, epochs: int
) -> dict[str, object]:
    name = run.folder.name
    return {
        "title": f"nnuniverse perturbation of {name}",
        "run": name,
        "run_hash": run.run_hash,
        "network": str(nets.matrices.architecture),
        "epochs": epochs,
        "matrix": settings.matrix,
        "purity": settings.purity,
        "keep": settings.keep,
        "draws": settings.draws,
        "perturbation_seed": settings.seed,
    }


def _retrained(
    nets: _Nets, training: Retraining, perturbation: Perturbation, repeat: int
) -> Retrained:
    """Return the nets after a ``perturbation`` and training; without epochs after the former."""
    seed, architecture = nets.settings.seed, nets.matrices.architecture
    begun = [
        perturbed(
            net, architecture, perturbation, random_of(perturbation, repeat, seed, int(of_net))
        )
        for net, of_net in zip(nets.arrays, nets.seeds, strict=True)
    ]
    if training.epochs == 0:
        arrays = {name: np.stack([net[name] for net in begun]) for name in begun[0]}
        nothing = np.full(len(begun), np.nan)
        return Retrained(arrays, np.full(len(begun), -1), nothing)
    name = f"{perturbation.kind}-{perturbation.strength:g}-{repeat}"
    source = None
    if perturbation.kind == DATA:
        source = _exchanged(training.run, name, perturbation, random_of(perturbation, repeat, seed))
    return training.train(name, repeat, begun, source)


def _exchanged(
    run: IdentifiedRun, name: str, perturbation: Perturbation, random: np.random.Generator
) -> NpzData:
    """Return data of which a share of the inputs have been exchanged, the targets in place."""
    dataset = run.dataset
    taken = exchanged_inputs(dataset.train.inputs.shape[1], perturbation.strength, random)
    splits = []
    for split in (dataset.train, dataset.test):
        samples = assemble.encode_samples(run.config, dataset, split)
        of_inputs = run.config.data.targets in OF_INPUTS
        labels = np.asarray(samples.targets) if of_inputs else split.labels
        splits.append(data.Split(np.asarray(samples.inputs)[:, taken], labels))
    return other_data(run.folder.path / PERTURBED / name, run, *splits)


# --- the nets and their structures ---------------------------------------------------------------


@dataclass(frozen=True)
class _Nets:
    """The nets of a run, by replica: ``arrays`` and ``structures`` after its last epoch."""

    seeds: np.ndarray
    arrays: list[Arrays]
    matrices: MatrixOfNet
    settings: PerturbSettings
    loss: np.ndarray

    @classmethod
    def of(cls, run: IdentifiedRun, settings: PerturbSettings) -> _Nets:
        """Return them; raises RunError if one has diverged, ConfigError if they cannot be."""
        if run.config.grand is not None:
            raise ConfigError(
                "RUN", "have a fixed number of neurons", "has `grand`", "a run with grand=null"
            )
        if settings.data and run.dataset.train.inputs.shape[1] < 2:
            raise ConfigError("`--data`", "be of two inputs", "there is one", "--noise 0.1")
        last = read_retrained(run.folder)
        _require_finite(run, last)
        built = assemble.build_settings(run.config, run.dataset)
        samples = assemble.encode_samples(run.config, run.dataset, run.dataset.train)
        matrices = MatrixOfNet.build(run.config, built, samples.inputs)
        names = [array.name for array in built.architecture.weight_arrays]
        arrays: list[Arrays] = [
            {name: last.arrays[name][replica] for name in names}
            for replica in range(len(last.diverged))
        ]
        nets = cls(np.array(run.config.seeds), arrays, matrices, settings, last.loss)
        nets._require_structures(run)
        return nets

    def _require_structures(self, run: IdentifiedRun) -> None:
        for replica, edges in enumerate(int(one.counts[0]) for one in self.structures):
            if not edges:
                actual = f"replica {replica} has none"
                raise RunError(f"the run {str(run.folder)!r}", "have edges", actual, "a smaller l1")
            if edges < (self.settings.strongest or 0):
                must = f"be at most the {edges} weights of replica {replica} that are not zero"
                actual = f"is {self.settings.keep}"
                raise ConfigError("`--keep`", must, actual, f"--keep edges:{edges}")

    @cached_property
    def structures(self) -> list[KeptStructures]:
        """Those of every replica."""
        return [
            KeptStructures.of(matrix, kept, self._chains(net, matrix, kept), net.layer)
            for net, matrix, kept in map(self._kept, self.arrays)
        ]

    @property
    def facts(self) -> dict[str, np.ndarray]:
        """What is known of the nets before they are perturbed, by the names of `Perturbed`."""
        return {
            "instances": np.array([one.counts for one in self.structures], float),
            "loss_before": self.loss,
            "noise_unit": np.array([noise_unit(net) for net in self.arrays]),
            "strength": np.array([one.strength for one in self.settings.perturbations]),
        }

    def compare(
        self, replica: int, perturbation: int, repeat: int, after: Retrained
    ) -> dict[str, np.ndarray]:
        """Return what is left of the structures of a replica ``after`` retraining.

        Of a net that has diverged, nothing but when it has.
        """
        arrays = {name: array[replica] for name, array in after.arrays.items()}
        if after.diverged[replica] >= 0:
            return {"retraining_diverged": after.diverged[replica]}
        chosen = self.settings.perturbations[perturbation]
        random = random_of(chosen, repeat, self.settings.seed + 1, int(self.seeds[replica]))
        net, matrix, kept = self._kept(arrays)
        chains = self._chains(net, matrix, kept)
        left = self.structures[replica].left_in(kept, chains, self.settings.draws, random)
        return {**left, "loss_after": after.loss[replica]}

    @in_float64
    def _kept(self, arrays: Arrays) -> tuple[NetMatrix, np.ndarray, np.ndarray]:
        """Return the net of ``arrays``, the matrix that was asked for, and which edges count."""
        architecture = self.matrices.architecture
        named = [jnp.asarray(arrays[array.name]) for array in architecture.weight_arrays]
        net = self.matrices(net_of(architecture).parameters(named))
        matrix = net.weights if self.settings.matrix == "weights" else net.couplings
        return net, matrix, edges_that_count(matrix, net.weights != 0, self.settings.strongest)

    def _chains(self, net: NetMatrix, matrix: np.ndarray, kept: np.ndarray) -> Chains:
        return chains_of(matrix, kept, net.inputs, net.outputs, self.settings.purity)


def _nothing_yet(replicas: int, perturbations: int, repeats: int) -> dict[str, np.ndarray]:
    """Return what is to be found of every retraining, missing, by the names of `Perturbed`."""
    sizes = dict(zip(OF_RETRAINING, (replicas, perturbations, repeats), strict=True))
    sizes["structure"] = len(STRUCTURES)
    return {
        variable.name: np.full(
            [sizes[dim] for dim in variable.dims],
            NEVER if variable.dtype == "int64" else np.nan,
            variable.dtype,
        )
        for variable in NAMES.values()
        if variable.dims[:3] == OF_RETRAINING
    }


def _require_finite(run: IdentifiedRun, last: Retrained) -> None:
    """Raise RunError, which names replica and epoch, if a net of the run has diverged."""
    for replica, epoch in enumerate(last.diverged.tolist()):
        if epoch != NEVER:
            raise RunError(
                f"replica {replica} (seed {run.config.seeds[replica]}) of {str(run.folder)!r}",
                "be finite to be perturbed",
                f"diverged in epoch {epoch}",
                "a run with a smaller train.learning_rate",
            )
