"""The spectra of a run, without the exact ones of dormant neurons where neurons come and go."""

from __future__ import annotations

from types import EllipsisType
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Num

from nnuniverse.networks.layered import Layered
from nnuniverse.runs.record import RunRecord
from nnuniverse.thermodynamics import Spectrum


class ActiveSpectra(NamedTuple):
    """The spectra of nets of one size.

    ``cells``: where they are among (replica, snapshot), an index or a mask of it; ``spectrum``:
    theirs, without dormant neurons; ``layers``: the net without them; None of a graph.
    """

    cells: np.ndarray | EllipsisType
    spectrum: Spectrum
    layers: Layered | None


def active_spectra(record: RunRecord, spectrum: Spectrum) -> list[ActiveSpectra]:
    """Return the ``spectrum`` of a run, (replica, snapshot, ...), by the sizes of its nets.

    Every dormant neuron has an eigenvalue that is exactly one.  Some of those that differ from one
    by the architecture are such: as many as the net of the active neurons has fewer, those nearest
    to one.  Their part of the mean state is that of the other exact ones.  Nothing of a replica
    that has ended.

    ``record``: the run, as read back from its folder.
    """
    sizes = record.active_sizes
    if sizes is None:
        layers = None if record.layer_sizes is None else Layered(record.layer_sizes)
        return [ActiveSpectra(..., spectrum, layers)]
    found = np.unique(sizes[np.isfinite(sizes).all(axis=-1)].astype(int), axis=0)
    nets = [Layered(tuple(map(int, of))) for of in found]
    cells = [(sizes == of).all(axis=-1) for of in found]
    return [
        ActiveSpectra(where, _active(spectrum, where, net), net)
        for where, net in zip(cells, nets, strict=True)
    ]


def active_log_eigenvalues(record: RunRecord) -> Float[np.ndarray, "replica snapshot rank"]:
    """Return the dynamical log lambda of a run, (replica, snapshot, rank), NaN of dormant neurons.

    Ranks are those of the reservoir, so that the largest and the smallest keep theirs while
    neurons come and go.  All NaN where a replica has ended.

    ``record``: the run, as read back from its folder.
    """
    sizes = record.active_sizes
    theta = record["log_eigenvalues"]
    return theta if sizes is None else without_dormant(theta, sizes)


def without_dormant(
    theta: Float[np.ndarray, "replica snapshot rank"],
    sizes: Num[np.ndarray, "replica snapshot layers"],
) -> Float[np.ndarray, "replica snapshot rank"]:
    """Return ``theta``, (replica, snapshot, rank), NaN where it is of a dormant neuron.

    ``theta``: the dynamical log lambda of a net and all its dormant neurons; ``sizes``: neurons per
    layer, dormant ones left out, (replica, snapshot, layers), NaN where a replica has ended.
    """
    found = np.full(theta.shape, np.nan)
    for of in np.unique(sizes[np.isfinite(sizes).all(axis=-1)].astype(int), axis=0):
        cells = (sizes == of).all(axis=-1)
        kept = _farthest_from_zero(theta[cells], Layered(tuple(map(int, of))).dynamical_eigenvalues)
        of_size = np.full(theta[cells].shape, np.nan)
        np.put_along_axis(of_size, kept, np.take_along_axis(theta[cells], kept, axis=-1), axis=-1)
        found[cells] = of_size
    return found


def _farthest_from_zero(theta: np.ndarray, count: int) -> np.ndarray:
    """Return the ranks of the ``count`` eigenvalues that differ most from one, ascending."""
    nearest_to_one_last = np.argsort(-np.abs(theta), axis=-1, kind="stable")
    return np.sort(nearest_to_one_last[:, :count], axis=-1)


def _active(spectrum: Spectrum, cells: np.ndarray, layers: Layered) -> Spectrum:
    """Return the spectra at ``cells`` with as many dynamical eigenvalues as ``layers`` have."""
    theta = np.asarray(spectrum.log_eigenvalues)[cells]
    kept = _farthest_from_zero(theta, layers.dynamical_eigenvalues)
    active = Spectrum(np.take_along_axis(theta, kept, axis=-1), layers.unit_eigenvalues)
    if spectrum.mean_squares is None or spectrum.unit_mean_square is None:
        return active
    squares = np.asarray(spectrum.mean_squares)[cells]
    moving = np.take_along_axis(squares, kept, axis=-1)
    rest = spectrum.unit_mean_square[cells] + squares.sum(axis=-1) - moving.sum(axis=-1)
    return active._replace(mean_squares=moving, unit_mean_square=rest)
