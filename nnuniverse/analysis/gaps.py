"""The gap between the smallest eigenvalues and the rest: whether there is one, or who can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Shaped

from nnuniverse.analysis.active_spectra import active_spectra
from nnuniverse.analysis.gap_null import (
    POWER_AT,
    GapNull,
    GapTest,
    critical_value,
    largest_excess,
    null_of,
)
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.spacings import SpacingCurve
from nnuniverse.networks.layered import Layered
from nnuniverse.runs.record import RunRecord
from nnuniverse.thermodynamics import Spectrum

MIN_EIGENVALUES = 5
"""With fewer small eigenvalues there are no other spacings to compare with."""

UNTRAINED_LEVEL = 0.2
"""Largest p-value of an untrained spectrum whose spacing makes one like it no gap.

Chosen by simulation of five replicas, tanh, whose weights grew by a fifth and learned nothing: at
gains 1.5 to 3 at most 5 % of 784-60-10, 784-100-10 and 784-100-30 had a gap, with 0.05 up to
10 %.  Eigenvalues repel each other, so that untrained nets of gain 1 have no p-value below 0.4.
"""

VERDICTS = ("gap", "none", "cannot tell")


class Gaps(NamedTuple):
    """The most conspicuous spacing of each spectrum, arrays of one shape.

    ``position``: its middle in log lambda; ``width``; ``below``: eigenvalues below it;
    ``p_value``: chance of one as conspicuous under the null; ``power``: chance to find a gap of
    reference.  NaN where there is nothing to test; if every spacing is excused, the power is zero.
    """

    position: np.ndarray
    width: np.ndarray
    below: np.ndarray
    p_value: np.ndarray
    power: np.ndarray

    def verdicts(self, significance: float) -> Shaped[np.ndarray, "*spectra"]:
        """Return one of `VERDICTS` per spectrum, an empty text where there is nothing to test.

        ``gap``: p is at most ``significance``; ``none``: it is not, and would have been with a
        chance of at least one half; else ``cannot tell``.
        """
        gap, none, unknown = VERDICTS
        untested = np.where(self.power >= 0.5, none, unknown)
        decided = np.where(self.p_value <= significance, gap, untested)
        return np.where(np.isnan(self.power), "", decided)


def gaps_of(
    record: RunRecord, settings: AnalysisSettings, snapshots: int | slice = slice(None)
) -> Gaps:
    """Return the gaps of a run, (replica, snapshot), or (replica,) of one snapshot's number.

    The net's layers, if it has any, and the spectra of all replicas at epoch 0, if these were
    recorded, say which spacings are no gaps.  Raises RunError if the run recorded no spectrum.

    ``record``: the run, as read back from its folder; ``settings``: how the run is analysed;
    ``snapshots``: which of them.
    """
    theta, sizes = record["log_eigenvalues"], record.layer_sizes
    is_untrained = record["snapshot"] == 0
    searched = (settings.resamples, settings.seed, settings.significance)
    if record.active_sizes is None:
        untrained = theta[:, 0] if is_untrained[0] else None
        layers = None if sizes is None else Layered(sizes)
        return find_gaps(theta[:, snapshots], *searched, layers, untrained)
    found = Gaps(*(np.full(theta.shape[:2], np.nan) for _ in Gaps._fields))
    spectra = active_spectra(record, Spectrum(theta, record.unit_eigenvalues))
    at_first = [
        of.spectrum.log_eigenvalues[is_untrained[np.nonzero(np.asarray(of.cells))[1]]]
        for of in spectra
    ]
    untrained = next((theta for theta in at_first if len(theta)), None)
    for cells, spectrum, layers in spectra:
        of_size = find_gaps(spectrum.log_eigenvalues, *searched, layers, untrained)
        for whole, values in zip(found, of_size, strict=True):
            whole[cells] = values
    return Gaps(*(whole[:, snapshots] for whole in found))


def find_gaps(
    log_eigenvalues: Float[np.ndarray, "*spectra n_dyn"],
    resamples: int = 499,
    seed: int = 0,
    significance: float = 0.05,
    layers: Layered | None = None,
    untrained: Float[np.ndarray, "*nets _"] | None = None,
) -> Gaps:
    """Return the most conspicuous spacing between neighbouring small eigenvalues of each spectrum.

    Small ones have log lambda < 0.  The null hypothesis is a smooth density: the spacings follow a
    smooth curve, see `spacing_curve`.  The statistic is the largest spacing, over what the curve
    through all others would have at its place, among those with at most half of the small
    eigenvalues below.  It does not depend on the parameters of the curve, so its distribution is
    that of ``resamples`` samples of exponential spacings, k of which reach it:
    ``p = (k + 1)/(resamples + 1)``.  Eigenvalues repel each other, which makes wide spacings rarer
    than among independent draws: so the p-value errs to the side of no gap.

    What the net has untrained is no gap, and is left out of the maximum:

    - ``layers`` alone set groups of small eigenvalues apart, of the sizes `Layered.group_sizes`.  A
      spacing with such a number below, one more, or down to a third less, since saturated neurons
      leave their group; its exact place is left out of the curve.  A graph has no layers.
    - Of the spectra ``untrained``, (..., any number), of nets of the same kind, one has a spacing
      with p <= `UNTRAINED_LEVEL`.  Then a layer's group changes with the neurons that saturate, as
      that of the outputs at gain 3: every number up to the group's size is excused.  Without
      layers, or beyond all groups, that number alone.

    ``power``: the chance of p <= ``significance`` if the lowest tenth of the small eigenvalues
    were lower by a standard deviation of the others; or as many as are not excused, if a tenth is.
    It is zero if all these are excused, or if a spacing left out of the maximum is itself as
    improbable: whether learning made that one, nobody can tell.

    ``log_eigenvalues``: shape (..., n_dyn), NaN where missing.  One set of random numbers, from
    ``seed``, serves all spectra.

    Compared by simulation with Silverman's bootstrap of the widest spacing under the least smooth
    density with one peak: this had 10-20 % false gaps in long tails, and a power of 2-12 % for
    ten outliers one standard deviation below, where the spacing is wide for its place only.

    Source: 2004.09280 Sec. 10 speaks of a clear gap without a test.
    """
    shape = log_eigenvalues.shape[:-1]
    spectra = _ascending(log_eigenvalues)
    groups = layers.group_sizes if layers else ()
    test = GapTest(resamples, spectra.shape[1], seed, groups, significance)
    excused = frozenset() if untrained is None else _excused(_ascending(untrained), test)
    found = np.full((len(Gaps._fields), len(spectra)), np.nan)
    for n, rows in _alike(spectra):
        null = null_of(n, excused, test)
        if null is None:
            found[-1, rows] = 0.0
        else:
            rows = rows[_spread(spectra[rows, :n], null.curve)]
            found[:, rows] = _compare(spectra[rows, :n], null)
    return Gaps(*found.reshape(-1, *shape))


def _ascending(log_eigenvalues: np.ndarray) -> np.ndarray:
    """Return the spectra, (spectra, n_dyn), sorted; NaN, which comes last, for what is infinite."""
    spectra = log_eigenvalues.reshape(-1, log_eigenvalues.shape[-1])
    return np.sort(np.where(np.isfinite(spectra), spectra, np.nan), axis=1)


def _alike(spectra: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each number of small eigenvalues that can be tested, and the spectra that have it."""
    numbers = (spectra < 0.0).sum(axis=1)
    for n in np.unique(numbers[numbers >= MIN_EIGENVALUES]).tolist():
        yield n, np.flatnonzero(numbers == n)


