"""The direction of a gradient as a coordinate."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError


def gradient_direction(gradient: Float[np.ndarray, " K"], of: str) -> Float[np.ndarray, " K"]:
    """Return the unit vector along a ``gradient`` (K,), in its direction, (K,).

    ``of``: what it is the gradient of, for the message.  Raises `ConfigError` if it has no
    direction: is zero, or not finite.

    >>> gradient_direction(np.array([3.0, 4.0]), "loss").tolist()
    [0.6, 0.8]
    """
    largest = np.max(np.abs(gradient))
    if not (np.isfinite(largest) and largest > 0.0):
        raise ConfigError(
            "`evolve.coordinates`",
            f"have a direction, as a gradient of {of} that is not zero",
            f"its largest component is {largest:g} at the trained state",
            "other coordinates, as kind: curvature",
        )
    scaled = gradient / largest
    return scaled / np.linalg.norm(scaled)
