"""Where a net comes from that is seen from its boundary: a config's, or a run's; kept sparse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from nnuniverse.config import load_config
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.found_of_net import NetOrigin
from nnuniverse.experiments.reopen import Tell, reopen_run
from nnuniverse.experiments.untrained import untrained_of_config
from nnuniverse.nets import net_of
from nnuniverse.precision import as_float64, in_float64
from nnuniverse.runs import open_results
from nnuniverse.threads import single_threaded_blas


@dataclass(frozen=True)
class BoundarySource:
    """A linear net ``x = w x + b`` of N neurons, from ``origin``, or one that stands for that.

    ``weights``: w, or ``A = f' w``, (N, N), float64; ``bias``: b, (N,), 0 at inputs, with A that of
    the linear net with the same mean state.
    """

    origin: NetOrigin
    weights: sp.csr_array
    bias: np.ndarray


def source_of_config(path: Path, overrides: Sequence[str], replica: int) -> BoundarySource:
    """Return the net of a config before training.

    ``path``: where the file or the folder is; ``overrides``: ``dotted.key=value`` each;
    ``replica``: which, from 0.
    """
    config = load_config(path, overrides)
    architecture, parameters = untrained_of_config(config, replica)
    net = net_of(architecture)
    bias = np.zeros(architecture.neurons)
    bias[architecture.free] = net.bias(parameters)
    origin = NetOrigin.of_config(config, architecture)
    return BoundarySource(origin, net.weight_matrix(parameters), bias)


@in_float64
def source_of_run(
    path: Path, replica: int, epoch: int | None, of_slopes: bool, tell: Tell
) -> BoundarySource:
    """Return the net of a run; ``of_slopes``: linearised where the run takes its slopes.

    Raises ConfigError, DataError or RunError, also for a net that has diverged.

    ``path``: where the file or the folder is; ``replica``: which, from 0; ``epoch``: that of the
    snapshot; None: the last weights; ``tell``: takes what a person should know, as text.
    """
    run = reopen_run(path, tell)
    settings = assemble.build_settings(run.config, run.dataset)
    architecture = settings.architecture
    with open_results(run.folder.results) as file:
        parameters = stored_net(file, str(run.folder), architecture, replica, epoch)
    parameters = as_float64(parameters)
    net = net_of(architecture)
    weights, bias = net.weight_matrix(parameters), np.zeros(architecture.neurons)
    if of_slopes:
        samples = assemble.encode_samples(run.config, run.dataset, run.dataset.train).inputs
        inputs, slopes = np.asarray(samples, np.float64), np.ones(architecture.neurons)
        with single_threaded_blas():
            found = net.settle(settings, parameters, inputs).slopes
            slopes[architecture.free] = np.concatenate([*map(np.asarray, found)])
            mean = net.mean_state(parameters, inputs, settings.activation)
        weights = sp.csr_array(sp.diags_array(slopes) @ weights)
        bias[architecture.free] = (mean - weights @ mean)[architecture.free]
    else:
        bias[architecture.free] = net.bias(parameters)
    return BoundarySource(NetOrigin.of_run(run, architecture), weights, bias)
