"""What is told of the ensemble of masks, as a table and in sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nnuniverse.counted import counted
from nnuniverse.intervals import students_t
from nnuniverse.physics.grand_canonical.mask_ensemble import MaskEnsemble
from nnuniverse.text_table import TextTable

ENERGY_NAMES = {
    "free_energy": "free energy",
    "boundary": "boundary loss",
    "bulk": "bulk loss",
}


def grand_tables(ensemble: MaskEnsemble, attributes: Mapping[str, object]) -> list[TextTable]:
    """Return the table over mu: <N> both ways, Delta N, Omega and the entropy of the masks.

    ``attributes``: those of ``grand.h5``.

    ``ensemble``: what `nnu grand` found.
    """
    energy = ENERGY_NAMES[str(attributes["energy"])]
    what = (
        f"{attributes['network']}, {counted(len(ensemble.neurons), 'hidden neuron')}: masks by "
        f"exp(-(E - mu N)/T), E the {energy}, T = {ensemble.temperature:.4g}; mu rising and "
        "falling, ± is the 95 % interval over chains"
    )
    spreads = np.sqrt(ensemble["neurons_variance"].mean(axis=0))
    columns = {
        "mu": _plain(ensemble.chemical_potentials, ".4g"),
        "<N> up": _with_intervals(ensemble, 0, attributes),
        "<N> down": _with_intervals(ensemble, 1, attributes),
        "Delta N": _plain(spreads, ".3g"),
        "Omega": _plain(ensemble["grand_potential"], ".6g"),
    }
    if ensemble.anchored:
        columns["S"] = _plain(ensemble["mask_entropy"], ".2f")
    if "exact_mean_neurons" in ensemble:
        columns["exact <N>"] = _plain(ensemble["exact_mean_neurons"], ".4g")
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return [TextTable(list(columns), rows, what)]


def grand_sentences(ensemble: MaskEnsemble, attributes: Mapping[str, object]) -> list[str]:
    """Return what follows from the curves, a sentence each.

    ``ensemble``: what `nnu grand` found; ``attributes``: what ``grand.h5`` says of itself.
    """
    freedom = 2 * _chains(attributes) - 1
    gap, error = ensemble["fluctuation_residual"], ensemble["fluctuation_residual_error"]
    area, area_error = ensemble["hysteresis_area"], ensemble["hysteresis_area_error"]
    told = [
        "Fluctuation relation: <N>(b) - <N>(a) - int Delta N^2 dmu/T = "
        f"{_pm(gap, error, freedom)}, "
        f"and up to {float(ensemble['fluctuation_quadrature']):.2g} for the grid of mu.",
        f"Hysteresis: {_pm(area, area_error, freedom)} between <N> of falling and of rising mu; "
        f"R-hat at most {ensemble.largest_r_hat:.3f}.",
        _widest(ensemble),
    ]
    if not ensemble.anchored:
        told.append(
            "Omega is zero at the first mu, where <N> is not small enough to know it, and the "
            "entropy of the masks is unknown."
        )
    if "exact_mean_neurons" in ensemble:
        told.append(_against_exact(ensemble))
    return told


def _widest(ensemble: MaskEnsemble) -> str:
    variance = ensemble["neurons_variance"].mean(axis=0)
    at = int(variance.argmax())
    spread = math.sqrt(variance[at])
    alone = math.sqrt(len(ensemble.neurons)) / 2.0
    text = (
        f"Largest Delta N: {spread:.3g}, at mu = {ensemble.chemical_potentials[at]:.4g}; "
        f"independent neurons: at most {alone:.3g}."
    )
    if ensemble.anchored:
        entropy = float(ensemble["mask_entropy"][at])
        text += f" There the entropy of the masks is {entropy:.3g} nat, and 2 Delta N = "
        text += f"{2.0 * spread:.3g}, 4 Delta N^2 log 2 = {4.0 * spread**2 * math.log(2.0):.3g}."
    return text


def _against_exact(ensemble: MaskEnsemble) -> str:
    means, errors = ensemble["mean_neurons"], ensemble["mean_neurons_error"]
    moved = errors > 0.0
    off = (means - ensemble["exact_mean_neurons"])[moved] / errors[moved]
    text = (
        f"Against all {2 ** len(ensemble.neurons)} masks: <N> is off by {_rms(off):.2f} standard "
        f"errors rms, {np.abs(off).max():.2f} at most"
    )
    if ensemble.anchored:
        gap = np.abs(ensemble["grand_potential"] - ensemble["exact_grand_potential"]).max()
        text += f"; Omega by {gap / ensemble.temperature:.2g} T at most"
    return f"{text}."


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def _with_intervals(
    ensemble: MaskEnsemble, way: int, attributes: Mapping[str, object]
) -> list[str]:
    values, errors = ensemble["mean_neurons"][way], ensemble["mean_neurons_error"][way]
    freedom = _chains(attributes) - 1
    return [_pm(value, error, freedom) for value, error in zip(values, errors, strict=True)]


def _chains(attributes: Mapping[str, object]) -> int:
    return int(str(attributes["chains"]))


def _plain(values: np.ndarray, form: str) -> list[str]:
    return [format(float(value), form) for value in values]


def _pm(value: np.ndarray | float, error: np.ndarray | float, freedom: int) -> str:
    """Return a value to the digit that its interval leaves, with half of it."""
    half = float(students_t(freedom)) * float(error)
    if not half > 0.0:
        return f"{float(value):.4g}"
    digits = max(0, -math.floor(math.log10(half)))
    return f"{float(value):.{digits}f} ± {half:.1g}"
