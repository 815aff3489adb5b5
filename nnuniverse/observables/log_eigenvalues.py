"""The dynamical eigenvalues of log G."""

import numpy as np

from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.measurement import Settings

EIGENVALUE = Dimension(
    "eigenvalue",
    "rank among the dynamical eigenvalues, 1 the largest",
    lambda settings: np.arange(1, settings.architecture.dynamical_eigenvalues + 1),
)


def _attributes(settings: Settings) -> dict[str, int | str]:
    return {
        "unit_eigenvalues": settings.architecture.unit_eigenvalues,
        "slope": settings.slope,
    }


LOG_EIGENVALUES = Observable(
    name="log_eigenvalues",
    long_name="dynamical eigenvalues of log G",
    source="2004.09280 (5.6), (5.10)",
    dims=(EIGENVALUE,),
    measure=lambda measurement: measurement.log_eigenvalues,
    attributes=_attributes,
    applies=lambda settings: settings.has_spectrum,
)
SINGULAR_EIGENVALUES = Observable(
    name="singular_eigenvalues",
    long_name="number of eigenvalues of G that are zero up to rounding",
    source="2008.01540 (8.2)",
    measure=lambda measurement: measurement.singular_eigenvalues,
    applies=lambda settings: settings.on_graph and settings.has_spectrum,
)
