"""The spectrum of one net, of a config or a run: all of it, or its ends and traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import scipy.sparse as sp

from nnuniverse.config import RunConfig, load_config
from nnuniverse.data import Dataset
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.chosen_nets import stored_net
from nnuniverse.experiments.reopen import (
    IdentifiedRun,
    Tell,
    reopen_run,
    require_no_overrides,
    tell_nobody,
)
from nnuniverse.experiments.reservoir import as_begun, without_dormant
from nnuniverse.experiments.samples import load_dataset
from nnuniverse.nets import net_of
from nnuniverse.networks.architecture import Architecture
from nnuniverse.networks.propagation import Trainable
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import Settings
from nnuniverse.precision import in_float64
from nnuniverse.runs import open_results
from nnuniverse.spectra import (
    DENSE_LIMIT,
    Extremes,
    Gram,
    TraceEstimate,
    count_zeros,
    estimate_traces,
    exact_traces,
    largest_eigenvalues,
    smallest_eigenvalues,
    trace_functions,
)
from nnuniverse.threads import single_threaded_blas
from nnuniverse.training.equilibrium import EquilibriumResidual, equilibrium_residuals


@dataclass(frozen=True)
class Spectroscopy:
    """What is known of the spectrum of G of one net.

    ``network``, ``neurons`` N, ``edges`` E; ``periods``: samples by the period that their state
    ends in, see `find_periods`; ``exact``: whether all eigenvalues were computed; ``zeros``: how
    many of them are zero up to rounding, of a large net how many of ``smallest``, and None where
    these have not converged; ``units``: how many are exactly one, by the architecture;
    ``largest`` and ``smallest``: the ends; ``traces``: by name, see `trace_functions`, those of
    logarithms over the non-zero eigenvalues, and left out of a large net that is singular;
    ``probes``: random vectors that they were estimated with, 0 if exact; ``near_zeros``: how many
    of ``smallest`` are not zero, but may be for weights that differ by no more than the rounding to
    float32, in which a run keeps them; 0 of a config.  ``equilibrium``: the derivatives of U, if
    they were asked for, one for each beta.
    """

    network: str
    neurons: int
    edges: int
    periods: dict[int, int]
    exact: bool
    zeros: int | None
    units: int
    largest: Extremes
    smallest: Extremes
    traces: dict[str, TraceEstimate]
    probes: int
    near_zeros: int = 0
    equilibrium: tuple[EquilibriumResidual, ...] = ()


@pinned
def examine(
    source: str | Path,
    overrides: Sequence[str] = (),
    betas: Sequence[float] = (0.5, 1.0, 1.4),
    largest: int = 3,
    smallest: int = 3,
    equilibrium: bool = False,
    tell: Tell = tell_nobody,
) -> Spectroscopy:
    """Return the spectrum of the net of a config, untrained, or of a run, as last stored.

    Of its first replica; the slopes are those at the mean state over the training samples, or as
    the config says.  A graph without inputs and outputs needs no data: its only state is the
    fixed point reached from x = 0.  ``equilibrium``: whether to differentiate U, which takes all
    eigenvalues.  ``tell`` hears what a person should know.  Raises
    ConfigError, DataError or RunError.

    ``source``: a config, or a run: folder, name, id or `latest`; ``overrides``:
    ``dotted.key=value`` each; ``betas``: inverse temperatures, > 0, ascending; ``largest``: how
    many of the largest eigenvalues; ``smallest``: how many of the smallest.
    """
    source = Path(source)
    config, parameters, architecture, inputs = _net(source, overrides, tell)
    for name, count in (("largest", largest), ("smallest", smallest)):
        if not 1 <= count <= min(100, architecture.neurons):
            raise ConfigError(
                f"`--{name}`",
                f"lie between 1 and {min(100, architecture.neurons)}",
                f"is {count}",
                f"--{name} 1",
            )
    for beta in betas:
        if not 0.0 < beta < np.inf:
            raise ConfigError("`--beta`", "be positive", f"is {beta}", "--beta 1")
    activation = assemble.build_activation(config)
    settings = Settings(architecture, activation, config.observe.slope)
    with single_threaded_blas():
        found = _spectroscopy(settings, parameters, inputs, betas, (largest, smallest))
    if equilibrium:
        found = replace(found, equilibrium=_equilibrium(settings, parameters, inputs, betas))
    if source.is_dir() and settings.recurrent:
        return _with_near_zeros(found, net_of(architecture).weight_matrix(parameters))
    return found


def _net(
    source: Path, overrides: Sequence[str], tell: Tell
) -> tuple[RunConfig, Trainable, Architecture, np.ndarray]:
    """Return config, weights, architecture and training inputs of a run folder or a config."""
    if source.is_dir():
        require_no_overrides(overrides)
        return _stored_net(reopen_run(source, tell))
    config = as_begun(load_config(source, overrides))
    if assemble.is_closed(config):
        inputs = np.zeros((1, 0), np.float32)
        architecture = assemble.build_architecture(config, 0, 0)
    else:
        inputs, architecture = _clamped(config, load_dataset(config))
    return config, assemble.untrained_net(config, architecture), architecture, inputs


def _stored_net(run: IdentifiedRun) -> tuple[RunConfig, Trainable, Architecture, np.ndarray]:
    """Return what `_net` does, of a run's first replica as last stored."""
    inputs, architecture = _clamped(run.config, run.dataset)
    with open_results(run.folder.results) as file:
        stored = stored_net(file, str(run.folder), architecture, 0, None)
    stored = jax.device_put(stored)
    architecture, active = without_dormant(run.config, architecture, stored)
    return run.config, active, architecture, inputs


