"""The Onsager tensor: equations of motion at a point, actions on tori, symmetries."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nnuniverse.physics.gravity.euler import einstein_density, euler_operator
from nnuniverse.physics.gravity.metrics import METRICS, MetricFunction
from nnuniverse.physics.gravity.onsager import (
    CORRECTED,
    PRINTED_2004,
    PRINTED_2008,
    Terms,
    contraction,
    exchanged,
    onsager_tensor,
    symmetrised,
)
from nnuniverse.physics.gravity.torus import actions, perturbed_torus
from nnuniverse.precision import in_float64


@in_float64
def apart(terms: Terms, metric: MetricFunction, x: np.ndarray) -> float:
    """Return the largest ``|E^ab + sqrt|g| G^ab|`` at a point."""

    @jax.jit
    def difference(x: jax.Array) -> jax.Array:
        return euler_operator(terms, metric)(x) - einstein_density(metric)(x)

    return float(jnp.abs(difference(jnp.asarray(x))).max())


@pytest.mark.parametrize("signature", [(1, 1), (-1, 1, 1)])
def test_equations_of_motion_are_einsteins_of_the_corrected_tensor_alone(
    signature: tuple[int, ...],
) -> None:
    torus = perturbed_torus(signature, np.random.default_rng(1), amplitude=0.3)
    x = np.linspace(0.3, 2.0, len(signature))
    assert apart(CORRECTED, torus, x) < 1e-14
    assert apart(PRINTED_2008, torus, x) > 0.1
    assert apart({**CORRECTED, "ab cm dn": -0.505}, torus, x) > 1e-3


def test_in_four_dimensions_and_where_nothing_is_empty() -> None:
    space = METRICS["de_sitter"](rate=0.7)
    assert apart(CORRECTED, space.function, np.array(space.point)) < 2e-14


@in_float64
def test_the_printed_tensors_contract_to_the_same() -> None:
    random = np.random.default_rng(2)
    slopes = random.normal(size=(3, 3, 3))
    slopes = slopes + slopes.swapaxes(1, 2)
    inverse = random.normal(size=(3, 3))
    inverse = jnp.asarray(inverse + inverse.T)
    one, other = (
        contraction(onsager_tensor(terms, inverse), slopes)
        for terms in (PRINTED_2004, PRINTED_2008)
    )
    np.testing.assert_allclose(one, other, rtol=1e-13)


@in_float64
def test_symmetrised_has_all_symmetries_and_the_same_contraction() -> None:
    random = np.random.default_rng(3)
    slopes = random.normal(size=(3, 3, 3))
    slopes = jnp.asarray(slopes + slopes.swapaxes(1, 2))
    tensor = onsager_tensor(CORRECTED, jnp.eye(3) + 0.1)
    whole = symmetrised(tensor)
    for order in ("mnbacd", "mnabdc", "nmcdab"):
        np.testing.assert_allclose(exchanged(whole, order), whole, atol=1e-15)
        assert np.abs(exchanged(tensor, order) - tensor).max() > 0.1
    np.testing.assert_allclose(contraction(whole, slopes), contraction(tensor, slopes), rtol=1e-13)


@in_float64
def test_the_form_has_both_signs() -> None:
    form = symmetrised(onsager_tensor(CORRECTED, jnp.eye(3)))
    values = np.linalg.eigvalsh(np.einsum("mnabcd->mabncd", form).reshape(27, 27))
    assert (np.sum(values < -1e-9), np.sum(values > 1e-9)) == (8, 10)


@in_float64
def _actions(signature: tuple[int, ...], points: int) -> np.ndarray:
    torus = perturbed_torus(signature, np.random.default_rng(1))
    found = jax.jit(lambda: actions(torus, len(signature), [PRINTED_2008, CORRECTED], points))()
    return np.array([found.curvature, *found.tensors])


@pytest.mark.parametrize("signature", [(1, 1), (-1, 1)])
def test_actions_on_a_torus_of_two_dimensions(signature: tuple[int, ...]) -> None:
    curved, printed, corrected = _actions(signature, 32)
    assert abs(curved) < 1e-13  # Gauss and Bonnet
    assert abs(corrected) < 1e-13
    assert abs(printed) > 1e-3
    coarse = [abs(_actions(signature, points)[2]) for points in (8, 16)]
    assert coarse[0] > 1e5 * coarse[1]  # faster than any power


def test_actions_on_a_torus_of_three() -> None:
    curved, printed, corrected = _actions((-1, 1, 1), 16)
    assert abs(curved) > 0.01
    assert abs(corrected - curved) < 1e-9 * abs(curved)
    assert abs(printed - curved) > 1e-3 * abs(curved)
