"""The canonical ensemble of a config's net, of a run's, or of a net in a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.archives import Archive
from nnuniverse.config import RunConfig, load_config
from nnuniverse.data import open_data_file
from nnuniverse.errors import ConfigError, DataError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import require_replica, stored_net
from nnuniverse.experiments.option_values import require_one_of
from nnuniverse.experiments.reopen import Tell, reopen_run, tell_nobody
from nnuniverse.experiments.reservoir import as_begun, without_dormant
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import ACTIVATIONS, Activation
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Samples
from nnuniverse.precision import in_float64
from nnuniverse.runs import open_results
from nnuniverse.thermodynamics import Window
from nnuniverse.thermodynamics.canonical import (
    FORMS,
    MOST_NEURONS,
    WINDOWED,
    CanonicalState,
    GaussianState,
    SamplingSettings,
    System,
    build_system,
    check_normalisable,
    closed_form,
    expand,
    gaussian_state,
    has_settled,
    input_bias,
    integrate_states,
    integrate_windowed,
    require_dense,
    sample_with_partition,
    windowed_state,
)

Method = Literal["auto", "closed", "quadrature", "hmc"]
METHODS: tuple[Method, ...] = ("auto", "closed", "quadrature", "hmc")
MEANS = ("data", "ensemble")


@dataclass(frozen=True)
class EnsembleSettings:
    """What to compute: raises ConfigError for what cannot be.

    ``betas``: ascending; ``mass``: m; ``bulk``: clamp inputs and outputs, to training sample
    ``sample`` or to the means over all; ``replica`` and ``epoch``: which weights; ``method``: by
    which means; ``mean``: whether Gaussian forms expand about the state on the data or <x>;
    ``activation``: of a net in a file.
    """

    betas: tuple[float, ...] = (0.5, 1.0, 1.4)
    mass: float = 0.0
    bulk: bool = False
    sample: int | None = None
    replica: int = 0
    epoch: int | None = None
    method: str = "auto"
    mean: str | None = None
    activation: str | None = None
    sampling: SamplingSettings = field(default_factory=SamplingSettings)

    def __post_init__(self) -> None:
        for beta in self.betas:
            if not 0.0 < beta < np.inf:
                raise ConfigError("`--beta`", "be a positive number", f"is {beta:g}", "--beta 1")
        if not np.isfinite(self.mass):
            raise ConfigError("`--mass`", "be finite", f"is {self.mass}", "--mass 0")
        require_one_of("method", self.method, METHODS)
        require_one_of("mean", self.mean or "data", MEANS)
        require_one_of("activation", self.activation or "tanh", tuple(ACTIVATIONS))
        if self.sample is not None and not self.bulk:
            raise ConfigError(
                "`--sample`", "come with --bulk", "does not", "--bulk as well, or neither"
            )
        object.__setattr__(self, "betas", tuple(sorted(set(map(float, self.betas)))))


class HeldNet(NamedTuple):
    """A net with the training samples that its boundary is held to.

    ``weights``: w, (N, N); ``bias``: b, (N,), zero for inputs; ``parameters``: of which w and b are
    made.  A net in a file has weights and bias only, and a graph without inputs and outputs no
    samples.
    """

    weights: np.ndarray
    bias: np.ndarray
    activation: Activation
    architecture: Architecture | None = None
    parameters: Trainable = ()
    train: Samples | None = None

    @property
    def without_data(self) -> str:
        """Why no samples hold it."""
        in_file = self.architecture is None
        return "the file has none" if in_file else "this graph has no inputs and outputs"


class Comparison(NamedTuple):
    """The ensemble at one beta, and by name its Gaussian forms, and what they approximate."""

    state: CanonicalState
    forms: dict[str, GaussianState]


@dataclass(frozen=True)
class EnsembleResult:
    """What was computed: of how many free neurons, by which method, about which mean state."""

    neurons: int
    method: str
    mean: str
    comparisons: list[Comparison]

    @property
    def mixed(self) -> bool:
        """Whether all chains have mixed."""
        return all(comparison.state.mixed for comparison in self.comparisons)

    @property
    def settled(self) -> bool:
        """Whether what is integrated over all states is as accurate as it is meant to be."""
        integrated = self.method == "quadrature"
        return not integrated or all(has_settled(c.state) for c in self.comparisons)


@pinned
def measure_ensemble(
    path: Path,
    overrides: Sequence[str] = (),
    settings: EnsembleSettings = EnsembleSettings(),
    progress: Callable[[int, int], None] = lambda done, of: None,
    tell: Tell = tell_nobody,
) -> EnsembleResult:
    """Return the canonical ensemble of the net at ``path`` and its Gaussian forms, per beta.

    ``path``: a config, whose untrained net is taken, a run folder or an npz file with ``weights``
    (N, N) and ``bias`` (N,).  ``tell`` hears what a person should know.  Raises ConfigError,
    DataError or RunError.

    ``overrides``: ``dotted.key=value`` each; ``settings``: what `nnu ensemble` was asked for;
    ``progress``: called with what is done, and of how much.
    """
    net = load_net(path, overrides, settings, tell)
    system, data_state = hold_boundary(net, settings)
    check_normalisable(system, net.activation)
    method = _choose_method(settings.method, system, net.activation)
    mean = settings.mean or ("ensemble" if data_state is None else "data")
    if mean == "data" and data_state is None:
        raise ConfigError(
            "`--mean data`", "be of a net with data", net.without_data, "--mean ensemble"
        )
    if method == "closed":
        states = [closed_form(system, net.activation, beta) for beta in settings.betas]
    elif method == "quadrature":
        states = integrate_states(system, net.activation, settings.betas)
    else:
        states = sample_with_partition(
            system, net.activation, settings.betas, settings.sampling, progress
        )
    chosen = data_state if mean == "data" else None
    comparisons = compare_with_gaussian(system, net.activation, states, chosen)
    return EnsembleResult(system.neurons, method, mean, comparisons)


def compare_with_gaussian(
    system: System,
    activation: Activation,
    states: Sequence[CanonicalState],
    mean: np.ndarray | None = None,
) -> list[Comparison]:
    """Return every Gaussian form at every beta, about ``mean`` or else each ensemble's <x>.

    Of a net small enough for it also what they approximate, (5.8).

    ``system``: the free neurons, and what is clamped around them; ``activation``: f with its
    derivative and range; ``states``: the ensemble at each beta.
    """
    fixed = None if mean is None else expand(system, activation, mean)
    windowed = _windowed(system, activation, [state.beta for state in states])
    comparisons = []
    for state, exact in zip(states, windowed, strict=True):
        expansion = fixed or expand(system, activation, state.mean_state)
        forms = {
            name: gaussian_state(expansion, state.beta, system.mass, window, terms)
            for name, (window, terms) in FORMS.items()
        }
        comparisons.append(Comparison(state, {**forms, **exact}))
    return comparisons


def _windowed(
    system: System, activation: Activation, betas: Sequence[float]
) -> list[dict[str, GaussianState]]:
    """Return, for every beta, 2004.09280 (5.8) under every window; nothing of a larger net."""
    if system.neurons > MOST_NEURONS:
        return [{} for _ in betas]
    under = {name: _under(window, system, activation, betas) for name, window in WINDOWED.items()}
    return [dict(zip(under, states, strict=True)) for states in zip(*under.values(), strict=True)]


def _under(
    window: Window, system: System, activation: Activation, betas: Sequence[float]
) -> list[GaussianState]:
    """Return (5.8) under a window at every beta; of identity it is the form with all its terms."""
    if activation.name == "identity":
        about = expand(system, activation, np.zeros(system.neurons))
        return [gaussian_state(about, beta, system.mass, window, "residual") for beta in betas]
    states = integrate_windowed(system, activation, betas, window)
    return [windowed_state(state, system.neurons, window) for state in states]


@in_float64
def hold_boundary(net: HeldNet, settings: EnsembleSettings) -> tuple[System, np.ndarray | None]:
    """Return the system of a net with its boundary held, and its free neurons' state on the data.

    Whole: inputs are free and their bias ``f^{-1}`` of the mean input, 2004.09280 (2.8); the
    state on the data is the mean over the training samples.  Bulk: inputs and outputs clamped;
    the state on the data is that of the forward pass.  On a graph states are fixed points with
    the inputs clamped.  None without data, or where the forms do not expand about it.

    ``settings``: what `nnu ensemble` was asked for.
    """
    if net.train is None or net.architecture is None:
        if settings.bulk:
            raise ConfigError("`--bulk`", "be of a net with data", net.without_data, "--whole")
        return build_system(net.weights, net.bias, settings.mass), None
    inputs, targets = _boundary(net.train, settings.sample)
    clamped = np.full(len(net.bias), np.nan)
    bias, seen = net.bias, np.asarray(net.train.inputs, np.float64)
    if settings.bulk:
        clamped[net.architecture.inputs] = inputs
        clamped[net.architecture.outputs] = targets
        if not np.isnan(clamped).any():
            raise ConfigError(
                "the net of `--bulk`", "have hidden neurons", "has none", "more neurons"
            )
        seen = inputs[None]
    else:
        bias = net.bias.copy()
        bias[net.architecture.inputs] = input_bias(inputs, net.activation)
    system = build_system(net.weights, bias, settings.mass, clamped)
    if settings.mean == "ensemble":
        return system, None
    state = net_of(net.architecture).mean_state(net.parameters, seen, net.activation)
    return system, state[np.isnan(clamped)]


def load_net(
    path: Path, overrides: Sequence[str], settings: EnsembleSettings, tell: Tell = tell_nobody
) -> HeldNet:
    """Return the net at ``path``; see `measure_ensemble`.

    ``overrides``: ``dotted.key=value`` each; ``settings``: what `nnu ensemble` was asked for;
    ``tell``: takes what a person should know, as text.
    """
    is_file, is_run = path.suffix == ".npz", path.is_dir()
    if overrides and (is_file or is_run):
        raise ConfigError("KEY=VALUE", "follow a CONFIG", f"follows {str(path)!r}", "without them")
    if settings.activation and not is_file:
        raise ConfigError(
            "`--activation`",
            "be of a net in an npz file",
            "the config says it here",
            "network.activation=NAME after a CONFIG",
        )
    if settings.epoch is not None and not is_run:
        raise ConfigError("`--epoch`", "be of a RUN", f"is of {str(path)!r}", "it without --epoch")
    if is_file:
        return _net_in_file(path, ACTIVATIONS[settings.activation or "tanh"])
    if is_run:
        return _net_of_run(path, settings, tell)
    return _untrained(path, overrides, settings.replica)


def _untrained(path: Path, overrides: Sequence[str], replica: int) -> HeldNet:
    config = as_begun(load_config(path, list(overrides)))
    require_replica(replica, len(config.seeds))
    if assemble.is_closed(config):
        return _untrained_without_data(config, replica)
    program = assemble.build_program(config, load_dataset(config))
    architecture = program.settings.architecture
    require_dense(architecture.neurons)
    drawn = program.parameters(program.initial_state())
    one: Trainable = jax.tree.map(lambda array: np.asarray(array[replica]), drawn)
    given = one if config.network.start else net_of(architecture).as_given(one)
    return _as_dense(architecture, given, _only_activation(config), program.train)


@in_float64  # as training draws them
def _untrained_without_data(config: RunConfig, replica: int) -> HeldNet:
    architecture = assemble.build_architecture(config, 0, 0)
    require_dense(architecture.neurons)
    given = assemble.untrained_net(config, architecture, replica)
    return _as_dense(architecture, given, _only_activation(config))


def _only_activation(config: RunConfig) -> Activation:
    """Return the activation of all neurons; raises ConfigError where layers have their own."""
    activation = assemble.build_activation(config)
    if isinstance(activation, tuple):
        raise ConfigError(
            "`network.activation`",
            "be the same in all layers for the ensemble",
            f"is {list(config.network.activation)}",
            "a net with one activation",
        )
    return activation


def _net_of_run(path: Path, settings: EnsembleSettings, tell: Tell) -> HeldNet:
    run = reopen_run(path, tell)
    program = assemble.build_program(run.config, run.dataset)
    architecture = program.settings.architecture
    with open_results(run.folder.results) as file:
        stored = stored_net(file, str(run.folder), architecture, settings.replica, settings.epoch)
    architecture, parameters = without_dormant(run.config, architecture, stored)
    require_dense(architecture.neurons)
    return _as_dense(architecture, parameters, _only_activation(run.config), program.train)


@in_float64
def _as_dense(
    architecture: Architecture,
    parameters: Trainable,
    activation: Activation,
    train: Samples | None = None,
) -> HeldNet:
    """Return a net with its whole matrix of weights."""
    net = net_of(architecture)
    parameters = jax.tree.map(lambda array: jnp.asarray(array, jnp.float64), parameters)
    bias = np.zeros(architecture.neurons)
    bias[architecture.free] = net.bias(parameters)
    weights = net.weight_matrix(parameters).toarray()
    return HeldNet(weights, bias, activation, architecture, parameters, train)


def _net_in_file(path: Path, activation: Activation) -> HeldNet:
    if not path.exists():
        raise ConfigError(
            f"{str(path)!r}", "be a file", "does not exist", "the path of an npz file"
        )
    subject = f"{str(path)!r}, a net in a file with the arrays weights and bias,"
    with open_data_file(path, "NPZ") as stream:
        arrays = Archive(stream, subject).read(("weights", "bias"))
    for name, array in arrays.items():
        if array.dtype.kind not in "iufb":
            raise DataError(
                subject,
                f"have real numbers as {name}",
                f"has {array.dtype}",
                "numpy.savez(path, weights=w, bias=b)",
            )
    weights, bias = (arrays[name].astype(np.float64, copy=False) for name in ("weights", "bias"))
    return HeldNet(weights, bias, activation)


def _boundary(train: Samples, sample: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs and targets of one sample, or their means."""
    inputs, targets = (np.asarray(a, np.float64) for a in (train.inputs, train.targets))
    if sample is None:
        return inputs.mean(axis=0), targets.mean(axis=0)
    if not 0 <= sample < len(inputs):
        raise ConfigError(
            "`--sample`",
            f"be one of the training samples 0 .. {len(inputs) - 1}",
            f"is {sample}",
            "--sample 0",
        )
    return inputs[sample], targets[sample]


def _choose_method(asked: str, system: System, activation: Activation) -> str:
    if asked == "closed" and activation.name != "identity":
        raise ConfigError(
            "`--method closed`",
            "be of a net with identity",
            f"is of one with {activation.name}",
            "--method auto",
        )
    if asked != "auto":
        return asked
    if activation.name == "identity":
        return "closed"
    return "quadrature" if system.neurons <= MOST_NEURONS else "hmc"
