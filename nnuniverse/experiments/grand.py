"""The grand canonical ensemble of the masks of a run's net, at fixed weights: `nnu grand`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import logsumexp

from nnuniverse import __version__
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chains_on_their_way import ChainsOnTheirWay
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.found_of_run import FoundOfRun
from nnuniverse.experiments.mask_chains import MaskedNet, Progress, Walk
from nnuniverse.experiments.option_values import require_at_least, require_one_of
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run, tell_nobody
from nnuniverse.networks.activation import Activations, of_layers
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Parameters
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Samples, Settings
from nnuniverse.physics.grand_canonical.energies import ENERGIES, EnergyKind
from nnuniverse.physics.grand_canonical.enumeration import MOST_SITES
from nnuniverse.physics.grand_canonical.integration import EMPTY
from nnuniverse.physics.grand_canonical.mask_ensemble import (
    FewNeurons,
    MaskEnsemble,
    mask_ensemble,
)
from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants
from nnuniverse.physics.grand_canonical.proposals import PROPOSALS, Proposal
from nnuniverse.runs import open_results
from nnuniverse.runs.derived_file import GRAND_FILE
from nnuniverse.runs.unfinished import GRAND_CHAINS, Unfinished, hash_of

BETA = 1.4
"""1/T of the free energy, unless another T is asked for: as in 2004.09280 Sec. 10."""

POINTS = 25
SAMPLES = 300
LEAST_POINTS = 5
"""Of mu; with fewer, Simpson's rule says nothing of its error."""


class Range(NamedTuple):
    """Equidistant mu from ``first`` to ``last``."""

    first: float
    last: float
    points: int


@dataclass(frozen=True)
class GrandSettings:
    """What to sample: raises ConfigError for what cannot be.

    ``energy``: of a mask; ``temperature``: T in its units, None for 1/1.4 of the free energy, else
    the standard deviation of what deaths change; ``mu``: None for where N rises from 0 to R;
    ``sweeps``: at each mu and direction; ``chains``: per direction; ``samples``: of training, that
    E is the mean over, None for 300 or all of fewer; ``epoch``, ``replica``: which weights;
    ``seed``: of the chains; ``proposal``: how they step; ``exact``: whether all masks are
    enumerated too.
    """

    energy: EnergyKind = "free_energy"
    temperature: float | None = None
    mu: Range | None = None
    sweeps: int = 40
    chains: int = 8
    samples: int | None = None
    epoch: int | None = None
    replica: int = 0
    seed: int = 0
    proposal: Proposal = "uniform"
    exact: bool = False

    def __post_init__(self) -> None:
        require_one_of("energy", self.energy, ENERGIES)
        require_one_of("proposal", self.proposal, PROPOSALS)
        require_at_least("sweeps", self.sweeps, 8, 40)
        require_at_least("chains", self.chains, 3, 8)
        require_at_least("samples", self.samples, 1, SAMPLES)
        require_at_least("seed", self.seed, 0, 0)
        if self.temperature is not None and not 0.0 < self.temperature < np.inf:
            actual = f"is {self.temperature:g}"
            raise ConfigError("`--temperature`", "be a positive number", actual, "--temperature 1")
        if self.mu is not None:
            _require_range(self.mu)

    @property
    def known_temperature(self) -> float | None:
        """T, None where it is told by the net."""
        if self.temperature is None and self.energy == "free_energy":
            return 1.0 / BETA
        return self.temperature


def _require_range(mu: Range) -> None:
    if mu.points < LEAST_POINTS:
        must = f"have at least {LEAST_POINTS} points, which are integrated over"
        remedy = f"--mu {mu.first:g}:{mu.last:g}:{POINTS}"
        raise ConfigError("`--mu`", must, f"has {mu.points}", remedy)
    if not (np.isfinite(mu.first) and np.isfinite(mu.last) and mu.first < mu.last):
        actual = f"goes from {mu.first:g} to {mu.last:g}"
        raise ConfigError("`--mu`", "rise from a number to a larger one", actual, "--mu -1:1:25")


@dataclass(frozen=True)
class GrandRun(FoundOfRun[MaskEnsemble]):
    """What was found of a run; ``kept``: its chains, until the file is there."""

    kept: ChainsOnTheirWay

    def write(self, constants: PlanckConstants | None = None) -> Path:
        """Put ``grand.h5`` into the run folder, in place of an older one, and return its path.

        ``constants``: Planck's, stored beside.  Raises RunError if it cannot be written.
        """
        axes, variables = list(self.found.axes), list(self.found.variables)
        attributes = dict(self.attributes)
        if constants is not None:
            axes += constants.axes
            variables += constants.variables
            attributes |= constants.attributes
        path = self.file.write(self.folder, axes, variables, attributes)
        self.kept.end()
        return path