def _clamped(config: RunConfig, dataset: Dataset) -> tuple[np.ndarray, Architecture]:
    """Return the training inputs that ``dataset`` clamps, and the net that they are clamped to."""
    inputs = np.asarray(assemble.encode_samples(config, dataset, dataset.train).inputs)
    return inputs, assemble.build_architecture(config, *assemble.boundary_sizes(config, dataset))


@in_float64
def _spectroscopy(
    settings: Settings,
    parameters: Trainable,
    inputs: np.ndarray,
    betas: Sequence[float],
    ends: tuple[int, int],
) -> Spectroscopy:
    architecture, net = settings.architecture, net_of(settings.architecture)
    parameters = jax.tree.map(lambda array: array.astype(jnp.float64), parameters)
    slopes, periods = net.settle(settings, parameters, inputs)
    if settings.has_spectrum:
        eigenvalues = np.exp(np.asarray(net.log_eigenvalues(parameters, slopes)))
        return _exact(architecture, periods, eigenvalues, betas, ends)
    slope_of = np.zeros(architecture.neurons)
    slope_of[architecture.free] = np.concatenate(slopes)
    coupling = net.weight_matrix(parameters)
    coupling.data *= np.repeat(slope_of, np.diff(coupling.indptr))
    return _estimated(architecture, periods, coupling, betas, ends)


def _equilibrium(
    settings: Settings, parameters: Trainable, inputs: np.ndarray, betas: Sequence[float]
) -> tuple[EquilibriumResidual, ...]:
    if not settings.has_spectrum:
        raise ConfigError(
            "`--equilibrium`",
            f"be of a net with at most {DENSE_LIMIT} dynamical eigenvalues",
            f"is of {settings.architecture}",
            "a smaller net",
        )
    return tuple(equilibrium_residuals(settings, parameters, jnp.asarray(inputs), betas))


def _with_near_zeros(found: Spectroscopy, weights: sp.csr_array) -> Spectroscopy:
    """Return what was ``found`` with the eigenvalues that float32 may have kept from being zero.

    Rounding the ``weights`` moves A by ``u |(|A|)|`` at most, and every singular value of I - A by
    no more.  ``|(|A|)|^2 <= |w|_1 |w|_inf``, since no activation here is steeper than one.
    """
    entries = weights.tocoo()
    norms = [
        np.bincount(ends, np.abs(entries.data)).max(initial=0.0)
        for ends in (entries.row, entries.col)
    ]
    moved = 0.5 * float(np.finfo(np.float32).eps) * np.sqrt(norms[0] * norms[1])
    near = int((found.smallest.eigenvalues <= moved**2).sum())
    zeros = min(found.zeros or 0, len(found.smallest.eigenvalues))
    return replace(found, near_zeros=max(0, near - zeros))


def _exact(
    architecture: Architecture,
    periods: dict[int, int],
    dynamical: np.ndarray,
    betas: Sequence[float],
    ends: tuple[int, int],
) -> Spectroscopy:
    """Return what follows from all eigenvalues."""
    units = architecture.unit_eigenvalues
    eigenvalues = np.sort(np.concatenate([dynamical, np.ones(units)]))
    positive = eigenvalues[eigenvalues > 0.0]
    functions = trace_functions(betas)
    logarithmic = {name for name in functions if not name.startswith("negative_laplacian")}
    traces = {
        name: exact_traces(positive if name in logarithmic else eigenvalues, {name: f})[name]
        for name, f in functions.items()
    }
    largest, smallest = eigenvalues[::-1][: ends[0]], eigenvalues[: ends[1]]
    return Spectroscopy(
        str(architecture),
        architecture.neurons,
        architecture.edges,
        periods,
        True,
        len(eigenvalues) - len(positive),
        units,
        Extremes(largest, np.zeros(len(largest)), True),
        Extremes(smallest, np.zeros(len(smallest)), True),
        traces,
        0,
    )


def _estimated(
    architecture: Architecture,
    periods: dict[int, int],
    coupling: sp.csr_array,
    betas: Sequence[float],
    ends: tuple[int, int],
) -> Spectroscopy:
    """Return the ends of the spectrum and estimates of the traces."""
    gram = Gram(coupling)
    largest = largest_eigenvalues(gram, ends[0])
    top = float(largest.eigenvalues[0])
    smallest = smallest_eigenvalues(gram, ends[1], top)
    zeros = count_zeros(gram, smallest)
    functions = trace_functions(betas, logarithms=not zeros)
    traces, probes = estimate_traces(coupling, functions) if functions else ({}, 0)
    return Spectroscopy(
        str(architecture),
        architecture.neurons,
        architecture.edges,
        periods,
        False,
        zeros,
        architecture.unit_eigenvalues,
        largest,
        smallest,
        traces,
        probes,
    )
