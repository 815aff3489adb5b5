"""Curvature by autodiff: closed forms, identities, changes of coordinates, another method."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.claims.checks.spaces import random_space
from nnuniverse.physics.gravity.curvature import Curvature, christoffel, curvature
from nnuniverse.physics.gravity.metrics import METRICS, Metric, MetricFunction
from nnuniverse.precision import in_float64

TOLERANCE = 1e-12
"""Of the largest term that an element is the sum of."""


@in_float64
def curved(metric: MetricFunction, x: np.ndarray) -> Curvature:
    """Return the curvature of a metric at points (P, D)."""
    return jax.device_get(jax.jit(jax.vmap(curvature(metric)))(x))


@in_float64
def metric_at(metric: MetricFunction, x: np.ndarray) -> np.ndarray:
    return np.asarray(jax.vmap(metric)(jnp.asarray(x)))


def near(metric: Metric, count: int = 20) -> np.ndarray:
    """Return ordinary points about the one that a metric names, (count, D)."""
    moved = np.random.default_rng(0).uniform(-0.1, 0.1, (count, metric.dimension))
    return np.array(metric.point) * (1.0 + moved)


def assert_same(found: np.ndarray, expected: np.ndarray | float, terms: np.ndarray) -> None:
    """Assert that they agree to `TOLERANCE` of the largest of the ``terms``."""
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE * np.abs(terms).max())


@pytest.fixture(scope="module")
def spaces() -> dict[str, tuple[Metric, np.ndarray, Curvature]]:
    """Every named metric, points, its curvature there."""
    metrics = {name: builder() for name, builder in METRICS.items()}
    metrics["ball"] = METRICS["sphere"](radius=1.3, dimension=3)
    points = {name: near(metric) for name, metric in metrics.items()}
    return {
        name: (metric, points[name], curved(metric.function, points[name]))
        for name, metric in metrics.items()
    }


@pytest.mark.parametrize(
    ("name", "factor"),
    [("sphere", 1.0), ("ball", 2.0 / 1.3**2), ("de_sitter", 3.0), ("anti_de_sitter", -3.0)],
)
def test_ricci_of_spaces_of_one_curvature(spaces: dict, name: str, factor: float) -> None:
    metric, x, found = spaces[name]
    g = metric_at(metric.function, x)
    assert_same(found.ricci, factor * g, g)
    assert_same(found.scalar, factor * metric.dimension, np.array(factor * metric.dimension))
    # R_abcd = R/(D (D-1)) (g_ac g_bd - g_ad g_bc), so that nothing is left for Weyl.
    products = np.einsum("pac,pbd->pabcd", g, g) - np.einsum("pad,pbc->pabcd", g, g)
    assert_same(found.riemann, factor / (metric.dimension - 1) * products, products)
    assert_same(found.weyl, 0.0, found.riemann)


@pytest.mark.parametrize("name", ["schwarzschild", "kerr", "kasner", "minkowski"])
def test_empty_spaces_have_no_ricci_tensor(spaces: dict, name: str) -> None:
    _, _, found = spaces[name]
    scale = np.maximum(np.abs(found.riemann).max(), 1.0)
    assert_same(found.ricci, 0.0, scale)
    assert_same(found.einstein, 0.0, scale)
    assert_same(found.weyl, found.riemann, scale)


def test_kretschmann_of_a_mass_at_rest_and_of_one_that_rotates(spaces: dict) -> None:
    for name, spin in (("schwarzschild", 0.0), ("kerr", 0.6)):
        _, x, found = spaces[name]
        r, across = x[:, 1], spin * np.cos(x[:, 2])
        square = r**2 + across**2
        # Henry, Astrophys. J. 535, 350 (2000), (8), without charge.
        polynomial = r**6 - 15 * r**4 * across**2 + 15 * r**2 * across**4 - across**6
        np.testing.assert_allclose(found.kretschmann, 48 * polynomial / square**6, rtol=1e-12)


def test_an_expanding_universe(spaces: dict) -> None:
    _, x, found = spaces["frw"]  # of dust: G_tt = 3 (a'/a)^2 = 4/(3 t^2), no pressure
    t = x[:, 0]
    np.testing.assert_allclose(found.einstein[:, 0, 0], 4.0 / (3.0 * t**2), rtol=1e-12)
    assert_same(found.einstein[:, 1:, 1:], 0.0, found.ricci)


def test_curvature_of_slices_enters(spaces: dict) -> None:
    closed = METRICS["frw"](exponent=0.5, curvature=0.7)
    x = near(closed)
    found, scale = curved(closed.function, x), x[:, 0] ** 0.5
    rate = 0.5 / x[:, 0]
    expected = 3.0 * (rate**2 + 0.7 / scale**2)
    np.testing.assert_allclose(found.einstein[:, 0, 0], expected, rtol=1e-12)


def test_symmetries_of_the_riemann_tensor(spaces: dict) -> None:
    for name in spaces.keys() - {"minkowski"}:  # where all of it is rounding
        riemann = spaces[name][2].riemann
        assert_same(riemann, -riemann.swapaxes(1, 2), riemann)
        assert_same(riemann, -riemann.swapaxes(3, 4), riemann)
        assert_same(riemann, np.einsum("pabcd->pcdab", riemann), riemann)
        cyclic = riemann + np.einsum("pabcd->pacdb", riemann) + np.einsum("pabcd->padbc", riemann)
        assert_same(cyclic, 0.0, riemann)


@pytest.mark.parametrize("signature", [(1, 1), (-1, 1, 1), (-1, 1, 1, 1)])
def test_agrees_with_integrals_of_cauchy_at_random_metrics(signature: tuple[int, ...]) -> None:
    waves, phases, matrices = _waves(len(signature))
    space = random_space(np.random.default_rng(3), signature)
    metric = _of_waves(signature, waves, phases, matrices)
    x = np.random.default_rng(4).normal(size=(3, len(signature)))
    np.testing.assert_allclose(metric_at(metric, x), space.metric(x), atol=1e-15)
    found = curved(metric, x)
    for ours, theirs in (
        (found.christoffel, space.christoffel(x)),
        (found.ricci, space.ricci(x)),
        (found.scalar, space.scalar(x)),
        (found.einstein, space.einstein(x)),
    ):
        np.testing.assert_allclose(ours, theirs.real, atol=2e-12)
    if len(signature) == 2:
        assert_same(found.einstein, 0.0, found.ricci)
    if len(signature) == 3:
        assert_same(found.weyl, 0.0, found.riemann)


def _waves(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what `random_space` draws of the generator 3."""
    random = np.random.default_rng(3)
    waves, phases = random.normal(size=(4, size)), random.normal(size=4)
    matrices = 0.05 * random.normal(size=(4, size, size))
    return waves, phases, matrices + matrices.swapaxes(1, 2)


