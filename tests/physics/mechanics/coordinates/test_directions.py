"""Single parameters, principal components, the gradient's direction, and displacements."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinates.displacement import displacement
from nnuniverse.physics.mechanics.coordinates.gradient_direction import gradient_direction
from nnuniverse.physics.mechanics.coordinates.principal import principal_components
from nnuniverse.physics.mechanics.coordinates.single_parameters import single_parameters

ARRAYS = [("weights_1", (2, 3)), ("bias_1", (2,)), ("weights_2", (4, 2)), ("bias_2", (4,))]


def test_a_name_is_the_place_of_its_parameter() -> None:
    rng = np.random.default_rng(0)
    net = {name: rng.standard_normal(shape) for name, shape in ARRAYS}
    flat = np.concatenate([net[name].ravel() for name, _ in ARRAYS])
    found = single_parameters(["weights_1[1,2]", "bias_2[3]", "weights_2[3, 0]"], ARRAYS) @ flat
    expected = [net["weights_1"][1, 2], net["bias_2"][3], net["weights_2"][3, 0]]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    "name", ["weights_1[2,0]", "weights_1[0]", "weights_3[0,0]", "bias_1", "bias_1[-1]", "bias_1[]"]
)
def test_a_name_of_none_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError, match=r"has no .*Try .*weights_2\[4, 2\]"):
        single_parameters([name], ARRAYS)


def test_principal_components_are_the_eigenvectors_of_the_covariance() -> None:
    rng = np.random.default_rng(1)
    axes = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    samples = rng.standard_normal((40, 6)) * np.geomspace(3.0, 0.1, 6) @ axes + 5.0
    components = principal_components(samples, 3)
    covariance = np.cov(samples.T, bias=True)
    variances = components.shares * np.trace(covariance)
    expected = variances[:, None] * components.directions
    np.testing.assert_allclose(components.directions @ covariance, expected, atol=1e-12)
    np.testing.assert_allclose(variances, np.linalg.eigvalsh(covariance)[::-1][:3])
    assert (components.directions.max(axis=1) == np.abs(components.directions).max(axis=1)).all()


@pytest.mark.parametrize(("samples", "said"), [(np.eye(3), "count: 2"), (np.ones((3, 3)), "0 dir")])
def test_more_components_than_there_are_are_refused(samples: np.ndarray, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        principal_components(samples, 3)


def test_a_gradient_has_a_direction_unless_it_is_zero() -> None:
    np.testing.assert_allclose(gradient_direction(np.array([-3e-200, 4e-200]), "F"), [-0.6, 0.8])
    for gradient in (np.zeros(3), np.array([np.nan, 1.0])):
        with pytest.raises(ConfigError, match="gradient of F that is not zero"):
            gradient_direction(gradient, "F")


def test_displacement_has_the_coordinates_asked_for_and_least_length() -> None:
    rng = np.random.default_rng(2)
    directions, targets = rng.standard_normal((3, 8)), rng.standard_normal((5, 3))
    found = displacement(directions, targets)
    np.testing.assert_allclose(found @ directions.T, targets, atol=1e-12)
    expected = np.linalg.lstsq(directions, targets.T, rcond=None)[0].T
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(
    "directions", [np.array([[1.0, 0.0], [1.0, 1e-9]]), np.eye(3)[:, :2], np.zeros((1, 2))]
)
def test_dependent_coordinates_are_refused(directions: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="linearly independent"):
        displacement(directions, np.zeros((1, len(directions))))
