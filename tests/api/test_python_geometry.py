"""``nnuniverse.geometry``: metrics by name, formulas and functions of one's own."""

from __future__ import annotations

from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest

import nnuniverse
from nnuniverse import NNUniverseError

pytestmark = pytest.mark.quick

SPHERE = {"coordinates": ["u", "v"], "parameters": {"r": 1}, "diagonal": ["r**2", "(r*sin(u))**2"]}


def of_function() -> object:
    def metric(x):  # type: ignore[no-untyped-def]
        return 9.0 * jnp.diag(jnp.array([1.0, 0.0])) + 9.0 * jnp.sin(x[0]) ** 2 * jnp.diag(
            jnp.array([0.0, 1.0])
        )

    return nnuniverse.geometry(
        metric, ("theta", "phi"), point=(0.7, 0.1), domain={"theta": (0, 3.1)}
    )


@pytest.mark.parametrize(
    "made",
    [
        lambda: nnuniverse.geometry("sphere", radius=3),
        lambda: nnuniverse.geometry(SPHERE, r=3),
        of_function,
    ],
    ids=["name", "formulas", "function"],
)
def test_a_sphere_is_one_whoever_tells_it(
    made: Callable[[], nnuniverse.api.geometry.Space],
) -> None:
    found = made().curvature([[0.7, 0.1], [1.2, 0.4]])
    np.testing.assert_allclose(found.scalar, 2.0 / 9.0, rtol=1e-12)
    np.testing.assert_allclose(found.ricci[1, 0, 0], 1.0, rtol=1e-12)
    assert found.riemann.dims == ("point", "a", "b", "c", "d")
    assert found.christoffel.dims == ("point", "a", "b", "c")
    assert found.sizes["point"] == 2


def test_a_great_circle_is_a_data_set() -> None:
    space = of_function()
    path = space.geodesic((np.pi / 2, 0.0), (0.0, 1.0 / 3.0), 3.0, steps=4)
    np.testing.assert_allclose(path.position.sel(coordinate="phi"), [0.0, 1 / 3, 2 / 3, 1.0])
    np.testing.assert_allclose(path.scalar, 2.0 / 9.0, rtol=1e-12)
    assert "Space own of theta, phi" in repr(space)


def test_the_corrected_tensor_is_einsteins() -> None:
    space = nnuniverse.geometry("sphere", dimension=3)
    found = space.onsager()
    assert float(np.abs(found.off).max()) < 1e-13
    np.testing.assert_allclose(
        found.onsager, found.onsager.transpose("point", "m", "n", "b", "a", "c", "d"), atol=1e-15
    )
    printed = space.onsager(tensor="2008.01540 (9.14)", symmetric=False)
    assert float(np.abs(printed.off).max()) > 0.1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: nnuniverse.geometry("spher"), "METRIC must be a YAML file or one of sphere"),
        (lambda: nnuniverse.geometry("sphere", r=1), "a parameter must be one of radius"),
        (lambda: nnuniverse.geometry({"coordinates": ["x", "y"]}), "`metric` or `diagonal`"),
        (lambda: nnuniverse.geometry(jnp.diag, ("x",)), "`coordinates` must be two names or more"),
        (lambda: nnuniverse.geometry(jnp.sin, ("x", "y")), "gives an array of shape (2,)"),
        (lambda: nnuniverse.geometry(jnp.diag, ("x", "y"), point=(1.0,)), "`point` must have 2"),
        (lambda: nnuniverse.geometry(jnp.diag, ("x", "y"), domain={"z": (0, 1)}), "names 'z'"),
        (lambda: of_function().curvature([9.0, 0.0]), "`theta` must be between 0 and 3.1"),
        (lambda: of_function().curvature([0.0, 0.0, 0.0]), "the 2 coordinates theta, phi"),
        (lambda: of_function().onsager(tensor="right"), "`tensor` must be one of 2004.09280"),
        (
            lambda: nnuniverse.geometry("sphere", dimension=5).onsager(),
            "at most 4 dimensions",
        ),
    ],
)
def test_bad_input_is_one_line(wrong: Callable[[], object], told: str) -> None:
    with pytest.raises(NNUniverseError) as refusal:
        wrong()
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)
