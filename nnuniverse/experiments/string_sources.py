"""Where weights come from that strings are looked for in: a config's net, or a run's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from nnuniverse.config import load_config
from nnuniverse.config.graph import GraphNetwork
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, NNUniverseError, RunError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.found_of_net import NetOrigin
from nnuniverse.experiments.net_matrix import MOST_NEURONS, net_matrix
from nnuniverse.experiments.reopen import IdentifiedRun, Tell, reopen_run
from nnuniverse.experiments.untrained import untrained_of_config
from nnuniverse.nets import net_of
from nnuniverse.physics.strings.closing import closed_matrix
from nnuniverse.physics.strings.movers import Response, linear
from nnuniverse.physics.strings.string_net import Fault, StringNet, closed_strings, find_fault
from nnuniverse.physics.structure.permutation_share import nearest_permutation
from nnuniverse.precision import in_float64
from nnuniverse.runs import open_results

RESPONSES: Mapping[str, Response] = {"identity": linear, "tanh": np.tanh}
"""f of a config's net, by its activation."""


@dataclass(frozen=True)
class StringSource:
    """The net from ``origin``, to look for strings in.

    ``weights``: w, or ``A = f' w`` of a run, (N, N), in float64; ``response``: f of a step,
    "linear" or a name of `RESPONSES`; ``data``: mean states of subsystems, (D, N), None where none
    were asked for.
    """

    origin: NetOrigin
    weights: sp.coo_array
    response: str
    data: np.ndarray | None = None


def source_of_config(
    path: Path, overrides: Sequence[str], replica: int, epoch: int | None, tell: Tell
) -> StringSource:
    """Return the net of a config before training; raises ConfigError unless a graph it can be.

    ``path``: where the file or the folder is; ``overrides``: ``dotted.key=value`` each;
    ``replica``: which, from 0; ``epoch``: that of the snapshot; None: the last weights; ``tell``:
    takes what a person should know, as text.
    """
    config = load_config(path, overrides)
    network = config.network
    if not isinstance(network, GraphNetwork):
        remedy = "network.kind=graph, or a run"
        raise ConfigError("`network.kind`", "be graph", f"is {network.kind}", remedy)
    if network.activation not in RESPONSES:
        must, remedy = f"be {' or '.join(RESPONSES)}", "network.activation=identity"
        raise ConfigError("`network.activation`", must, f"is {network.activation}", remedy)
    if epoch is not None:
        raise ConfigError("`--epoch`", "be of a run", "is of a config", "a RUN")
    architecture, parameters = untrained_of_config(config, replica)
    net = net_of(architecture)
    if net.bias(parameters).any():
        tell("biases are left out: strings are of deviations from the fixed point")
    origin = NetOrigin.of_config(config, architecture)
    return StringSource(origin, net.weight_matrix(parameters).tocoo(), network.activation)


def source_of_run(
    path: Path, replica: int, epoch: int | None, subsystems: int | None, tell: Tell
) -> StringSource:
    """Return the net of a run at the slopes that it takes; ``subsystems``: D of its data, or None.

    Raises ConfigError, DataError or RunError.

    ``path``: where the file or the folder is; ``replica``: which, from 0; ``epoch``: that of the
    snapshot; None: the last weights; ``tell``: takes what a person should know, as text.
    """
    run = reopen_run(path, tell)
    matrix = net_matrix(run, replica, epoch)
    architecture = assemble.build_settings(run.config, run.dataset).architecture
    data = None if subsystems is None else _mean_states(run, replica, epoch, subsystems)
    origin = NetOrigin.of_run(run, architecture)
    return StringSource(origin, sp.coo_array(matrix.couplings), "linear", data)


