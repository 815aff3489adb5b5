"""The dynamical eigenvalues of log G."""

import numpy as np

from nnuniverse.observables.declaration import Dimension, Observable
from nnuniverse.observables.graph_measurement import GraphMeasurement
from nnuniverse.observables.measurement import Settings, only_of
from nnuniverse.spectra import finite_log_eigenvalues, reduced_log_eigenvalues
from nnuniverse.variables import Variable

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
    Variable(
        "log_eigenvalues",
        (),
        "dynamical eigenvalues of log G",
        "2004.09280 (5.6), (5.10)",
        equation="log of the eigenvalues of G = (I - A)^T (I - A), A = f'w",
        symbol="log lambda_i",
        computed_by=(reduced_log_eigenvalues, finite_log_eigenvalues),
    ),
    lambda measurement: measurement.log_eigenvalues,
    axes=(EIGENVALUE,),
    attributes=_attributes,
    applies=lambda settings: settings.has_spectrum,
)
SINGULAR_EIGENVALUES = Observable(
    Variable(
        "singular_eigenvalues",
        (),
        "number of eigenvalues of G that are zero up to rounding",
        "2008.01540 (8.2)",
        equation="dim ker (I - A)",
        symbol="n_zero",
        computed_by=(finite_log_eigenvalues,),
    ),
    only_of(GraphMeasurement, lambda measurement: measurement.singular_eigenvalues),
    applies=lambda settings: settings.recurrent and settings.has_spectrum,
)
