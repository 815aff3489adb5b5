"""A path of free fall with the curvature along it, as ``geodesic.h5`` names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from nnuniverse.physics.gravity.geodesic_path import Geodesic
from nnuniverse.physics.gravity.precession import Turn, mean_turn
from nnuniverse.variables import Axis, Variable

SOURCE = "2008.01540 (9.16)"
CURVED = "2008.01540 (9.19)"

PARAMETER = Variable("parameter", ("step",), "affine parameter s of the path", SOURCE)
POSITION = Variable("position", ("step", "coordinate"), "x^a(s)", SOURCE)
VELOCITY = Variable("velocity", ("step", "coordinate"), "u^a = dx^a/ds", SOURCE)
NORM = Variable("norm", ("step",), "g_ab u^a u^b", SOURCE)
MOMENTUM = Variable(
    "momentum", ("step", "coordinate"), "u_a = g_ab u^b, constant where ignorable is 1", SOURCE
)
IGNORABLE = Variable(
    "ignorable", ("coordinate",), "whether the metric is independent of it", SOURCE, dtype="int8"
)
PERIAPSIS = Variable("periapsis", ("passage", "coordinate"), "x^a where r is least", SOURCE)
PERIAPSIS_ERROR = Variable(
    "periapsis_error",
    ("passage", "coordinate"),
    "what they differ by from those with ten times the tolerance",
    SOURCE,
)
SCALAR = Variable("scalar", ("step",), "Ricci scalar R along the path", CURVED)
KRETSCHMANN = Variable("kretschmann", ("step",), "R_abcd R^abcd along the path", CURVED)


@dataclass(frozen=True)
class StoredPath:
    """A ``path`` in a metric of ``coordinates``, with R and R_abcd R^abcd along it, (step,)."""

    coordinates: tuple[str, ...]
    path: Geodesic
    scalar: np.ndarray
    kretschmann: np.ndarray

    @property
    def axes(self) -> list[Axis]:
        """Along which the variables are."""
        return [
            Axis("step", "number of the point", np.arange(len(self.path.parameter))),
            Axis("coordinate", "name of the coordinate", np.array(self.coordinates, object)),
            Axis("passage", "number of the periapsis", np.arange(len(self.path.periapsis))),
        ]

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What ``geodesic.h5`` holds."""
        path = self.path
        passages = [(PERIAPSIS, path.periapsis), (PERIAPSIS_ERROR, path.periapsis_error)]
        return [
            (PARAMETER, path.parameter),
            (POSITION, path.position),
            (VELOCITY, path.velocity),
            (NORM, path.norm),
            (MOMENTUM, path.momentum),
            (IGNORABLE, path.ignorable.astype(np.int8)),
            (SCALAR, self.scalar),
            (KRETSCHMANN, self.kretschmann),
            *(passages if len(path.periapsis) else []),
        ]

    @classmethod
    def of_values(
        cls, values: Mapping[str, Shaped[np.ndarray, " ..."]], ended: str | None
    ) -> StoredPath:
        """Return it from what a file holds by name.

        ``values``: the variables of the file by name; ``ended``: why it ended early, None if it did
        not.
        """
        none = np.zeros((0, values["position"].shape[1]))
        path = Geodesic(
            values["parameter"],
            values["position"],
            values["velocity"],
            values["norm"],
            values["ignorable"].astype(bool),
            values["momentum"],
            ended,
            values.get(PERIAPSIS.name, none),
            values.get(PERIAPSIS_ERROR.name, none),
        )
        names = tuple(map(str, values["coordinate"]))
        return cls(names, path, values["scalar"], values["kretschmann"])

    @property
    def polar(self) -> tuple[int, int] | None:
        """The numbers of the coordinates r and phi, None if it has not both."""
        if not {"r", "phi"} <= set(self.coordinates):
            return None
        return self.coordinates.index("r"), self.coordinates.index("phi")

    @property
    def turn(self) -> Turn | None:
        """What its orbit turns by beyond whole turns; None without r and phi, and of no orbit."""
        return mean_turn(self.path, self.polar[1]) if self.polar else None
