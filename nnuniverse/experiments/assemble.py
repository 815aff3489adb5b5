"""The only bridge from a config to numerical objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np

from nnuniverse import data
from nnuniverse.config import RunConfig
from nnuniverse.config.data import MADE_OF_INPUTS
from nnuniverse.config.graph import (
    FullMask,
    GraphmlMask,
    GraphNetwork,
    LatticeMask,
    LayersMask,
    NpzMask,
    PermutationMask,
    RandomMask,
)
from nnuniverse.config.network import LayeredNetwork
from nnuniverse.config.observe import LogSnapshots
from nnuniverse.config.run import MAX_REPLICAS
from nnuniverse.config.training import BulkLoss, CrossEntropy, InstalledLoss
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.experiments.algorithm import (
    bath_temperature,
    build_early_stopping,
    build_rate,
    optimiser_of,
    with_silent_inputs,
)
from nnuniverse.experiments.batching import build_batching
from nnuniverse.experiments.penalising import build_penalty, makes_zeros
from nnuniverse.experiments.reservoir import (
    begun_with,
    build_turnover,
    hidden_neurons,
    require_fixed_neurons,
)
from nnuniverse.experiments.rounding import Rounding
from nnuniverse.experiments.start import read_start
from nnuniverse.losses import LocalObjective
from nnuniverse.nets import net_of
from nnuniverse.networks.activation import Activations, find_activation
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.graph import build_graph
from nnuniverse.networks.graph_files import read_graphml, read_npz_graph
from nnuniverse.networks.graph_initialisation import require_single_weights
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.masks import (
    Mask,
    block_mask,
    full_mask,
    lattice_mask,
    layers_mask,
    permutation_mask,
    random_mask,
)
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import ALL, QUICK, Compared, Samples, Settings, select_observables
from nnuniverse.observables.active_neurons import mask_observables
from nnuniverse.observables.nonzero_weights import NONZERO_WEIGHTS
from nnuniverse.observables.weights import weight_observables
from nnuniverse.processors import NO_LIMIT
from nnuniverse.spectra import DENSE_LIMIT
from nnuniverse.training import (
    Objective,
    Program,
    Term,
    available_memory,
    batch_terms,
    boundary_objective,
    bulk_objective,
    cross_entropy_objective,
    declared_objective,
    fixed_snapshots,
    installed_loss,
    log_snapshots,
    parts_of_batch,
    plan_memory,
    replica_keys,
)


def boundary_sizes(config: RunConfig, dataset: data.Dataset) -> tuple[int, int]:
    """Return the numbers of inputs and outputs; an auto-encoder has as many of either.

    ``config``: that of the run, whole; ``dataset``: the samples of training and test.
    """
    inputs = dataset.train.inputs.shape[1]
    as_many = config.data.targets in MADE_OF_INPUTS
    return inputs, inputs if as_many else dataset.outputs


def is_closed(config: RunConfig) -> bool:
    """Return whether the net has neither inputs nor outputs, and so needs no data.

    ``config``: that of the run, whole.
    """
    network = config.network
    return isinstance(network, GraphNetwork) and network.inputs == () and network.outputs == ()


def build_architecture(config: RunConfig, inputs: int, outputs: int) -> Architecture:
    """Return the net of ``config`` for data that clamp so many ``inputs`` and ``outputs``.

    Raises ConfigError if they do not fit each other, DataError for a graph file that cannot be.
    """
    network = config.network
    if isinstance(network, LayeredNetwork):
        return Layered((inputs, *hidden_neurons(config, network), outputs))
    require_fixed_neurons(config)
    require_single_weights(network.initialiser.kind)
    mask = build_mask(network)
    graph = build_graph(
        mask,
        _boundary(network.inputs, mask.inputs, np.arange(inputs)),
        _boundary(network.outputs, mask.outputs, np.arange(mask.neurons - outputs, mask.neurons)),
        network.iterations,
        network.tolerance,
    )
    for name, found, needed in (
        ("inputs", len(graph.inputs), inputs),
        ("outputs", len(graph.outputs), outputs),
    ):
        if found != needed:
            raise ConfigError(
                f"`network.{name}`",
                f"be {needed} neurons, as the data have",
                f"is {found}",
                f"network.{name}=null",
            )
    return graph


def build_mask(network: GraphNetwork) -> Mask:
    """Return which neurons of a graph are connected; raises ConfigError or DataError.

    ``network``: that section of the config.
    """
    mask = network.mask
    if isinstance(mask, FullMask | RandomMask):
        if network.neurons is None:
            raise ConfigError(
                "`network.neurons`",
                f"be given for a {mask.kind} mask",
                "is null",
                "network.neurons=900",
            )
        options = mask.model_dump(exclude={"kind"})
        draw = full_mask if isinstance(mask, FullMask) else random_mask
        return draw(network.neurons, **options)
    if isinstance(mask, NpzMask | GraphmlMask):
        read = read_npz_graph if isinstance(mask, NpzMask) else read_graphml
        with data.open_data_file(Path(mask.path), "network.mask.path") as file:
            built = read(file, mask.path)
    elif isinstance(mask, LatticeMask):
        built = lattice_mask(mask.shape, mask.periodic, mask.neighbours)
    elif isinstance(mask, PermutationMask):
        built = permutation_mask(mask.cycles, mask.weight)
    elif isinstance(mask, LayersMask):
        built = layers_mask(mask.sizes, mask.links, mask.seed)
    else:
        built = block_mask(mask.sizes, mask.connections)
    if network.neurons not in (None, built.neurons):
        raise ConfigError(
            "`network.neurons`",
            f"be the {built.neurons} of the mask",
            f"is {network.neurons}",
            "network.neurons=null",
        )
    return built


def _boundary(
    chosen: tuple[int, ...] | None, of_mask: np.ndarray | None, of_data: np.ndarray
) -> tuple[int, ...] | np.ndarray:
    """Return the boundary neurons that the config names, or else the mask, or else the data."""
    if chosen is not None:
        return chosen
    return of_data if of_mask is None else of_mask


def build_settings(config: RunConfig, dataset: data.Dataset) -> Settings:
    """Return the net of ``config`` for ``dataset`` and how it is measured.

    Raises ConfigError if the two do not fit each other.
    """
    architecture = build_architecture(config, *boundary_sizes(config, dataset))
    begun = begun_with(config, architecture)
    for n in config.observe.complexity_n:
        if n > begun.neurons:
            raise ConfigError(
                "`observe.complexity_n`",
                f"be at most the {begun.neurons} neurons of {begun}",
                f"holds {n}",
                f"observe.complexity_n=[{min(20, begun.neurons)}]",
            )
    if len(set(config.observe.complexity_n)) < len(config.observe.complexity_n):
        raise ConfigError(
            "`observe.complexity_n`",
            "name each n once",
            f"is {list(config.observe.complexity_n)}",
            f"observe.complexity_n={sorted(set(config.observe.complexity_n))}",
        )
    return Settings(
        architecture=architecture,
        activation=build_activation(config),
        slope=config.observe.slope,
        complexity_n=config.observe.complexity_n,
        local=build_local_objective(config, architecture),
        outputs=_compared(config),
        precision=config.train.precision,
        batch=config.train.batch,
    )


def _compared(config: RunConfig) -> Compared:
    """Return what the outputs are compared with; raises ConfigError if the loss is of no such."""
    if isinstance(config.loss, BulkLoss) and config.loss.outputs == "free":
        return "free"
    targets = config.data.targets
    if isinstance(config.loss, CrossEntropy):
        if targets in (*MADE_OF_INPUTS, "real"):
            raise ConfigError(
                "`data.targets`",
                "be zero_one or plus_minus with the cross-entropy, which is that of classes",
                f"is {targets}",
                "loss.kind=boundary",
            )
        return "softmax"
    if targets in ("inputs", "real"):
        return targets
    return "real" if targets == "rotated" else "classes"


def build_activation(config: RunConfig) -> Activations:
    """Return the activation of all layers, or of each; raises ConfigError for a wrong number.

    ``config``: that of the run, whole.
    """
    names, network = config.network.activation, config.network
    if not isinstance(names, tuple) or not isinstance(network, LayeredNetwork):
        return find_activation(str(names))
    layers = len(network.hidden) + 1
    if len(names) != layers:
        raise ConfigError(
            "`network.activation`",
            f"be one name, or one for each of the {layers} layers after the inputs",
            f"is {list(names)}",
            f"network.activation=[{','.join([*('tanh',) * (layers - 1), 'identity'])}]",
        )
    activations = tuple(map(find_activation, names))
    return activations[0] if len(set(names)) == 1 else activations


def build_local_objective(config: RunConfig, architecture: Architecture) -> LocalObjective:
    """Return the local objectives of the bulk loss, none if training lowers the boundary loss.

    Raises ConfigError for ones that would let states run away, or that the net does not have.

    ``config``: that of the run, whole; ``architecture``: the neurons and what connects them.
    """
    if not isinstance(config.loss, BulkLoss):
        return LocalObjective()
    mass, path = config.loss.mass, config.loss.pairs
    activation = build_activation(config)
    if isinstance(activation, tuple):
        raise ConfigError(
            "`network.activation`",
            "be the same in all layers for the bulk loss",
            f"is {list(config.network.activation)}",
            "network.activation=tanh, or loss.kind=boundary",
        )
    bounded = all(np.isfinite(activation.range))
    if not bounded and (mass > 0.0 or path is not None):
        raise ConfigError(
            "`loss.mass`" if mass > 0.0 else "`loss.pairs`",
            f"leave the loss a minimum: the states of {config.network.activation} have no end",
            f"is {mass:g}" if mass > 0.0 else "is given",
            "network.activation=tanh",
        )
    pairs = None if path is None else data.load_pairs(Path(path), architecture.neurons)
    return LocalObjective(mass, pairs)


def observables_asked_for(config: RunConfig) -> tuple[str, ...]:
    """Return the names of the observables that a ``config`` asks for, of its net or not."""
    chosen = config.observe.observables
    return {"quick": QUICK, "all": ALL}[chosen] if isinstance(chosen, str) else chosen


def build_program(
    config: RunConfig, dataset: data.Dataset, rounding: Rounding | None = None
) -> Program:
    """Return the training program of ``config`` on ``dataset``.

    ``rounding``: as a run records it; None: what is quickest today.  Raises ConfigError if config
    and data do not fit each other.
    """
    settings = build_settings(config, dataset)
    if rounding is None:
        rounding = Rounding(quickest_parts(config, settings.architecture))
    settings = replace(settings, bulk_in_rounds=rounding.bulk_in_rounds)
    samples = len(dataset.train.labels)
    if config.train.batch > samples:
        raise ConfigError(
            "`train.batch`",
            f"be at most the {samples} training samples",
            f"is {config.train.batch}",
            f"train.batch={min(100, samples)}",
        )
    observables = select_observables(observables_asked_for(config), settings)
    if config.observe.weights == "snapshots":
        observables += weight_observables(settings)
    if config.grand is not None:
        observables += mask_observables(settings)
    if makes_zeros(config) and NONZERO_WEIGHTS not in observables:
        observables.append(NONZERO_WEIGHTS)
    early_stopping = build_early_stopping(config, [observable.name for observable in observables])
    train = encode_samples(config, dataset, dataset.train)
    return Program(
        settings=settings,
        observables=observables,
        objective=with_silent_inputs(config, build_objective(config, settings)),
        initialiser=config.network.initialiser.kind,
        gain=config.network.initialiser.gain,
        optimiser=optimiser_of(config, -(-samples // config.train.batch)),
        rate=build_rate(config),
        batch=config.train.batch,
        parts=rounding.batch_parts,
        shuffle=config.train.shuffle,
        seeds=config.seeds,
        start=start_of(config, settings.architecture),
        temperature=bath_temperature(config),
        early_stopping=early_stopping,
        turnover=build_turnover(config, settings, train.inputs),
        batching=build_batching(config, samples),
        train=train,
        test=encode_samples(config, dataset, dataset.test),
    )


def start_of(config: RunConfig, architecture: Architecture) -> Callable[[], Trainable] | None:
    """Return what reads the nets of `network.start`, leading replica axis; None: nets are drawn.

    ``config``: that of the run, whole; ``architecture``: the neurons and what connects them.
    """
    path = config.network.start
    if path is None:
        return None

    begun = begun_with(config, architecture)

    def read() -> Trainable:
        arrays = read_start(path).of_seeds(config.seeds, begun)
        with jax.enable_x64(True):
            return net_of(begun).parameters(jax.device_put(arrays))

    return read


def untrained_net(config: RunConfig, architecture: Architecture, replica: int = 0) -> Trainable:
    """Return the net of a replica before its first epoch, of a `network.start` if it is given.

    ``config``: that of the run, whole; ``architecture``: the neurons and what connects them.
    """
    net, initialiser = net_of(architecture), config.network.initialiser
    if start := start_of(config, architecture):
        return jax.tree.map(lambda array: array[replica], start())
    key = replica_keys(config.seeds[replica])[0]
    with jax.enable_x64(True):  # as training draws them
        return net.as_given(net.initialise(key, initialiser.kind, initialiser.gain))


def rounding_of(program: Program) -> Rounding:
    """Return how ``program`` rounds."""
    return Rounding(program.parts, program.settings.bulk_in_rounds)


def quickest_parts(config: RunConfig, architecture: Architecture) -> int:
    """Return into how many parts a batch is divided in a new run.

    ``config``: that of the run, whole; ``architecture``: the neurons and what connects them.
    """
    return parts_of_batch(config.train.batch * architecture.training_products)


def busy_threads(config: RunConfig, dataset: data.Dataset, parts: int | None = None) -> int:
    """Return how many threads training keeps busy at the most.

    Each replica has one; a batch that is divided into ``parts`` is large enough to be shared among
    any number.  A graph, whose size is known when its mask is drawn, counts as large.

    ``config``: that of the run, whole; ``dataset``: the samples of training and test.
    """
    if not isinstance(config.network, LayeredNetwork):
        return NO_LIMIT
    if parts is None:
        architecture = build_architecture(config, *boundary_sizes(config, dataset))
        parts = quickest_parts(config, architecture)
    return config.replicas if parts == 1 else NO_LIMIT


@pinned
def plan_replicas(config: RunConfig, dataset: data.Dataset) -> int:
    """Return how many replicas of ``config`` one program on the local devices has memory for.

    At most `MAX_REPLICAS`; ``config.replicas`` does not matter.  Nothing is trained, but the
    program is compiled twice, which takes seconds: ask once per shape of net.  On an accelerator,
    where replicas are batched, fuller is quicker; on a CPU they take turns, need little each, and
    more of them in one program save no time but that of compiling.  Raises
    ConfigError, DataError, or RunError if not even one replica fits.

    ``dataset``: the samples of training and test.
    """
    program = build_program(config, dataset)
    plan, memory = plan_memory(program), available_memory(program.devices)
    fitting = plan.replicas_that_fit(memory)
    if fitting == 0:
        raise RunError(
            "a device",
            f"have memory for one replica, {plan.needed(1) / 2**30:.2f} GiB",
            f"has {memory / 2**30:.2f} GiB available, of which a part is kept free",
            "fewer samples or a smaller train.batch, or JAX_PLATFORMS=cpu",
        )
    return min(fitting * len(program.devices), MAX_REPLICAS)


def build_objective(config: RunConfig, settings: Settings) -> Objective:
    """Return what training lowers; raises ConfigError for a term that the net does not have.

    ``config``: that of the run, whole; ``settings``: the architecture, f, and how the net is
    measured.
    """
    if isinstance(config.loss, BulkLoss):
        objective = bulk_objective(settings, config.loss.tolerance)
    elif isinstance(config.loss, CrossEntropy):
        objective = cross_entropy_objective(settings)
    elif isinstance(config.loss, InstalledLoss):
        objective = declared_objective(settings, installed_loss(config.loss.name))
    else:
        objective = boundary_objective(settings)
    if penalty := build_penalty(config):
        objective = objective.with_penalty(penalty)
    if not config.loss.terms:
        return objective
    if not settings.has_spectrum:
        raise ConfigError(
            "`loss.terms`",
            f"be of a net with at most {DENSE_LIMIT} dynamical eigenvalues",
            f"is of a {settings.architecture}, which has "
            f"{settings.architecture.dynamical_eigenvalues}",
            "fewer neurons, or loss.terms=[]",
        )
    terms = [Term(**term.model_dump()) for term in config.loss.terms]
    neurons = settings.architecture.neurons
    for index, term in enumerate(terms):
        if term.observable == "complexity" and term.n > neurons:
            raise ConfigError(
                f"`loss.terms.{index}.n`",
                f"be at most the {neurons} neurons of {settings.architecture}",
                f"is {term.n}",
                f"n: {min(20, neurons)}",
            )
    return objective.with_terms(batch_terms(settings, terms))


def snapshot_epochs(config: RunConfig) -> np.ndarray:
    """Return the epochs to measure at.

    ``config``: that of the run, whole.
    """
    schedule = config.observe.snapshots
    if isinstance(schedule, LogSnapshots):
        return log_snapshots(config.train.epochs, schedule.count)
    return fixed_snapshots(config.train.epochs, schedule.every)


def stored_parameters(
    read: Callable[[str], jax.Array], architecture: Architecture, prefix: str = ""
) -> Trainable:
    """Return the net whose weights and biases, by names with a ``prefix``, ``read`` returns.

    They may have leading axes.  Raises RunError if one is not there or not of the architecture.
    """

    def checked(name: str, shape: tuple[int, ...]) -> jax.Array:
        try:
            array = read(name)
        except KeyError:
            raise _foreign_weights(name, shape, "is not there") from None
        if array.shape[-len(shape) :] != shape:
            raise _foreign_weights(name, shape, f"is {list(array.shape)}")
        return array

    arrays = [checked(f"{prefix}{array.name}", array.shape) for array in architecture.weight_arrays]
    return net_of(architecture).parameters(arrays)


def _foreign_weights(name: str, shape: tuple[int, ...], actual: str) -> RunError:
    return RunError(
        f"`{name}` of results.h5",
        f"be {list(shape)}, as the net of config.yaml has it,",
        actual,
        "the config and the files that it was trained with",
    )


def encode_samples(config: RunConfig, dataset: data.Dataset, split: data.Split) -> Samples:
    """Return a split of the samples as the boundary neurons take them.

    ``config``: that of the run, whole; ``dataset``: the samples of training and test.
    """
    precision = config.train.precision
    inputs = data.scale_inputs(
        split.inputs, config.data.input_scale, dataset.train.inputs, precision
    )
    chosen = config.data.targets
    if chosen == "inputs":
        targets = inputs
    elif chosen == "rotated":
        targets = data.rotate_inputs(inputs)
    elif dataset.classes is None or chosen == "real":
        targets = split.labels
    else:
        targets = data.encode_targets(split.labels, dataset.classes, chosen)
    with jax.enable_x64(precision == "float64"):
        # `jnp.asarray` would compile a program for every shape.
        return Samples(*jax.device_put((inputs, np.asarray(targets, precision), split.labels)))
