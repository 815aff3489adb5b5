"""How often a metric counts as fixed by the data: of planted cones, and of Gaussians without any.

A planted cone: K rows of D speeds on ``v^T h v = 0``, h random, plus noise of a share of their rms;
resampled are the rows.  Gaussians: as many samples per subsystem as given, of which the speeds are
drawn independently, as those of a run are; resampled are the samples.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.simulation import Case
from nnuniverse.physics.hidden.metric import (
    LEAST_COSINE,
    drawn,
    drawn_from_others,
    nearest_cone,
    stability,
)

DRAWS = 4000


def accepts_planted(
    generator: np.random.Generator, *, subsystems: int, rows: int, noise: float
) -> bool:
    """Return whether a planted cone counts as fixed, and is the planted one to .9."""
    form = generator.normal(size=(subsystems, subsystems))
    form += form.T
    speeds = _on_cone(form, rows, generator)
    speeds += noise * np.sqrt((speeds**2).mean()) * generator.normal(size=speeds.shape)
    cone = nearest_cone(speeds)
    if cone is None or not cone.determined:
        return False
    agreed = stability(cone, lambda: speeds[generator.integers(0, rows, rows)])
    right = abs((cone.form * form).sum()) / np.linalg.norm(form)
    return bool(agreed >= LEAST_COSINE and right >= LEAST_COSINE)


def accepts_gaussians(
    generator: np.random.Generator, *, subsystems: int, samples: int, mean: float
) -> bool:
    """Return whether a form counts as fixed where there are Gaussians of that ``mean`` alone."""
    values = [generator.normal(mean * generator.normal(), 1.0, samples) for _ in range(subsystems)]
    cone = nearest_cone(drawn(values, DRAWS, generator))
    if cone is None or not cone.determined:
        return False
    agreed = stability(cone, lambda: drawn_from_others(values, DRAWS, generator))
    return bool(agreed >= LEAST_COSINE)


def _on_cone(form: np.ndarray, rows: int, generator: np.random.Generator) -> np.ndarray:
    """Return rows a + s b of random a and b, at a root s of the form."""
    found = np.empty((0, len(form)))
    while len(found) < rows:
        a, b = generator.normal(size=(2, 2 * rows, len(form)))
        aa, ab, bb = (np.einsum("ki,ij,kj->k", x, form, y) for x, y in ((a, a), (a, b), (b, b)))
        real = ab**2 > aa * bb
        a, b, aa, ab, bb = a[real], b[real], aa[real], ab[real], bb[real]
        roots = (-ab + np.sqrt(ab**2 - aa * bb)) / bb
        near = np.abs(roots) < 3.0  # else all lie along b
        found = np.concatenate([found, a[near] + roots[near, None] * b[near]])
    return found[:rows]


CASES = [
    *(
        Case(
            f"planted, D = {subsystems}, {rows} rows, noise {noise:g}",
            partial(accepts_planted, subsystems=subsystems, rows=rows, noise=noise),
            "",
        )
        for subsystems, rows in ((4, 40), (4, 400), (10, 400))
        for noise in (0.001, 0.01, 0.03, 0.1, 0.3)
    ),
    *(
        Case(
            f"Gaussians, D = {subsystems}, {samples} samples each, means {mean:g}",
            partial(accepts_gaussians, subsystems=subsystems, samples=samples, mean=mean),
            "",
        )
        for subsystems, samples in ((4, 40), (4, 100), (10, 100))
        for mean in (0.0, 1.0, 3.0)
    ),
]
