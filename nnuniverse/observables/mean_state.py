"""The mean state along the eigenvectors of G, which the exponential factor of Z needs."""

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.log_eigenvalues import EIGENVALUE

MEAN_STATE_SQUARES = Observable(
    name="mean_state_squares",
    long_name="squared component of <x> along each dynamical eigenvector of G",
    source="2004.09280 (5.11), (5.12)",
    dims=(EIGENVALUE,),
    measure=lambda measurement: measurement.mean_state_squares[0],
    cost="noticeable",
    applies=lambda settings: settings.has_spectrum,
)
MEAN_STATE_REST = Observable(
    name="mean_state_rest",
    long_name="squared norm of <x> along all eigenvectors with eigenvalue one",
    source="2004.09280 (5.11), (5.12)",
    measure=lambda measurement: measurement.mean_state_squares[1],
    cost="noticeable",
    applies=lambda settings: settings.has_spectrum,
)