def _of_waves(
    signature: tuple[int, ...], waves: np.ndarray, phases: np.ndarray, matrices: np.ndarray
) -> MetricFunction:
    flat = np.diag(signature).astype(float)
    return lambda x: flat + jnp.einsum("k,kab->ab", jnp.sin(waves @ x + phases), matrices)


def _wound(x: jax.Array) -> jax.Array:
    """A change of coordinates near the identity."""
    return x + 0.1 * jnp.sin(x[::-1] * jnp.arange(1.0, len(x) + 1.0))


def test_scalars_do_not_depend_on_the_coordinates() -> None:
    kerr, shift = METRICS["kerr"](), np.array([0.0, 5.0, 1.1, 0.3])

    def moved(y: jax.Array) -> jax.Array:
        jacobian = jax.jacfwd(_wound)(y)
        return jacobian.T @ kerr.function(shift + _wound(y)) @ jacobian

    y = np.random.default_rng(5).uniform(-0.2, 0.2, (5, 4))
    there = np.asarray(in_float64(lambda: jax.vmap(_wound)(jnp.asarray(y)))()) + shift
    one, other = curved(moved, y), curved(kerr.function, there)
    np.testing.assert_allclose(one.kretschmann, other.kretschmann, rtol=1e-11)
    assert_same(one.ricci, 0.0, one.riemann)


def test_a_sphere_in_stereographic_coordinates() -> None:
    found = curved(lambda x: 4.0 / (1.0 + x @ x) ** 2 * jnp.eye(2), np.array([[0.3, -0.8]]))
    np.testing.assert_allclose(found.scalar, 2.0, rtol=1e-13)


def test_a_metric_twice_as_large_has_half_the_scalar() -> None:
    metric = _of_waves((-1, 1, 1), *_waves(3))
    x = np.random.default_rng(4).normal(size=(3, 3))
    one, twice = curved(metric, x), curved(lambda x: 2.0 * metric(x), x)
    np.testing.assert_allclose(twice.scalar, one.scalar / 2.0, rtol=1e-12)
    assert_same(twice.ricci, one.ricci, one.ricci)


@in_float64
def _divergence(metric: MetricFunction, tensor: Callable, x: np.ndarray) -> np.ndarray:
    """Return ``nabla^a T_ab``, (b,)."""
    inverse, gamma = jnp.linalg.inv(metric(x)), christoffel(metric)(x)
    slopes, value = jnp.moveaxis(jax.jacfwd(tensor)(x), -1, 0), tensor(x)
    covariant = (
        slopes - jnp.einsum("ema,eb->mab", gamma, value) - jnp.einsum("emb,ae->mab", gamma, value)
    )
    return np.asarray(jnp.einsum("ma,mab->b", inverse, covariant))


def test_bianchi_and_compatibility() -> None:
    metric, x = _of_waves((-1, 1, 1), *_waves(3)), jnp.array([0.3, -0.2, 0.5])
    einstein = jax.jit(lambda x: curvature(metric)(x).einstein)
    largest = np.abs(np.asarray(in_float64(jax.jacfwd(einstein))(x))).max()
    assert np.abs(_divergence(metric, einstein, x)).max() < 1e-12 * largest
    assert np.abs(_divergence(metric, metric, x)).max() < 1e-14


def test_a_point_outside_is_named() -> None:
    mass = METRICS["schwarzschild"](mass=2.0)
    assert mass.outside(np.array([0.0, 3.9, 1.0, 0.0])) == "r"
    assert mass.outside(np.array([0.0, 4.1, 0.0, 0.0])) == "theta"
    assert mass.outside(np.array([0.0, 4.1, 1.0, 9.0])) is None


@pytest.mark.parametrize("name", METRICS)
def test_agrees_with_symbols_in_thirty_digits(spaces: dict, name: str) -> None:
    from symbolic_metrics import symbolic_curvature  # loads sympy

    _, points, found = spaces[name]
    known = symbolic_curvature(name, points[0])
    scale = np.abs(known.riemann).max() if name != "minkowski" else 1.0
    for of in ("riemann", "ricci", "weyl"):
        assert_same(getattr(found, of)[0], getattr(known, of), np.array(scale))
    assert_same(found.christoffel[0], known.christoffel, known.christoffel)
    assert_same(found.scalar[0], known.scalar, np.array(scale))
    assert_same(found.kretschmann[0], known.kretschmann, np.array(scale) ** 2)