def _spread(small: np.ndarray, curve: SpacingCurve) -> np.ndarray:
    """Return which spectra have a spacing that a curve can be drawn through."""
    return curve.spacings(small)[:, curve.fitted].max(axis=1) > 0.0


def _excused(untrained: np.ndarray, test: GapTest) -> frozenset[int]:
    """Return the numbers below that untrained spectra excuse."""
    excused = set[int]()
    for n, rows in _alike(untrained):
        null = null_of(n, frozenset(), test)
        if null is None:
            continue
        rows = rows[_spread(untrained[rows, :n], null.curve)]
        excess = null.curve.excess_of(null.curve.spacings(untrained[rows, :n]))
        critical = critical_value(null.largest, UNTRAINED_LEVEL)
        for below in null.open_[(excess[:, null.open_ - 1] > critical).any(axis=0)].tolist():
            size = min((size for size in test.groups if size > below), default=None)
            excused.update([below] if size is None else range(1, size + 1))
    return frozenset(excused)


def _compare(small: np.ndarray, null: GapNull) -> tuple[np.ndarray, ...]:
    """Return what `Gaps` holds of spectra, (spectra, n), ascending."""
    spacings, rows = null.curve.spacings(small), np.arange(len(small))
    expected = null.curve.expected(spacings)
    excess = null.curve.excess(spacings, expected)
    below = null.open_[excess[:, null.open_ - 1].argmax(axis=1)]
    statistic = excess[rows, below - 1]
    as_large = len(null.largest) - np.searchsorted(null.largest, statistic)
    shift = small[:, null.reference :].std(axis=1) * np.exp(-expected[:, null.reference - 1])
    power = np.round(np.interp(shift, POWER_AT, null.power), 3)  # no more digits than it has
    hidden = largest_excess(excess, null.excused) > null.critical_excused
    return (
        0.5 * (small[rows, below - 1] + small[rows, below]),
        spacings[rows, below - 1],
        below,
        (as_large + 1.0) / (len(null.largest) + 1.0),
        np.where(hidden, 0.0, power),
    )
