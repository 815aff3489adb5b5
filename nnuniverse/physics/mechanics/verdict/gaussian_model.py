"""What the fits need to know of a model of mean and variance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.mechanics.verdict.marginals import Clock, Sample, Units

Moments = tuple[Float[np.ndarray, "*lead record"], Float[np.ndarray, "*lead record"]]


@dataclass(frozen=True)
class Chart:
    """One parametrisation of a model, good for a part of its parameters.

    ``moments``: mean and variance at the records, (..., record), of parameters (..., parameter);
    ``starts``: where to begin to look for the best, (start, parameter), from a sample;
    ``named``: the parameters by name, in q and steps.
    """

    moments: Callable[[np.ndarray, Clock], Moments]
    starts: Callable[[Sample], np.ndarray]
    named: Callable[[np.ndarray, Units], Mapping[str, float]]


@dataclass(frozen=True)
class GaussianModel:
    """A model for mean and variance: ``charts`` that cover its parameters together."""

    name: str
    charts: tuple[Chart, ...]


def columns(theta: Float[np.ndarray, "*lead parameter"]) -> list[Float[np.ndarray, "*lead 1"]]:
    """Return the parameters one by one, each (..., 1), to be combined with records.

    ``theta``: the parameters of the model, (..., parameter), in the units of the fits.
    """
    return [theta[..., i, None] for i in range(theta.shape[-1])]


def mean_coefficients(
    basis: Float[np.ndarray, "record function"], sample: Sample
) -> Float[np.ndarray, " function"]:
    """Return the coefficients of ``basis``, (record, function), that come nearest to the mean.

    ``sample``: the replicas of one coordinate, in the units of the fits.
    """
    weight = 1.0 / np.sqrt(sample.variance)
    return np.linalg.lstsq(basis * weight[:, None], sample.mean * weight, rcond=None)[0]


def variance_coefficients(
    basis: Float[np.ndarray, "record function"], sample: Sample
) -> Float[np.ndarray, " function"]:
    """Return coefficients >= 0 of ``basis``, (record, function), of which the variance is made.

    ``sample``: the replicas of one coordinate, in the units of the fits.
    """
    from scipy.optimize import nnls  # loads much

    return nnls(basis / sample.variance[:, None], np.ones(len(basis)))[0]
