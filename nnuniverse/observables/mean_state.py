"""The mean state along the eigenvectors of G, which the exponential factor of Z needs."""

from nnuniverse.observables.declaration import Observable
from nnuniverse.observables.log_eigenvalues import EIGENVALUE
from nnuniverse.spectra import mean_state_squares
from nnuniverse.variables import Variable

MEAN_STATE_SQUARES = Observable(
    Variable(
        "mean_state_squares",
        (),
        "squared component of <x> along each dynamical eigenvector of G",
        "2004.09280 (5.11), (5.12)",
        equation="<x> = sum_i a_i v_i over the dynamical eigenvectors v_i",
        symbol="a_i^2",
        computed_by=(mean_state_squares,),
    ),
    lambda measurement: measurement.mean_state_squares[0],
    axes=(EIGENVALUE,),
    cost="noticeable",
    applies=lambda settings: settings.has_spectrum,
)
MEAN_STATE_REST = Observable(
    Variable(
        "mean_state_rest",
        (),
        "squared norm of <x> along all eigenvectors with eigenvalue one",
        "2004.09280 (5.11), (5.12)",
        equation="sum a_i^2 over the eigenvectors with lambda_i = 1",
        symbol="a_one^2",
        computed_by=(mean_state_squares,),
    ),
    lambda measurement: measurement.mean_state_squares[1],
    cost="noticeable",
    applies=lambda settings: settings.has_spectrum,
)
