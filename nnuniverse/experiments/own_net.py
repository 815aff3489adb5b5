"""The spectrum and thermodynamics of a net that was trained elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nnuniverse.errors import ConfigError
from nnuniverse.networks.activation import find_activation
from nnuniverse.networks.layered import Layered
from nnuniverse.networks.propagation import Layer
from nnuniverse.numerical_settings import pinned
from nnuniverse.observables import LayeredMeasurement, Samples, Settings
from nnuniverse.observables.complexity import complexity
from nnuniverse.observables.moments import trace_of_power
from nnuniverse.precision import in_float64
from nnuniverse.thermodynamics import (
    WINDOWS,
    Ensemble,
    Spectrum,
    check_domain,
    entropy,
    free_energy,
    mean_loss,
)
from nnuniverse.threads import single_threaded_blas


@dataclass(frozen=True, repr=False)
class NetSpectrum:
    """The spectrum of G of one layered net, and what follows from it.

    ``network``: its numbers of neurons; ``log_eigenvalues``: the dynamical ones, log lambda_i,
    descending, (n_dyn,); ``unit_eigenvalues``: how many eigenvalues are exactly one;
    ``mean_squares``, ``unit_mean_square``: squares of the mean state along the dynamical
    eigenvectors, (n_dyn,), and along all others.  Everything is dimensionless.
    """

    network: Layered
    log_eigenvalues: np.ndarray
    unit_eigenvalues: int
    mean_squares: np.ndarray
    unit_mean_square: float

    @property
    def mu2(self) -> float:
        """``Tr (log G)^2 = sum_i (log lambda_i)^2``, 2004.09280 (9.5)."""
        return self._trace(2)

    @property
    def mu3(self) -> float:
        """``Tr (log G)^3 = sum_i (log lambda_i)^3``, 2004.09280 (9.6)."""
        return self._trace(3)

    @pinned
    @in_float64
    def _trace(self, k: int) -> float:
        return float(trace_of_power(jnp.asarray(self.log_eigenvalues), k))

    @pinned
    @in_float64
    def complexity(self, n: int) -> float:
        """Return ``C_n = -1/2 sum_{i<=n} log lambda_i + (N/2) log 2 pi``, 2004.09280 (10.5).

        ``n``: how many of the largest of all N eigenvalues.  Raises ConfigError beyond them.
        """
        neurons = self.network.neurons
        if not 1 <= n <= neurons:
            raise ConfigError("n of C_n", f"lie between 1 and {neurons}", f"is {n}", f"{neurons}")
        return float(complexity(jnp.asarray(self.log_eigenvalues), neurons, [n])[0])

    def free_energy(self, beta: float, **ensemble: Any) -> float:
        """Return ``F = -log Z / beta``, 2004.09280 (6.5); keywords as for `canonical`."""
        return float(free_energy(*self.canonical(beta, **ensemble)))

    def mean_loss(self, beta: float, **ensemble: Any) -> float:
        """Return ``U = -d log Z / d beta``, 2004.09280 (7.5), corrected (A19); see `canonical`."""
        return float(mean_loss(*self.canonical(beta, **ensemble)))

    def entropy(self, beta: float, **ensemble: Any) -> float:
        """Return the entropy S of 2004.09280 (7.8); keywords as for `canonical`.

        ``beta``: > 0.
        """
        return float(entropy(*self.canonical(beta, **ensemble)))

    def canonical(
        self,
        beta: float,
        mass: float = 0.0,
        window: Literal["unit", "matched"] = "unit",
        exponential_factor: bool = False,
    ) -> tuple[Spectrum, Ensemble]:
        """Return what the functions of `nnuniverse.thermodynamics` take.

        ``beta``: inverse temperature; ``mass``: m of the local objective; ``window``: a name of
        `WINDOWS`; ``exponential_factor``: whether log Z keeps the term of the mean state (A13).
        Raises ConfigError where the Gaussian integral does not exist.
        """
        if window not in WINDOWS:
            raise ConfigError("`window`", f"be {' or '.join(WINDOWS)}", f"is {window!r}", "unit")
        mean_state = (self.mean_squares, self.unit_mean_square) if exponential_factor else ()
        spectrum = Spectrum(self.log_eigenvalues, self.unit_eigenvalues, *mean_state)
        ensemble = Ensemble(beta, mass, WINDOWS[window])
        check_domain(spectrum, ensemble)
        return spectrum, ensemble

    def __repr__(self) -> str:
        return (
            f"NetSpectrum of {self.network}: {len(self.log_eigenvalues)} dynamical eigenvalues, "
            f"{self.unit_eigenvalues} exactly one; mu2 {self.mu2:.6g}, mu3 {self.mu3:.6g}"
        )


@pinned
def spectrum_of(
    weights: Sequence[ArrayLike],
    biases: Sequence[ArrayLike],
    inputs: ArrayLike,
    activation: str = "tanh",
    slope: Literal["at_mean", "mean_slope"] = "at_mean",
) -> NetSpectrum:
    """Return the spectrum of ``G = (1 - A)^T (1 - A)``, ``A = f'w``, of a net's weights.

    ``weights``: w_l, (n_l, n_{l-1}) each, a row per receiving neuron, first hidden layer first;
    ``biases``: b_l, (n_l,) each.  ``inputs``: what the input neurons are clamped to, (samples,
    n_1), in the units that the net was trained with.  ``activation``: a name of `ACTIVATIONS`, of
    all layers, the last one included.  ``slope``: the slopes f' are those of the mean state over
    the inputs, "at_mean", as 2004.09280 (5.4) has them, or "mean_slope", their mean.

    Returns a `NetSpectrum`: log-eigenvalues, ``mu2``, ``mu3``, and as functions of beta free
    energy, mean loss and entropy.  Computed in float64, as training's observables are.  Raises
    ConfigError for arrays that are no net.

    Source: 2004.09280 (5.4), (5.6), (5.10).

    >>> import numpy as np
    >>> found = nnuniverse.spectrum_of([np.full((2, 2), 0.5)], [np.zeros(2)], np.eye(2))
    >>> found.log_eigenvalues.shape, found.unit_eigenvalues
    ((4,), 0)
    >>> abs(float(found.log_eigenvalues.sum())) < 1e-12  # det G = 1 of a net without cycles
    True
    """
    layers, samples = _checked(weights, biases, inputs)
    network = Layered((samples.shape[1], *(len(bias) for _, bias in layers)))
    settings = Settings(network, find_activation(activation), slope)
    with single_threaded_blas():
        return _measured(network, settings, layers, samples)


@in_float64
def _measured(
    network: Layered,
    settings: Settings,
    layers: list[tuple[np.ndarray, np.ndarray]],
    inputs: np.ndarray,
) -> NetSpectrum:
    parameters = tuple(Layer(jnp.asarray(w), jnp.asarray(b)) for w, b in layers)
    samples = Samples(jnp.asarray(inputs), jnp.zeros((0, 0)), jnp.zeros(0))
    measurement = LayeredMeasurement(settings, parameters, samples, samples)
    mean_squares, rest = measurement.mean_state_squares
    return NetSpectrum(
        network,
        np.asarray(measurement.log_eigenvalues),
        network.unit_eigenvalues,
        np.asarray(mean_squares),
        float(rest),
    )


def _checked(
    weights: Sequence[ArrayLike], biases: Sequence[ArrayLike], inputs: ArrayLike
) -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray]:
    """Return layers and inputs in float64; raises ConfigError unless they fit to one another."""
    samples = _numbers("`inputs`", inputs, 2)
    if not len(weights) or len(weights) != len(biases):
        raise ConfigError(
            "a net",
            "have weights and a bias for every layer but the first",
            f"has {len(weights)} weights and {len(biases)} biases",
            "arrays of zeros for biases that are not there",
        )
    layers: list[tuple[np.ndarray, np.ndarray]] = []
    sending = samples.shape[1]
    for l, (of_weights, of_bias) in enumerate(zip(weights, biases, strict=True)):
        w = _numbers(f"`weights[{l}]`", of_weights, 2)
        b = _numbers(f"`biases[{l}]`", of_bias, 1)
        if w.shape != (len(b), sending):
            raise ConfigError(
                f"`weights[{l}]`",
                f"be of shape (neurons, {sending}) with a bias per neuron",
                f"is {w.shape} with {len(b)} biases",
                "its transpose" if w.shape == (sending, len(b)) else "the layers in their order",
            )
        layers.append((w, b))
        sending = len(b)
    return layers, samples


def _numbers(name: str, values: ArrayLike, axes: int) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != axes or not array.size or array.dtype.kind not in "fiu":
        found = f"is {array.dtype}{list(array.shape)}"
        raise ConfigError(name, f"be an array of numbers with {axes} axes", found, "reshaping it")
    if not np.isfinite(array).all():
        raise ConfigError(name, "be finite", "is not", "a net that has not diverged")
    return array.astype(np.float64)
