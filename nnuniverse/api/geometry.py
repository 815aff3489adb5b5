"""``nnuniverse.geometry``: curvature, free fall and Onsager tensors of any metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from nnuniverse.experiments import geometry as experiments
from nnuniverse.experiments.geodesic_file import opened_path

if TYPE_CHECKING:
    import jax
    import xarray as xr

    from nnuniverse.physics.gravity.metrics import Metric

INDICES = ("a", "b", "c", "d")
"""Names of the dimensions of a tensor, each along the coordinates."""

ONSAGER_INDICES = ("m", "n", *INDICES)


def geometry(
    metric: str | Path | Mapping[str, object] | Callable[[jax.Array], jax.Array],
    coordinates: Sequence[str] | None = None,
    *,
    point: Sequence[float] | None = None,
    domain: Mapping[str, tuple[float, float]] | None = None,
    **parameters: float,
) -> Space:
    """Return the space that a ``metric`` makes, signature -+++ where there is a time, G = c = 1.

    ``metric``: a name, as of `nnu geometry metrics`; a YAML file of formulas, or a mapping with
    what it would hold; or a function of one's own in JAX, from a point (D,) to g_ab, (D, D), which
    needs the names of its ``coordinates``.  ``point``: an ordinary one, where curvature is told of
    unless others are given; ``domain``: between which values a coordinate lies; both only of a
    function.  ``parameters``: those of the metric, ``geometry("kerr", spin=0.9)``.  Raises
    ConfigError.

    >>> sphere = nnuniverse.geometry("sphere", radius=2.0)
    >>> sphere.curvature().scalar.round(12).values.tolist()
    [0.5]
    """
    given = {name: repr(float(value)) for name, value in parameters.items()}
    if callable(metric):
        return Space(experiments.metric_of_function(metric, coordinates or (), point, domain or {}))
    if isinstance(metric, Mapping):
        return Space(experiments.metric_of_formulas(metric, given))
    return Space(experiments.open_metric(str(metric), given))


@dataclass(frozen=True, repr=False)
class Space:
    """A space with a metric: its curvature, free fall in it, its Onsager tensors.

    What is returned is an xarray data set, over points or steps, and coordinates.
    """

    space: Metric

    def __repr__(self) -> str:
        return f"Space {self.space.name} of {', '.join(self.space.coordinates)}: {self.space.says}"

    def curvature(self, points: ArrayLike | None = None) -> xr.Dataset:
        """Return all tensors of curvature at ``points``, (D,) or (P, D); None: at the usual one.

        ``scalar`` R, ``kretschmann`` R_abcd R^abcd, ``ricci``, ``einstein``, ``riemann`` and
        ``weyl`` with indices down, ``christoffel`` Gamma^a_bc; the unit sphere has R = +2.  Raises
        ConfigError for a point outside the domain, or where the metric has no inverse.

        See 2008.01540 (9.16), (9.19).
        """
        where = self._points(points)
        found = experiments.curvature_at(self.space, where)
        return self._dataset(
            {"position": where} | {name: np.asarray(v) for name, v in found._asdict().items()},
            INDICES,
        )

    def geodesic(
        self,
        position: Sequence[float],
        velocity: Sequence[float],
        length: float,
        *,
        norm: float | None = None,
        steps: int = 200,
    ) -> xr.Dataset:
        """Return a path of free fall, as `nnu geometry geodesic` stores it, nothing is written.

        ``position``, ``velocity`` dx/ds: where it begins, D each; ``length``: of s; ``norm``: -1 of
        a body, 0 of light, for which the first component of the velocity is solved; None to take it
        as it is.  Raises ConfigError for what cannot begin.

        ``steps``: how many points are kept.
        """
        begun = experiments.Fall(tuple(position), tuple(velocity), length, norm, steps)
        return opened_path(self.space, experiments.free_fall(self.space, begun))

    def onsager(
        self,
        points: ArrayLike | None = None,
        tensor: str = "corrected",
        *,
        symmetric: bool = True,
    ) -> xr.Dataset:
        """Return the Onsager tensor of the metric at ``points``, and how far it is from Einstein's.

        ``onsager`` L^{mn ab cd}; ``off``: E^ab + sqrt|g| G^ab, zero up to rounding if its equations
        of motion are Einstein's.  ``tensor``: "corrected", or as printed, "2008.01540 (9.14)" or
        "2004.09280 (12.9)"; ``symmetric``: with the symmetries (12.7), (12.8).  Raises ConfigError.

        See 2008.01540 (9.12)-(9.14), 2004.09280 (12.7)-(12.9), wrong as printed (B21, A40).
        """
        where = self._points(points)
        found, off = experiments.onsager_tensors(self.space, where, tensor, symmetric)
        both = self._dataset({"position": where, "onsager": found}, ONSAGER_INDICES)
        return both.assign(off=(("point", "a", "b"), off))

    def _points(self, points: ArrayLike | None) -> np.ndarray:
        return np.atleast_2d(np.asarray(self.space.point if points is None else points, float))

    def _dataset(self, arrays: Mapping[str, np.ndarray], indices: Sequence[str]) -> xr.Dataset:
        """Return arrays over points and ``indices``, all of which are coordinates."""
        import xarray as xr

        names, values = list(self.space.coordinates), {}
        for name, array in arrays.items():
            own = ("coordinate",) if name == "position" else tuple(indices[: array.ndim - 1])
            values[name] = (("point", *own), array)
        used = {dim for dims, _ in values.values() for dim in dims} - {"point"}
        return xr.Dataset(values, dict.fromkeys(sorted(used), names))