def _attributes(
    name: str, network: str, settings: GrandSettings, ensemble: MaskEnsemble
) -> dict[str, object]:
    epoch = {} if settings.epoch is None else {"epoch": settings.epoch}
    asked = ("energy", "sweeps", "chains", "samples", "replica", "seed", "proposal")
    return {
        "title": f"nnuniverse grand canonical ensemble of {name}",
        "run": name,
        "network": network,
        **{option: getattr(settings, option) for option in asked},
        **epoch,
        "energy_units": _units(settings.energy),
        **ensemble.attributes,
    }


def _units(energy: EnergyKind) -> str:
    if energy == "free_energy":
        return "of the loss: F = -T log Z of the states"
    return f"mean {energy} loss per sample"


@pinned
def sample_masks(
    path: str | Path,
    settings: GrandSettings = GrandSettings(),
    tell: Tell = tell_nobody,
    progress: Progress = lambda what, done, of: None,
    stop: Callable[[], bool] = lambda: False,
    *,
    keep: bool = False,
) -> GrandRun:
    """Return the ensemble ``exp(-(E - mu N)/T)`` of the masks of a run's net, at fixed weights.

    ``stop``: asked between two mu, StoppedError if it says so.  ``tell`` hears what a person should
    know.  Nothing is written, but if chains are to be ``keep``: then those of mu that are done stay
    in the run folder until `GrandRun.write`, and the same question goes on from there, bit for bit
    as if it had not been stopped.  Raises ConfigError, DataError or RunError.

    ``path``: where the file or the folder is; ``settings``: what `nnu grand` was asked for;
    ``progress``: called with what is done, and of how much.

    Source: 2012.05082 (4.1), (4.5).
    """
    run = reopen_run(Path(path), tell)
    net = _masked_net(run, settings)
    if settings.exact and len(net.neurons) > MOST_SITES:
        raise ConfigError(
            "`--exact`",
            f"be of at most {MOST_SITES} hidden neurons, of which all masks are enumerated",
            f"the net has {len(net.neurons)}",
            f"it without, or network.hidden=[{MOST_SITES - 4}]",
        )
    few, temperature = _few_neurons(net, settings, tell)
    mu = _chemical_potentials(settings, few, temperature, tell)
    exact = (
        net.enumerated(temperature, progress).curves(temperature, mu) if settings.exact else None
    )
    walk = Walk(settings.proposal, settings.chains, settings.sweeps, settings.seed)
    chosen = replace(settings, samples=len(net.probe.inputs))
    asked = _question(net, chosen, temperature, mu)
    file = Unfinished(run.folder.path / GRAND_CHAINS, asked) if keep else None
    kept = ChainsOnTheirWay(file, tell)
    sampled = walk.over(net, temperature, mu, progress, stop, kept, tell)
    ensemble = mask_ensemble(sampled, few, temperature, mu, net.neurons, exact)
    network = str(net.settings.architecture)
    attributes = _attributes(run.folder.name, network, chosen, ensemble)
    return GrandRun(GRAND_FILE, run.folder, ensemble, attributes, kept)


def _question(net: MaskedNet, settings: GrandSettings, temperature: float, mu: np.ndarray) -> str:
    """Return the hash of all that chains depend on."""
    arrays = (*jax.tree.leaves(net.parameters), *net.probe, net.neurons, mu)
    return hash_of(
        __version__,
        repr((settings, temperature)),
        str(net.settings.local),
        *(np.asarray(array).tobytes() for array in arrays),
    )


def _few_neurons(net: MaskedNet, settings: GrandSettings, tell: Tell) -> tuple[FewNeurons, float]:
    """Return the energies of the masks at the ends, and T."""
    temperature = settings.known_temperature
    full, deaths = net.energies_at(True, temperature or 1.0)
    if temperature is None:  # of a loss, which does not depend on it
        temperature = float(deaths.std(ddof=1)) if len(deaths) > 1 else abs(float(deaths[0]))
        if not temperature > 0.0:
            must = "be given where deaths change nothing"
            raise ConfigError("`--temperature`", must, "is not", "--temperature 0.01")
        tell(f"T = {temperature:.4g}, the standard deviation of what a death changes")
    empty, births = net.energies_at(False, temperature)
    return FewNeurons(empty, full, births, deaths), temperature


