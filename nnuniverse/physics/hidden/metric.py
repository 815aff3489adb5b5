"""The metric of interacting subsystems: the quadratic form that is nearest to null, and controls.

With v_0 = sum_d v_d exact (7.3), the metric g of (7.8) has D + 1 directions that no data can tell:
g and ``g + n xi^T + xi n^T``, n = (1, -1, ..., -1), are the same constraint.  What is left is a
form h in D dimensions, up to a factor (B13).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.linalg import eigh

LEAST_GAP = 3.0
"""Of the two smallest eigenvalues: below it the form is one of several that do as well."""

LEAST_COSINE = 0.9
"""Of the form and that of other samples of the same subsystems."""

RESAMPLES = 20


class Cone(NamedTuple):
    """The form h that is nearest to null on some speeds.

    ``residual`` q: 0 if h vanishes on all of them, 1 if they are isotropic once whitened; ``gap``:
    how many times as large that of the second best is; ``form``: h, (D, D), unit norm;
    ``whitened``: the same of whitened speeds, unit norm; ``root``: L of ``<v v^T> = L L^T``.
    """

    residual: float
    gap: float
    form: np.ndarray
    whitened: np.ndarray
    root: np.ndarray

    @property
    def determined(self) -> bool:
        """Whether no second form is nearly as good."""
        return self.gap >= LEAST_GAP

    @property
    def signature(self) -> tuple[int, int]:
        """The numbers of eigenvalues of either sign, the smaller first: h has no sign of its own.

        That of L^-1 h L^-T, which is the same by Sylvester's law.
        """
        negative = int((np.linalg.eigvalsh(self.whitened) < 0.0).sum())
        few, many = sorted((negative, len(self.whitened) - negative))
        return few, many


def unknowns(subsystems: int) -> int:
    """Return the entries of a symmetric form in D dimensions, D (D + 1)/2.

    ``subsystems``: D, how many there are.

    Source: 2008.01540 (7.8), (B13).

    >>> from nnuniverse.physics.hidden.metric import unknowns
    >>> unknowns(10)
    55
    """
    return subsystems * (subsystems + 1) // 2


def nearest_cone(speeds: Float[np.ndarray, "K D"]) -> Cone | None:
    """Return the form h that is nearest to null on the rows v of ``speeds``, (K, D); None: no such.

    The rows are whitened by their second moments about zero, u = L^-1 v, and made unit vectors.
    Of the forms with |h|_F = 1 it is the one with the least ``<(u^T h u)^2>``, an eigenvector of
    the mean of (u u^T) x (u u^T); that mean square over the 2/(D (D + 2)) of isotropic u is q.
    None where the second moments are singular: then subsystems do not move apart, or not at all.

    Source: 2008.01540 (7.8).
    """
    count, subsystems = speeds.shape
    if count < subsystems or not np.isfinite(speeds).all():
        return None
    scale = np.sqrt(np.einsum("kd,kd->d", speeds, speeds) / count)
    if not (scale > 0.0).all():
        return None
    scaled = np.ascontiguousarray(speeds.T) / scale[:, None]
    try:
        root = np.linalg.cholesky(scaled @ scaled.T / count)
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(root)
    whitened = inverse @ scaled
    lengths = np.linalg.norm(whitened, axis=0)
    if not lengths.all():
        whitened, lengths = whitened[:, lengths > 0.0], lengths[lengths > 0.0]
    whitened /= lengths
    first, second = np.triu_indices(subsystems)
    weight = np.where(first == second, 1.0, np.sqrt(2.0))
    features = whitened[first]
    features *= whitened[second]
    moments = (features @ features.T) * np.outer(weight, weight) / features.shape[1]
    values, vectors = eigh(moments, subset_by_index=(0, 1))
    least, next_least = np.maximum(values, 0.0)
    form = np.zeros((subsystems, subsystems))
    form[first, second] = form[second, first] = vectors[:, 0] / weight
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = float(np.divide(next_least, least))
    own = inverse.T @ form @ inverse / np.outer(scale, scale)
    residual = float(least) * subsystems * (subsystems + 2) / 2.0
    return Cone(residual, gap, own / np.linalg.norm(own), form, root * scale[:, None])


def cosine_of_forms(one: Cone, other: Cone) -> float:
    """Return ``|cos|`` of two forms, both as of speeds whitened as those of ``one`` are.

    ``other``: the other form.
    """
    moved = one.root.T @ other.form @ one.root
    return float(abs((moved * one.whitened).sum()) / np.linalg.norm(moved))


def is_fixed(gap: float, agreed: float, gaps_of_gaussians: Float[np.ndarray, " k"]) -> bool:
    """Return whether data fix the form: it stands alone, other samples agree, and only here.

    ``gap``: of the form; ``agreed``: its `stability`; ``gaps_of_gaussians``: those of Gaussians
    with the means and variances of the samples, (k,), none of which may stand alone.  Means that
    are large beside the spread make a stable form of their own.  Of Gaussians, of which a share p
    would pass the first two conditions, no more than ``p (1 - p)^k`` pass all.
    """
    alone = not (np.asarray(gaps_of_gaussians) >= LEAST_GAP).any()
    return bool(gap >= LEAST_GAP and agreed >= LEAST_COSINE and alone)


def stability(
    cone: Cone, resample: Callable[[], Float[np.ndarray, "K D"]], times: int = RESAMPLES
) -> float:
    """Return the median |cos| of a form and those of other samples; ``resample``: draws speeds.

    Draws use few samples again and again, so that other draws of the same samples agree without
    meaning: it is the samples that must be drawn anew.

    ``cone``: the form; ``times``: how many resamples.
    """
    others = (nearest_cone(resample()) for _ in range(times))
    return float(np.median([0.0 if one is None else cosine_of_forms(cone, one) for one in others]))


# --- draws of one sample per subsystem -----------------------------------------------------------

Values = Sequence[Float[np.ndarray, " _"]]
"""Speeds of the samples of each subsystem, D arrays (n_d,)."""


def drawn(
    values: Values, draws: int, random: np.random.Generator
) -> Float[np.ndarray, "{draws} D"]:
    """Return one sample of every subsystem per draw, (draws, D).

    They are drawn independently of each other, so that what a form fitted to them can see are the
    distributions of the D speeds, each by itself.

    ``values``: of the samples of each subsystem; ``random``: where its numbers are drawn from.
    """
    return np.stack([random.choice(of, draws) for of in values], axis=1)


def drawn_from_others(
    values: Values, draws: int, random: np.random.Generator
) -> Float[np.ndarray, "{draws} D"]:
    """Return the same of samples that are themselves drawn with replacement.

    ``values``: of the samples of each subsystem; ``draws``: how many; ``random``: where its numbers
    are drawn from.
    """
    return drawn([random.choice(of, len(of)) for of in values], draws, random)


def gaussian_like(values: Values, random: np.random.Generator) -> list[Float[np.ndarray, " _"]]:
    """Return Gaussians in place of the samples, as many, with exactly their means and variances.

    ``values``: of the samples of each subsystem; ``random``: where its numbers are drawn from.
    """
    return [_gaussian_like(of, random) for of in values]


def _gaussian_like(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    made = random.standard_normal(len(values))
    return values.mean() + values.std() * (made - made.mean()) / made.std()
