"""Eigenvectors of the Hessian of the mean loss, and those that relax in times to be followed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.optimize
import scipy.sparse.linalg as sla
from jaxtyping import Float, Shaped

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinates.orientation import oriented
from nnuniverse.physics.mechanics.coordinates.sample_sums import SampleFunction, sum_over_samples
from nnuniverse.precision import in_float64

LARGEST_STEP = 0.2
"""eta h above which a coordinate is left out: time is too discrete there for any mechanics.

At eta h = 0.87 the rate that an ensemble shows is 1.7 times eta h.
"""

DENSE_PARAMETERS = 1000
"""K up to which the whole Hessian is diagonalised: as fast as a few hundred pairs by Lanczos."""

FIRST_PAIRS = 100
"""Pairs that Lanczos is asked for first; then for as many again as are known, in each round."""

BASIS = 1.5
"""Lanczos vectors kept per pair asked for; chosen empirically: 400 pairs of a net of 13,510
parameters take 701 products with H, 721 with 1.2 vectors per pair, 802 with 2."""

MOST_PAIRS = 600
"""Pairs after which Lanczos ends, whether or not it has come to the curvature asked for."""

RESTARTS = 30
"""Of Lanczos in a round, after which it goes on with the pairs found: the largest come first, and
those in a cluster about zero, as an untrained net has, would never be told apart."""

TOLERANCE = 1e-6
"""Residual of an eigenvector relative to its eigenvalue that Lanczos stops at.

A mixture is told from 0.3 on.
"""

DIRECTIONS_AT_ONCE = 32
"""Directions that are pushed through the net together; bounds the memory."""


class HessianProduct:
    """``v -> H v`` with the Hessian H of the mean loss over all samples, in float64.

    ``losses``: of each sample; ``parameters``: theta (K,); ``inputs`` (samples, n_1), ``targets``
    (samples, n_L).  By automatic differentiation, forward over reverse; with ``difference`` epsilon
    by ``[g(theta + epsilon v) - g(theta - epsilon v)] / 2 epsilon`` of the gradient g instead, of v
    with unit length: for losses that are a minimum over states held constant in g, as the bulk
    loss, whose second derivative by automatic differentiation lacks how the states respond.
    """

    def __init__(
        self,
        losses: SampleFunction,
        parameters: np.ndarray,
        inputs: np.ndarray,
        targets: np.ndarray,
        difference: float | None = None,
    ) -> None:
        self.size = len(parameters)
        self._losses = losses
        self._difference = difference
        self._at = _on_device(np.asarray(parameters, np.float64), inputs, targets)

    @in_float64
    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """Return H times each of ``vectors`` (..., K), in their shape."""
        rows = np.asarray(vectors, np.float64).reshape(-1, self.size)
        if self._difference is None:
            found = _products(self._losses, *self._at, rows)
        else:
            found = _differences(self._losses, *self._at, rows, self._difference)
        return np.asarray(found).reshape(np.shape(vectors))

    def operator(self) -> sla.LinearOperator:
        """Return it as an operator of scipy, (K, K)."""
        return sla.LinearOperator((self.size, self.size), matvec=self, dtype=np.float64)


@in_float64
def _on_device(*arrays: np.ndarray) -> list[jax.Array]:
    return [jax.device_put(np.array(array)) for array in arrays]


@partial(jax.jit, static_argnums=0)
def _products(
    losses: SampleFunction,
    parameters: jax.Array,
    inputs: jax.Array,
    targets: jax.Array,
    vectors: jax.Array,
) -> jax.Array:
    def of_chunk(inputs: jax.Array, targets: jax.Array) -> jax.Array:
        gradient = jax.grad(lambda theta: losses(theta, inputs, targets).sum())
        along = jax.linearize(gradient, parameters)[1]
        return jax.lax.map(along, vectors, batch_size=DIRECTIONS_AT_ONCE)

    return sum_over_samples(of_chunk, inputs, targets) / len(inputs)


@partial(jax.jit, static_argnums=0)
def _differences(
    losses: SampleFunction,
    parameters: jax.Array,
    inputs: jax.Array,
    targets: jax.Array,
    vectors: jax.Array,
    step: jax.Array,
) -> jax.Array:
    def of_chunk(inputs: jax.Array, targets: jax.Array) -> jax.Array:
        gradient = jax.grad(lambda theta: losses(theta, inputs, targets).sum())

        def along(vector: jax.Array) -> jax.Array:
            length = jnp.linalg.norm(vector)
            shift = step * vector / jnp.where(length == 0.0, 1.0, length)
            change = gradient(parameters + shift) - gradient(parameters - shift)
            return change * length / (2.0 * step)

        return jax.lax.map(along, vectors)

    return sum_over_samples(of_chunk, inputs, targets) / len(inputs)


@dataclass(frozen=True)
class CurvatureModes:
    """Eigenvectors of H, the stiffest first.

    ``curvature``: their eigenvalues h, descending, (mode,); ``directions``: v, of unit length,
    the largest component positive, (mode, K); ``residuals``: ``|H v - h v|``, (mode,).
    """

    curvature: np.ndarray
    directions: np.ndarray
    residuals: np.ndarray

    def relaxation(self, rate: float) -> Float[np.ndarray, " mode"]:
        """Return 1/(eta h) of plain descent with the learning ``rate`` eta, steps, (mode,)."""
        with np.errstate(divide="ignore"):
            return np.where(self.curvature > 0.0, 1.0 / (rate * np.abs(self.curvature)), np.inf)

    def chosen(self, which: Shaped[np.ndarray, " which"]) -> CurvatureModes:
        """Return those at the indices ``which``."""
        return CurvatureModes(self.curvature[which], self.directions[which], self.residuals[which])


def curvature_along(
    product: HessianProduct, directions: Float[np.ndarray, "coordinate K"]
) -> tuple[Float[np.ndarray, " coordinate"], Float[np.ndarray, " coordinate"]]:
    """Return the curvature of coordinates and its spread.

    ``h = v^T H v`` and ``(v^T H^2 v - h^2)^(1/2) = |H v - h v|``, which is how it is computed.

    ``directions``: v, of unit length, (coordinate, K).  Both returned as (coordinate,).

    ``product``: H times a vector, of the loss.
    """
    products = product(directions)
    curvature = np.einsum("ij,ij->i", directions, products)
    spread = np.linalg.norm(products - curvature[:, None] * directions, axis=1)
    return curvature, spread


def stiffest_modes(
    product: HessianProduct, least: float, most_pairs: int = MOST_PAIRS
) -> CurvatureModes:
    """Return the eigenvectors of H with eigenvalues of at least ``least``, and the stiffest.

    Of all K directions where `DENSE_PARAMETERS` allow; else by Lanczos (ARPACK), doubling the
    number of pairs until the last is below ``least`` > 0, or there are ``most_pairs``: whether it
    was reached is seen in the last of the eigenvalues returned.

    ``product``: H times a vector, of the loss.
    """
    if product.size <= DENSE_PARAMETERS:
        directions = _dense(product)
    else:
        directions = _by_lanczos(product, least, most_pairs)
    curvature, residuals = curvature_along(product, directions)
    order = np.argsort(-curvature, kind="stable")
    return CurvatureModes(curvature, oriented(directions), residuals).chosen(order)


def _dense(product: HessianProduct) -> np.ndarray:
    hessian = product(np.eye(product.size))
    return scipy.linalg.eigh(0.5 * (hessian + hessian.T))[1].T


def _by_lanczos(product: HessianProduct, least: float, most_pairs: int) -> np.ndarray:
    """Return directions (mode, K), found in rounds, each outside of what is known already."""
    known = np.empty((0, product.size))
    start = np.random.default_rng(0).standard_normal(product.size)
    most_pairs = min(most_pairs, product.size - 1)
    while len(known) < most_pairs:
        count = min(max(len(known), FIRST_PAIRS), most_pairs - len(known))
        values, vectors = _outside(product, known, count, start, least)
        known = np.concatenate([known, vectors.T])
        if values.min() < least or len(values) < count:
            break
    return known


def _outside(
    product: HessianProduct, known: np.ndarray, count: int, start: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest pairs of ``Q H Q``, Q the projector on what is orthogonal to ``known``.

    Those far below ``least``, which nobody needs, are found as accurately as that only: ARPACK's
    tolerance is relative to an eigenvalue, and would never be met by one near zero.
    """
    shift = least if np.isfinite(least) else 0.0

    def projected(vector: np.ndarray) -> np.ndarray:
        return vector - known.T @ (known @ vector)

    operator = sla.LinearOperator(
        (product.size, product.size),
        # What it is applied to is outside already: the start, and what came of it.
        matvec=lambda vector: projected(product(vector.ravel()) + shift * vector.ravel()),
        dtype=np.float64,
    )
    basis = min(max(int(BASIS * count), count + 20), product.size)
    try:
        values, vectors = sla.eigsh(
            operator, count, which="LA", ncv=basis, tol=TOLERANCE, v0=projected(start),
            maxiter=RESTARTS,
        )  # fmt: skip
    except sla.ArpackNoConvergence as error:
        values, vectors = error.eigenvalues, error.eigenvectors
        if not len(values):
            raise
    return values - shift, vectors