@in_float64
def _mean_states(
    run: IdentifiedRun, replica: int, epoch: int | None, subsystems: int
) -> np.ndarray:
    """Return the mean state of all neurons over the training samples of each subsystem, (D, N).

    Subsystems are the first D classes; of samples without classes D equal parts.
    """
    built = assemble.build_settings(run.config, run.dataset)
    samples = assemble.encode_samples(run.config, run.dataset, run.dataset.train)
    inputs, classes = np.asarray(samples.inputs), run.dataset.classes
    most, what = (len(inputs), "samples") if classes is None else (classes, "classes")
    if subsystems > most:
        actual, remedy = f"is {subsystems}", f"--subsystems {most}"
        raise ConfigError("`--subsystems`", f"be at most the {most} {what}", actual, remedy)
    if classes is None:
        parts = np.array_split(np.arange(len(inputs)), subsystems)
    else:
        parts = [np.flatnonzero(np.asarray(samples.labels) == one) for one in range(subsystems)]
    with open_results(run.folder.results) as file:
        net = stored_net(file, str(run.folder), built.architecture, replica, epoch)
    state = net_of(built.architecture).mean_state
    return np.stack(
        [state(net, np.asarray(inputs[part], np.float64), built.activation) for part in parts]
    )


def strings_of(source: StringSource, closed: bool, least: float, tell: Tell) -> StringNet:
    """Return the strings of the weights, with outputs taken for inputs if ``closed``.

    ``least``: weights smaller than this share of the largest count as none; ``tell`` hears how many
    are left out, and what share of the squares they hold.  Raises ConfigError of a config, RunError
    of a run, whose weights are no weighted permutation.

    ``source``: the net with its data.
    """
    weights = source.weights
    if closed:
        weights = _closed(source)
    sizes = np.abs(weights.data)
    there = (sizes > 0.0) & (sizes >= least * sizes.max(initial=0.0))
    if left_out := int(((sizes > 0.0) & ~there).sum()):
        share = float((sizes[~there] ** 2).sum() / (sizes**2).sum())
        count = counted(left_out, "weight")
        tell(f"{count} of {left_out + int(there.sum())} left out, {share:.1g} of all squares")
    rows, columns, entries = weights.row[there], weights.col[there], weights.data[there]
    if fault := find_fault(rows, columns, weights.shape[0]):
        raise _refusal(source, weights, fault, closed)
    if not len(rows):
        raise _error(source, "hold a cycle", "are all zero", "weights that are not")
    return closed_strings(rows, columns, entries)


def _closed(source: StringSource) -> sp.coo_array:
    ends = source.origin.architecture
    inputs, outputs = ends.inputs, ends.outputs
    if not len(inputs) or len(inputs) != len(outputs):
        raise ConfigError(
            "`--closed`",
            "be of a net with as many outputs as inputs",
            f"is of one with {counted(len(inputs), 'input')} and {counted(len(outputs), 'output')}",
            "it without, or an auto-encoder",
        )
    return closed_matrix(source.weights, inputs, outputs)


def _refusal(
    source: StringSource, weights: sp.coo_array, fault: Fault, closed: bool
) -> NNUniverseError:
    """Return why weights are no weighted permutation: Q, and where."""
    number = f"{fault.entries} weights" if fault.entries else "no weight"
    beside = "" if fault.entries else " but one on the other side"
    actual = f"neuron {fault.neuron} has {number} {fault.way} it{beside}"
    if weights.shape[0] <= MOST_NEURONS:
        actual = f"hold {_share(weights)} of their squares on one, and {actual}"
    folder, ends = source.origin.folder, source.origin.architecture
    remedy = "a permutation mask" if folder is None else f"`nnu structure {folder}`"
    if not closed and 0 < len(ends.inputs) == len(ends.outputs):
        remedy = "--closed, which joins outputs to inputs"
    return _error(source, "be a weighted permutation", actual, remedy)


def _share(weights: sp.coo_array) -> str:
    share = nearest_permutation(weights.toarray()).share
    if share == 1.0:
        return "all"
    return f"{share:.3f}" if share < 0.9995 else f"1 - {1.0 - share:.1g}"


def _error(source: StringSource, must: str, actual: str, remedy: str) -> NNUniverseError:
    kind = ConfigError if source.origin.folder is None else RunError
    return kind(f"the weights of {source.origin.name}", must, actual, remedy)
