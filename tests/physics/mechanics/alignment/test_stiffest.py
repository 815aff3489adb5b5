"""The stiffest directions of a Hessian that is known."""

from __future__ import annotations

import numpy as np

from nnuniverse.physics.mechanics.alignment.stiffest import stiffest_directions


def test_largest_eigenvalues_of_a_matrix_that_has_larger_negative_ones() -> None:
    random = np.random.default_rng(0)
    vectors = np.linalg.qr(random.normal(size=(40, 40)))[0]
    values = np.concatenate([[-50.0, -20.0], np.linspace(-1.0, 1.0, 35), [3.0, 7.0, 10.0]])
    hessian = vectors * values @ vectors.T
    found = stiffest_directions(lambda vector: hessian @ vector, 40, 3)
    np.testing.assert_allclose(found.curvatures, [10.0, 7.0, 3.0], rtol=1e-9)
    np.testing.assert_allclose(
        np.abs(found.directions @ vectors[:, [-1, -2, -3]]), np.eye(3), atol=1e-6
    )