def _chemical_potentials(
    asked: GrandSettings, few: FewNeurons, temperature: float, tell: Tell
) -> np.ndarray:
    """Return the mu asked for, or those between which N rises from none to all.

    At the ends <N> is 0.004, and R - 0.004, as the one-neuron changes at the empty and the full net
    have it.
    """
    if asked.mu is not None:
        return np.linspace(*asked.mu)
    dilute = np.log(EMPTY)
    births = temperature * (dilute - logsumexp(-few.births / temperature))
    deaths = temperature * (logsumexp(-few.deaths / temperature) - dilute)
    first, last = sorted((float(births), float(deaths)))
    tell(f"mu from {first:.4g} to {last:.4g}: there N is 0 and {len(few.births)} but for 0.004")
    return np.linspace(first, last, POINTS)


# --- the net of a run -----------------------------------------------------------------------------


def _masked_net(run: IdentifiedRun, asked: GrandSettings) -> MaskedNet:
    """Return the net of a run; raises ConfigError or RunError if its masks have no ensemble."""
    settings = assemble.build_settings(run.config, run.dataset)
    architecture = _require_masks(settings, asked)
    _require_energy(settings, asked)
    samples = assemble.encode_samples(run.config, run.dataset, run.dataset.train)
    count = len(samples.inputs)
    wanted = min(SAMPLES, count) if asked.samples is None else asked.samples
    if wanted > count:
        must = f"be at most the {count} training samples"
        raise ConfigError("`--samples`", must, f"is {wanted}", f"--samples {count}")
    chosen = np.arange(wanted) * count // wanted
    probe = Samples(*(array[chosen] for array in samples))
    with open_results(run.folder.results) as file:
        stored = stored_net(file, str(run.folder), architecture, asked.replica, asked.epoch)
    parameters = cast(Parameters, stored)  # of a layered net
    neurons = _connected(parameters)
    if not len(neurons):
        remedy = "another --epoch"
        raise RunError(f"the net of {run.folder}", "have hidden neurons", "has none", remedy)
    return MaskedNet(settings, parameters, probe, neurons, asked.energy)


def _require_masks(settings: Settings, asked: GrandSettings) -> Layered:
    """Return the architecture; raises ConfigError unless its hidden neurons can be dormant."""
    architecture = settings.architecture
    if not isinstance(architecture, Layered):
        raise ConfigError(
            "RUN", "be of a layered net", f"is of {architecture}", "network.kind=layered"
        )
    if architecture.depth < 3:
        remedy = "network.hidden=[40,20]"
        raise ConfigError("RUN", "have hidden neurons", f"is of a {architecture}", remedy)
    _require_odd_enough(settings.activation, architecture)
    if asked.energy != "free_energy" and settings.outputs == "free":
        remedy = "--energy free_energy"
        if asked.energy == "boundary":
            raise ConfigError("RUN", "compare outputs with targets", "leaves them free", remedy)
    return architecture


def _require_odd_enough(activation: Activations, architecture: Layered) -> None:
    hidden = of_layers(activation, architecture.depth - 1)[:-1]
    for f in hidden:
        if float(f.function(jnp.zeros(()))) != 0.0:
            raise ConfigError(
                "`network.activation`",
                "have f(0) = 0, for a dormant neuron to have the state 0",
                f"is {f.name}",
                "network.activation=tanh",
            )


def _require_energy(settings: Settings, asked: GrandSettings) -> None:
    """Raise ConfigError unless every mask has the energy asked for."""
    if asked.energy == "boundary":
        return
    local = settings.local
    if local.pairs is not None:
        remedy = "--energy boundary"
        raise ConfigError(
            "RUN", "have no `loss.pairs`, which act on dormant neurons", "has", remedy
        )
    if asked.energy == "bulk":
        if isinstance(settings.activation, tuple):
            remedy = "--energy boundary"
            raise ConfigError("RUN", "have one activation for the bulk loss", "has several", remedy)
        if local.mass > 1.0:
            actual = f"is {local.mass:g}"
            must = "be at most 1, else a dormant neuron leaves the state 0"
            raise ConfigError("`loss.mass`", must, actual, "--energy boundary")
        return
    temperature = asked.known_temperature or np.inf
    if local.mass > temperature:
        raise ConfigError(
            "`--temperature`",
            f"be at least the m = {local.mass:g} of the run, so that c + beta lambda > 0 of "
            "every mask",
            f"is {temperature:g}",
            f"--temperature {2.0 * local.mass:g}",
        )


def _connected(parameters: Parameters) -> np.ndarray:
    """Return the numbers of the hidden neurons that have a weight that is not zero."""
    alive = [
        (np.asarray(layer.weights) != 0).any(axis=1)
        | (np.asarray(layer.bias) != 0)
        | (np.asarray(above.weights) != 0).any(axis=0)
        for layer, above in pairwise(parameters)
    ]
    return np.flatnonzero(np.concatenate(alive))