def evenly_spaced(
    modes: CurvatureModes, rate: float, relaxation: tuple[float, float], count: int
) -> CurvatureModes:
    """Return ``count`` of the ``modes``, evenly spaced in the log of their relaxation 1/(eta h).

    ``rate``: eta; ``relaxation``: the least and the largest allowed, steps of plain descent.  Those
    with eta h above `LARGEST_STEP` are left out.  Raises `ConfigError` if fewer are there.
    """
    times = modes.relaxation(rate)
    low, high = relaxation
    within = np.flatnonzero(
        (times >= low) & (times <= high) & (rate * modes.curvature <= LARGEST_STEP)
    )
    if len(within) < count:
        raise _too_few(len(within), count, relaxation, times)
    log_times = np.log(times[within])
    wanted = np.linspace(log_times.min(), log_times.max(), count)
    distance = (log_times[None, :] - wanted[:, None]) ** 2
    nearest = scipy.optimize.linear_sum_assignment(distance)[1]
    return modes.chosen(within[np.sort(nearest)])


def _too_few(
    there: int, count: int, relaxation: tuple[float, float], times: np.ndarray
) -> ConfigError:
    low, high = relaxation
    found = (
        f"there are {there} that relax in {low:g} to {high:g} steps with eta h <= {LARGEST_STEP}"
    )
    if times[-1] < high:
        found += f" among the {len(times)} stiffest, which end at {times[-1]:.4g} steps"
    remedy = "a wider `relaxation`" if there == 0 else f"count: {there}, or a wider `relaxation`"
    requirement = f"be as many eigenvectors as `count`: {count}"
    return ConfigError("`evolve.coordinates`", requirement, found, remedy)
