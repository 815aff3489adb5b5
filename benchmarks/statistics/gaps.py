"""How often a gap is found among spectra without one, and how often one that is there."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.analysis.gaps import find_gaps
from nnuniverse.data import load_embedded
from nnuniverse.nets import log_spectrum
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.initialisation import initialise
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Parameters
from nnuniverse.observables import Settings

SIGNIFICANCE = 0.05

RESAMPLES = 199
"""Fewer than `nnu analyze` takes, to save time; the size of the test is the same."""

Draw = Callable[[np.random.Generator, int], np.ndarray]

DENSITIES: dict[str, Draw] = {
    "half-normal": lambda random, n: -np.abs(random.normal(size=n)),
    "exponential": lambda random, n: -random.exponential(size=n),
    "gamma(1/2)": lambda random, n: -random.gamma(0.5, size=n),
    "log-normal": lambda random, n: -random.lognormal(size=n),
    "normal": lambda random, n: random.normal(-3.0, 0.6, n),
    "uniform": lambda random, n: random.uniform(-3.0, 0.0, n),
}
"""Of log lambda."""

NETS = ((784, 40, 20, 10), (784, 60, 10))
GAINS = (0.5, 1.0, 1.5, 3.0)


def _verdict(
    random: np.random.Generator,
    spectrum: np.ndarray,
    layers: Layered | None = None,
    before: np.ndarray | None = None,
) -> bool | None:
    """Return whether a gap is found, None if it cannot be told."""
    seed = int(random.integers(2**31))
    gaps = find_gaps(spectrum, RESAMPLES, seed, SIGNIFICANCE, layers, before)
    return {"gap": True, "none": False}.get(str(gaps.verdicts(SIGNIFICANCE)))


def independent(density: str, n: int, random: np.random.Generator) -> bool | None:
    """Find a gap among ``n`` independent draws."""
    return _verdict(random, DENSITIES[density](random, n))


def group(
    density: str, n: int, below: int, deviations: float, random: np.random.Generator
) -> bool | None:
    """Find the gap above the lowest ``below`` of ``n`` draws, moved down by standard deviations."""
    spectrum = np.sort(DENSITIES[density](random, n))
    spectrum[:below] -= deviations * spectrum[below:].std()
    return _verdict(random, spectrum)


def deep_with_group(below: int, deviations: float, random: np.random.Generator) -> bool | None:
    """Find the gap of an untrained deep net whose lowest eigenvalues were moved down."""
    layers = Layered(NETS[0])
    spectrum = np.sort(_spectrum(layers, "tanh", _weights(layers, 1.0, random)))
    before = spectrum.copy()
    spectrum[:below] -= deviations * spectrum[below : (spectrum < 0.0).sum()].std()
    return _verdict(random, spectrum, layers, before)


def untaught(
    sizes: tuple[int, ...],
    activation: str,
    gain: float,
    replicas: int,
    change: float,
    random: np.random.Generator,
) -> bool | None:
    """Find a gap in the spectrum of a net that learned nothing while its weights changed.

    ``w -> (1 + change)(w + change w')`` with w' drawn as w was; ``replicas``: of which there are
    spectra at epoch 0.
    """
    layers = Layered(sizes)
    weights = [_weights(layers, gain, random) for _ in range(replicas)]
    before = np.array([_spectrum(layers, activation, drawn) for drawn in weights])
    other = _weights(layers, gain, random)
    changed = jax.tree.map(lambda w, o: (1.0 + change) * (w + change * o), weights[0], other)
    return _verdict(random, _spectrum(layers, activation, changed), layers, before)


def _weights(layers: Layered, gain: float, random: np.random.Generator) -> Parameters:
    return _drawing(layers)(jax.random.key(int(random.integers(2**31))), gain=gain)


def _spectrum(layers: Layered, activation: str, parameters: Parameters) -> np.ndarray:
    """Return the dynamical log-eigenvalues, slopes at the mean state of 100 digits."""
    return np.asarray(_measuring(layers, activation)(parameters))


@cache
def _drawing(layers: Layered) -> Callable[..., Parameters]:
    return jax.jit(partial(initialise, architecture=layers, initialiser="glorot_uniform"))


@cache
def _measuring(layers: Layered, activation: str) -> Callable[[Parameters], jax.Array]:
    settings = Settings(layers, ACTIVATIONS[activation], "at_mean")
    inputs = _inputs()
    return jax.jit(lambda parameters: log_spectrum(settings, parameters, inputs))


@cache
def _inputs() -> jax.Array:
    inputs = jnp.asarray(load_embedded().take(100, 100).train.inputs, jnp.float32)
    return inputs / 255.0


CASES = [
    *(
        Case(f"a gap among {n} {density} draws", partial(independent, density, n), "<= 7")
        for density, n in product(DENSITIES, (20, 55, 120))
    ),
    *(
        Case(
            f"a gap in {Layered(sizes)}, {activation}, gain {gain:g}, five untrained replicas",
            partial(untaught, sizes, activation, gain, 5, 0.0),
            "<= 7",
        )
        for sizes, activation, gain in product(NETS, ("tanh", "identity"), GAINS)
    ),
    *(
        Case(
            f"a gap in {Layered(sizes)}, tanh, gain {gain:g}, {replicas} replicas, nothing learned",
            partial(untaught, sizes, "tanh", gain, replicas, 0.2),
            "<= 7" if replicas > 1 else "",
        )
        for sizes, gain, replicas in product(NETS, (1.0, 1.5, 3.0), (5, 1))
    ),
    *(
        Case(
            f"a gap, {below} of 55 {density} draws lower by {deviations} sd",
            partial(group, density, 55, below, deviations),
            "power",
        )
        for density, below, deviations in product(
            ("normal", "half-normal", "exponential"), (1, 3, 5, 10), (1, 2)
        )
    ),
    *(
        Case(
            f"a gap, {below} of {Layered(NETS[0])} lower by {deviations} sd",
            partial(deep_with_group, below, deviations),
            "power",
        )
        for below, deviations in product((1, 3, 5, 10), (1, 2))
    ),
]
