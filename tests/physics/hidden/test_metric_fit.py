"""The form that is nearest to null, on cones that were planted and on what has none."""

from __future__ import annotations

import numpy as np
import pytest

from nnuniverse.physics.hidden.metric import (
    Cone,
    cosine_of_forms,
    drawn,
    drawn_from_others,
    gaussian_like,
    is_fixed,
    nearest_cone,
    stability,
    unknowns,
)

D = 4


def on_a_cone(form: np.ndarray, rows: int, random: np.random.Generator) -> np.ndarray:
    """Return rows v with v^T h v = 0: a + s b of random a and b, at a root s."""
    found = np.empty((0, len(form)))
    while len(found) < rows:
        a, b = random.normal(size=(2, 4 * rows, len(form)))
        aa, ab, bb = (np.einsum("ki,ij,kj->k", x, form, y) for x, y in ((a, a), (a, b), (b, b)))
        real = ab**2 > aa * bb
        a, b, aa, ab, bb = a[real], b[real], aa[real], ab[real], bb[real]
        s = (-ab + np.sqrt(ab**2 - aa * bb)) / bb
        found = np.concatenate([found, a + s[:, None] * b])
    return found[:rows]


def planted(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    form = random.normal(size=(D, D)) + np.diag([3.0, 3.0, -3.0, -3.0])
    form += form.T
    return form / np.linalg.norm(form), on_a_cone(form, rows, random)


def fitted(speeds: np.ndarray) -> Cone:
    cone = nearest_cone(speeds)
    assert cone is not None
    return cone


@pytest.mark.parametrize("seed", range(4))
def test_a_planted_cone_is_found_of_as_few_rows_as_can_be(seed: int) -> None:
    form, rows = planted(seed, unknowns(D) - 1)
    cone = fitted(rows)
    assert 1.0 - abs((cone.form * form).sum()) < 1e-12
    assert cone.residual < 1e-12
    assert cone.determined
    negative = int((np.linalg.eigvalsh(form) < 0).sum())
    assert cone.signature == tuple(sorted((negative, D - negative)))


def test_units_of_a_subsystem_change_the_form_alone() -> None:
    _, rows = planted(5, 60)
    rows += 0.1 * np.random.default_rng(1).normal(size=rows.shape)
    units = np.array([1.0, 1e-6, 1e3, 7.0])
    one, other = fitted(rows), fitted(rows * units)
    assert other.residual == pytest.approx(one.residual, rel=1e-9)
    assert other.gap == pytest.approx(one.gap, rel=1e-9)
    scaled = one.form / np.outer(units, units)
    assert abs((other.form * scaled).sum()) == pytest.approx(np.linalg.norm(scaled), rel=1e-9)
    assert cosine_of_forms(one, one) == pytest.approx(1.0)


def test_isotropic_speeds_have_no_cone() -> None:
    cone = fitted(np.random.default_rng(2).normal(size=(20000, D)))
    assert cone.residual == pytest.approx(1.0, abs=0.05)
    assert not cone.determined


def test_subsystems_that_do_not_move_apart_have_no_form() -> None:
    speeds = np.random.default_rng(0).normal(size=(50, D))
    assert nearest_cone(np.concatenate([speeds[:, :3], 0.0 * speeds[:, :1]], axis=1)) is None
    assert nearest_cone(np.repeat(speeds[:, :1], D, axis=1)) is None
    assert nearest_cone(speeds[: D - 1]) is None


def test_draws_take_one_sample_of_every_subsystem() -> None:
    random = np.random.default_rng(0)
    values = [np.array([1.0, 2.0]), np.array([10.0, 20.0, 30.0])]
    rows = drawn(values, 500, random)
    assert {tuple(row) for row in rows.tolist()} == {(a, b) for a in values[0] for b in values[1]}
    assert len(np.unique(drawn_from_others(values, 50, random)[:, 1])) <= 3
    for made, given in zip(gaussian_like(values, random), values, strict=True):
        assert (made.mean(), made.std()) == pytest.approx((given.mean(), given.std()))


def test_a_planted_form_is_stable_and_that_of_gaussians_is_not() -> None:
    random = np.random.default_rng(3)
    _, rows = planted(7, 200)
    cone = fitted(rows + 1e-3 * random.normal(size=rows.shape))
    assert stability(cone, lambda: rows[random.integers(0, 200, 200)], 5) > 0.999
    values = [random.normal(size=40) for _ in range(D)]
    loose = fitted(drawn(values, 400, random))
    assert stability(loose, lambda: drawn_from_others(values, 400, random), 9) < 0.9


def test_a_form_that_gaussians_have_too_is_not_fixed() -> None:
    alone = np.array([1.2, 2.9, 1.0])
    assert is_fixed(3.0, 0.9, alone)
    assert not is_fixed(2.9, 0.9, alone)
    assert not is_fixed(3.0, 0.89, alone)
    assert not is_fixed(3.0, np.nan, alone)
    assert not is_fixed(3.0, 0.9, np.array([1.2, 3.0, 1.0]))
