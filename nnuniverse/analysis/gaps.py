"""The gap between the smallest eigenvalues and the rest: whether there is one, or who can tell."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from nnuniverse.analysis.checks import layers_of
from nnuniverse.analysis.gap_null import POWER_AT, GapNull, GapTest, largest_excess, null_of
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.spacings import SpacingCurve
from nnuniverse.architecture import Layered
from nnuniverse.runs.record import RunRecord

MIN_EIGENVALUES = 5
"""With fewer small eigenvalues there are no other spacings to compare with."""

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

    def verdicts(self, significance: float) -> np.ndarray:
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

    The net's layers, if it has any, and its spectrum at epoch 0, if that was recorded, say which
    spacings are no gaps.  Raises RunError if the run recorded no spectrum.
    """
    theta = record["log_eigenvalues"]
    untrained = theta[:, :1] if record["snapshot"][0] == 0 else None
    if untrained is not None and not isinstance(snapshots, slice):
        untrained = untrained[:, 0]
    return find_gaps(
        theta[:, snapshots],
        settings.resamples,
        settings.seed,
        settings.significance,
        layers_of(record),
        untrained,
    )


def find_gaps(
    log_eigenvalues: np.ndarray,
    resamples: int = 499,
    seed: int = 0,
    significance: float = 0.05,
    layers: Layered | None = None,
    untrained: np.ndarray | None = None,
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
    - The net that became this one has a conspicuous spacing, at p <= ``significance``, in its
      spectrum ``untrained``, (..., n_dyn) that broadcasts: one with as many below, or more up to
      the next group's size.  At gain 3 a few outputs that do not saturate are such a group.

    ``power``: the chance of p <= ``significance`` if the lowest tenth of the small eigenvalues
    were lower by a standard deviation of the others.  It is zero if a spacing left out of the
    maximum is itself as improbable: whether learning made that one, nobody can tell.

    ``log_eigenvalues``: shape (..., n_dyn), NaN where missing.  One set of random numbers, from
    ``seed``, serves all spectra.

    Compared by simulation with Silverman's bootstrap of the widest spacing under the least smooth
    density with one peak: this had 10-20 % false gaps in long tails, and a power of 2-12 % for
    ten outliers one standard deviation below, where the spacing is wide for its place only.

    Source: 2004.09280 Sec. 10 speaks of a clear gap without a test.
    """
    shape = log_eigenvalues.shape[:-1]
    spectra = _ascending(log_eigenvalues)
    draws = np.random.default_rng(seed).standard_exponential((resamples, spectra.shape[1]))
    groups = layers.group_sizes if layers else ()
    test = GapTest(draws, groups, significance)
    before: list[tuple[int, ...]] = [()] * len(spectra)
    if untrained is not None:
        numbers = _conspicuous(_ascending(untrained), test)
        at = np.arange(len(numbers)).reshape(untrained.shape[:-1])
        before = [numbers[k] for k in np.broadcast_to(at, shape).ravel()]
    found = np.full((len(Gaps._fields), len(spectra)), np.nan)
    for (n, excused), rows in _alike(spectra, before).items():
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


def _alike(
    spectra: np.ndarray, excused: list[tuple[int, ...]]
) -> dict[tuple[int, tuple[int, ...]], np.ndarray]:
    """Return the rows that share a null, by number of small eigenvalues and what is excused."""
    rows = defaultdict(list)
    for row, key in enumerate(zip((spectra < 0.0).sum(axis=1).tolist(), excused, strict=True)):
        if key[0] >= MIN_EIGENVALUES:
            rows[key].append(row)
    return {key: np.array(alike) for key, alike in rows.items()}


def _spread(small: np.ndarray, curve: SpacingCurve) -> np.ndarray:
    """Return which spectra have a spacing that a curve can be drawn through."""
    spread: np.ndarray = np.diff(small)[:, curve.fitted].max(axis=1) > 0.0
    return spread


def _conspicuous(untrained: np.ndarray, test: GapTest) -> list[tuple[int, ...]]:
    """Return, for each untrained spectrum, the numbers below that it excuses."""
    numbers: list[tuple[int, ...]] = [()] * len(untrained)
    for (n, _), rows in _alike(untrained, numbers).items():
        null = null_of(n, (), test)
        if null is None:
            continue
        rows = rows[_spread(untrained[rows, :n], null.curve)]
        spacings = np.diff(untrained[rows, :n])
        excess = null.curve.excess(spacings, null.curve.expected(spacings))
        for row, above in zip(rows, excess[:, null.open_ - 1] > null.critical, strict=True):
            excused = set[int]()
            for found in null.open_[above].tolist():
                last = min((size for size in test.groups if size > found), default=found)
                excused.update(range(found, last + 1))
            numbers[row] = tuple(sorted(excused))
    return numbers


def _compare(small: np.ndarray, null: GapNull) -> tuple[np.ndarray, ...]:
    """Return what `Gaps` holds of spectra, (spectra, n), ascending."""
    spacings, rows = np.diff(small), np.arange(len(small))
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
