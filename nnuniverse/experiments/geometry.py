"""Geometry of metrics by name or from a file: curvature, free fall, the Onsager tensor."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nnuniverse.config.metric import MetricFile, load_metric, parse_metric
from nnuniverse.errors import ConfigError
from nnuniverse.expectations.expressions import Expression
from nnuniverse.expectations.formulas import value_of
from nnuniverse.expectations.parser import parse_formula
from nnuniverse.experiments.option_values import require_at_least
from nnuniverse.numerical_settings import pinned
from nnuniverse.physics.gravity.curvature import Curvature, curvature
from nnuniverse.physics.gravity.euler import einstein_density, euler_operator
from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.geodesics import geodesic
from nnuniverse.physics.gravity.metrics import METRICS, Metric, MetricFunction
from nnuniverse.physics.gravity.onsager import TENSORS, onsager_tensor, symmetrised
from nnuniverse.physics.gravity.torus import actions, perturbed_torus
from nnuniverse.precision import in_float64

TOLERANCE = 1e-12
"""Relative difference by which two elements of a symmetric matrix may round apart."""

MOST_POINTS = {2: 32, 3: 16}
"""Of the grid along an axis of a torus: there the rule is exact to rounding or nearly."""

LARGEST_DIMENSION = 4
"""Of the Onsager tensor, which has D^6 elements."""


def open_metric(name: str, given: Mapping[str, str]) -> Metric:
    """Return the metric of a ``name``, or in the YAML file of that name, with parameters ``given``.

    Raises ConfigError for a name, a parameter or a formula that is not known.
    """
    if name in METRICS:
        return _named(name, given)
    if Path(name).suffix not in (".yaml", ".yml"):
        known = ", ".join(METRICS)
        raise ConfigError("METRIC", f"be a YAML file or one of {known}", f"is {name!r}", "sphere")
    return _from_file(load_metric(name), Path(name), given)


def metric_of_formulas(values: Mapping[str, object], given: Mapping[str, str]) -> Metric:
    """Return the metric of ``values``, those of a YAML file; raises ConfigError if it is none.

    ``given``: the formulas of its elements.
    """
    return _from_file(parse_metric(values), Path("formulas"), given)


def metric_of_function(
    function: MetricFunction,
    coordinates: Sequence[str],
    point: Sequence[float] | None,
    domain: Mapping[str, tuple[float, float]],
) -> Metric:
    """Return the metric that a ``function`` of one's own gives, from (D,) to (D, D), in JAX.

    ``point``: an ordinary one, None for one that coordinates of order one have.  Raises ConfigError
    for fewer than two coordinates, and where the function gives something else.

    ``domain``: the ends of each coordinate.
    """
    names = tuple(coordinates)
    if len(names) < 2 or len(set(names)) < len(names):
        must = "be two names or more, each once"
        raise ConfigError("`coordinates`", must, f"is {names!r}", '("t", "x")')
    if unknown := set(domain) - set(names):
        actual = f"names {min(unknown)!r}"
        raise ConfigError("`domain`", "name coordinates", actual, ", ".join(names))
    usual = tuple(point) if point is not None else _usual_point(len(names))
    if len(usual) != len(names):
        must = f"have {len(names)} coordinates"
        raise ConfigError("`point`", must, f"has {len(usual)}", "one for each coordinate")
    shape = jax.eval_shape(function, np.zeros(len(names), np.float32)).shape
    if shape != (len(names), len(names)):
        must = f"give a matrix of {len(names)} rows and columns"
        raise ConfigError("the metric", must, f"gives an array of shape {shape}", "jnp.diag")
    return Metric("own", names, function, usual, dict(domain), "a function of one's own")


def _usual_point(size: int) -> tuple[float, ...]:
    return tuple(0.5 + 0.25 * k for k in range(size))


def _named(name: str, given: Mapping[str, str]) -> Metric:
    signature = inspect.signature(METRICS[name])
    values: dict[str, float] = {}
    for key, text in given.items():
        _require_known(key, list(signature.parameters), name)
        values[key] = _number(key, text)
        if isinstance(signature.parameters[key].default, int):
            values[key] = _dimension(key, values[key])
    return METRICS[name](**values)


def _require_known(key: str, known: list[str], name: str) -> None:
    if key not in known:
        must = f"be one of {', '.join(known)}" if known else f"be left out, {name} has none"
        raise ConfigError("a parameter", must, f"is {key!r}", f"`nnu geometry metrics`, for {name}")


def _number(key: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ConfigError(f"`{key}`", "be a number", f"is {text!r:.60}", f"{key}=1")
    return found


def _dimension(key: str, value: float) -> int:
    if value != int(value) or not 2 <= value <= 8:
        raise ConfigError(f"`{key}`", "be a whole number from 2 to 8", f"is {value:g}", f"{key}=3")
    return int(value)


# --- from a file ---------------------------------------------------------------------------------


def _from_file(file: MetricFile, path: Path, given: Mapping[str, str]) -> Metric:
    parameters = dict(file.parameters)
    for key, text in given.items():
        _require_known(key, list(parameters), path.name)
        parameters[key] = _number(key, text)
    names = (*file.coordinates, *parameters)
    elements = [[parse_formula(text, names) for text in row] for row in file.elements()]
    point = file.point or _usual_point(len(file.coordinates))
    domain = {
        name: (-math.inf if low is None else float(low), math.inf if high is None else float(high))
        for name, (low, high) in file.domain.items()
    }
    function = partial(_matrix, elements, file.coordinates, parameters)
    return Metric(
        path.stem, file.coordinates, function, tuple(map(float, point)), domain, str(path.name)
    )


def _matrix(
    elements: list[list[Expression]],
    coordinates: tuple[str, ...],
    parameters: Mapping[str, float],
    x: jax.Array,
) -> jax.Array:
    values = {**parameters, **dict(zip(coordinates, x, strict=True))}
    rows = [
        jnp.stack([jnp.asarray(value_of(one, values, _function), x.dtype) for one in row])
        for row in elements
    ]
    return jnp.stack(rows)


def _function(name: str) -> Callable[[Any], Any]:
    found: Callable[[Any], Any] = getattr(jnp, name)
    return found


# --- curvature -----------------------------------------------------------------------------------


@pinned
@in_float64
def curvature_at(metric: Metric, points: np.ndarray) -> Curvature:
    """Return the curvature of a ``metric`` at ``points`` (P, D): its tensors, (P, ...) each.

    Raises ConfigError for a point outside its domain, or where it is singular or not symmetric.
    """
    require_metric_at(metric, points)
    found = jax.jit(jax.vmap(curvature(metric.function)))(points)
    return jax.device_get(found)


def require_metric_at(metric: Metric, points: np.ndarray) -> None:
    """Raise ConfigError for a point outside the domain, or where it is no metric.

    ``points``: coordinates, (..., D).
    """
    for x in points:
        _require_inside(metric, x)
    here = np.asarray(jax.jit(jax.vmap(metric.function))(points))
    for x, g in zip(points, here, strict=True):
        _require_metric(metric, x, g)


@pinned
@in_float64
def scalars_along(metric: Metric, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return R and R_abcd R^abcd of a ``metric`` at ``points`` (P, D), (P,) each.

    Source: 2008.01540 (9.19).
    """

    def scalars(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = curvature(metric.function)(x)
        return found.scalar, found.kretschmann

    scalar, kretschmann = jax.jit(jax.vmap(scalars))(jnp.asarray(points))
    return np.asarray(scalar), np.asarray(kretschmann)


def _require_inside(metric: Metric, x: np.ndarray) -> None:
    if len(x) != metric.dimension:
        names = ", ".join(metric.coordinates)
        must = f"have the {metric.dimension} coordinates {names}"
        raise ConfigError("a point", must, f"has {len(x)}", _as_option("--at", metric.point))
    name = metric.outside(x)
    if name is not None:
        low, high = metric.domain[name]
        value = x[metric.coordinates.index(name)]
        raise ConfigError(
            f"the coordinate `{name}`",
            f"be between {low:g} and {high:g}",
            f"is {value:g}",
            _as_option("--at", metric.point),
        )


def _as_option(option: str, values: tuple[float, ...]) -> str:
    return f"{option}={','.join(f'{one:g}' for one in values)}"


def _require_metric(metric: Metric, x: np.ndarray, g: np.ndarray) -> None:
    where = "(" + ", ".join(f"{n}={v:g}" for n, v in zip(metric.coordinates, x, strict=True)) + ")"
    if not np.isfinite(g).all():
        i, j = np.argwhere(~np.isfinite(g))[0]
        must, actual = "be finite", f"has the element {_pair(metric, i, j)} {g[i, j]} at {where}"
        raise ConfigError(f"the metric {metric.name}", must, actual, "another point")
    apart = np.abs(g - g.T) > TOLERANCE * np.abs(g).max()
    if apart.any():
        i, j = np.argwhere(apart)[0]
        actual = f"{_pair(metric, i, j)} is {g[i, j]:g} and {_pair(metric, j, i)} {g[j, i]:g}"
        raise ConfigError(f"the metric {metric.name}", "be symmetric", actual, "equal elements")
    determinant = np.linalg.det(g)
    if abs(determinant) <= TOLERANCE * max(np.abs(np.linalg.eigvalsh(g)).max(), 1e-300) ** len(g):
        raise ConfigError(
            f"the metric {metric.name}",
            "have an inverse",
            f"is singular at {where}: its determinant is {determinant:.3g}",
            "another point",
        )


def _pair(metric: Metric, i: int, j: int) -> str:
    return f"g_({metric.coordinates[i]},{metric.coordinates[j]})"


# --- free fall -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fall:
    """Where free fall begins: ``position`` and ``velocity`` dx/ds, D each, over a ``length`` of s.

    ``norm``: what g_ab u^a u^b is to be, for which the first component of the velocity is solved;
    None to take it as it is.  ``steps``: how many points of the path are given.
    """

    position: tuple[float, ...]
    velocity: tuple[float, ...]
    length: float
    norm: float | None = None
    steps: int = 200

    def __post_init__(self) -> None:
        if not 0.0 < self.length < math.inf:
            raise ConfigError(
                "`--length`", "be a positive number", f"is {self.length:g}", "--length 10"
            )
        require_at_least("steps", self.steps, 2, 200)


@pinned
@in_float64
def free_fall(metric: Metric, fall: Fall) -> Geodesic:
    """Return the geodesic that begins with ``fall``; raises ConfigError for what cannot begin.

    ``metric``: the metric, its coordinates and where it holds.
    """
    position, velocity = np.array(fall.position), np.array(fall.velocity)
    _require_inside(metric, position)
    g = np.asarray(metric.function(jnp.asarray(position)))
    _require_metric(metric, position, g)
    if len(velocity) != metric.dimension:
        must = f"have {metric.dimension} components, as the coordinates"
        raise ConfigError("`--velocity`", must, f"has {len(velocity)}", "as many")
    if fall.norm is not None:
        velocity[0] = _first_component(g, velocity, fall.norm)
    if not np.isfinite(velocity).all() or not np.any(velocity):
        raise ConfigError("`--velocity`", "not vanish", "is zero", "--norm -1")
    return geodesic(metric, position, velocity, fall.length, fall.steps)


def _first_component(g: np.ndarray, u: np.ndarray, norm: float) -> float:
    """Return u^0 of the future-directed solution of ``g_ab u^a u^b = norm``."""
    rest = u[1:]
    a, b = g[0, 0], g[0, 1:] @ rest
    c = rest @ g[1:, 1:] @ rest - norm
    square = b * b - a * c
    if a == 0.0 or square < 0.0:
        actual = f"is not possible with the velocity {_as_option('..', tuple(rest))[3:]} in space"
        raise ConfigError(f"the norm {norm:g}", "be had", actual, "a slower one")
    return float(max((-b + root) / a for root in (math.sqrt(square), -math.sqrt(square))))


# --- the Onsager tensor --------------------------------------------------------------------------


@pinned
@in_float64
def onsager_tensors(
    metric: Metric, points: np.ndarray, tensor: str, symmetric: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return ``L^{mn ab cd}`` of a ``metric`` at ``points`` (P, D), and how far it is off.

    The tensor, (P, D, D, D, D, D, D), and ``E^ab + sqrt|g| G^ab``, (P, D, D), what its equations of
    motion are off Einstein's by.  ``tensor``: a name of `TENSORS`; ``symmetric``: whether it is
    symmetrised.  Raises ConfigError for another name, and as `curvature_at` does.

    Source: 2008.01540 (9.14), 2004.09280 (12.7)-(12.9), wrong as printed (B21, A40).
    """
    if tensor not in TENSORS:
        must = f"be one of {', '.join(TENSORS)}"
        raise ConfigError("`tensor`", must, f"is {tensor!r}", 'tensor="corrected"')
    if metric.dimension > LARGEST_DIMENSION:
        must = f"have at most {LARGEST_DIMENSION} dimensions, for a tensor of six indices"
        raise ConfigError(f"the metric {metric.name}", must, f"has {metric.dimension}", "another")
    require_metric_at(metric, points)
    terms, function = TENSORS[tensor], metric.function

    def at(x: jax.Array) -> tuple[jax.Array, jax.Array]:
        found = onsager_tensor(terms, jnp.linalg.inv(function(x)))
        off = euler_operator(terms, function)(x) - einstein_density(function)(x)
        return symmetrised(found) if symmetric else found, off

    found, off = jax.jit(jax.vmap(at))(points)
    return np.asarray(found), np.asarray(off)


class OnsagerRow(NamedTuple):
    """How far a ``tensor`` is from Einstein's: ``equations`` at a point, and ``action``.

    ``equations``: the largest ``|E^ab + sqrt|g| G^ab|`` over the largest |sqrt|g| G^ab| or, in two
    dimensions, where it vanishes, as it is; ``action``: ``int sqrt|g| (L g_,m g_,n - R)`` over a
    period, None where the grid would be too large.
    """

    tensor: str
    equations: float
    action: float | None


class OnsagerResult(NamedTuple):
    """``rows`` by tensor, with ``einstein`` the largest |sqrt|g| G^ab| at the point."""

    rows: list[OnsagerRow]
    einstein: float
    curvature: float | None


@pinned
@in_float64
def compare_onsager(dimension: int, euclidean: bool, seed: int) -> OnsagerResult:
    """Return how the printed and the corrected tensors compare with Einstein's on a torus.

    ``dimension``: D, 2 to 4; ``euclidean``: whether all directions are of space; ``seed``: of the
    torus and the point.  Raises ConfigError for another D.

    Source: 2008.01540 (9.12)-(9.19), 2004.09280 (12.9); wrong as printed (B21).
    """
    if not 2 <= dimension <= LARGEST_DIMENSION:
        must = f"be from 2 to {LARGEST_DIMENSION}"
        raise ConfigError("`--dimension`", must, f"is {dimension}", "--dimension 2")
    random = np.random.default_rng(seed)
    signature = (1,) * dimension if euclidean else (-1, *(1,) * (dimension - 1))
    torus = perturbed_torus(signature, random)
    x = jnp.asarray(random.uniform(0.0, 2.0 * np.pi, dimension))
    expected = np.asarray(jax.jit(einstein_density(torus))(x))
    largest = float(np.abs(expected).max())
    scale = largest if dimension > 2 else 1.0
    off = [
        float(np.abs(np.asarray(jax.jit(euler_operator(terms, torus))(x)) - expected).max() / scale)
        for terms in TENSORS.values()
    ]
    points = MOST_POINTS.get(dimension)
    if points is None:
        rows = [OnsagerRow(name, one, None) for name, one in zip(TENSORS, off, strict=True)]
        return OnsagerResult(rows, largest, None)
    found = jax.jit(lambda: actions(torus, dimension, list(TENSORS.values()), points))()
    curved = float(found.curvature)
    differences = np.asarray(found.tensors) - curved
    rows = [
        OnsagerRow(name, one, float(other))
        for name, one, other in zip(TENSORS, off, differences, strict=True)
    ]
    return OnsagerResult(rows, largest, curved)
