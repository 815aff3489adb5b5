"""Principal components of the fluctuations of a pilot ensemble."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.coordinates.orientation import oriented


class PrincipalComponents(NamedTuple):
    """The directions of largest variance first.

    ``directions``: of unit length, the largest component positive, (component, K); ``shares``: of
    the variance of all parameters, (component,).
    """

    directions: np.ndarray
    shares: np.ndarray


def principal_components(
    samples: Float[np.ndarray, "samples K"], count: int
) -> PrincipalComponents:
    """Return the ``count`` directions in which ``samples`` (samples, K) vary most.

    They are as noisy as the pilot is small: with fewer samples than parameters the largest
    variances are overestimated.  Raises `ConfigError` if the samples vary in fewer directions.
    """
    centred = samples - samples.mean(axis=0)
    singular, directions = np.linalg.svd(centred, full_matrices=False)[1:]
    noise = max(centred.shape) * np.finfo(np.float64).eps * singular[0]
    varying = int((singular > noise).sum())
    if count > varying:
        raise ConfigError(
            "`evolve.coordinates`",
            f"be as many principal components as `count`: {count}",
            f"the pilot ensemble varies in {varying} directions",
            f"count: {varying}" if varying else "a larger `train.learning_rate`",
        )
    shares = singular**2 / np.sum(singular**2)
    return PrincipalComponents(oriented(directions[:count]), shares[:count])
