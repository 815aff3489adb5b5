"""What changes the free energy of an ensemble, as tables and as JSON."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.document import plain_mapping
from nnuniverse.cli.display.tables import print_tables
from nnuniverse.intervals import Estimate, number, with_interval
from nnuniverse.physics.mechanics.free_energy_production import FreeEnergyProduction
from nnuniverse.text_table import TextTable

TERMS = {
    "drift": "drift, all that is printed",
    "ito": "Ito's term, D lap F",
    "finite_step": "the finite step",
    "total": "their sum",
    "measured": "measured in the same steps",
    "overall": "measured, first to last record",
}
"""Of the chain rule, in words."""


def print_free_energy(found: FreeEnergyProduction, labels: tuple[str, ...], beta: float) -> None:
    """Print gains along the slopes of F and of the loss, V(q), and the chain rule."""
    gains = [
        [
            label,
            with_interval(_at(found.gain.gain, k)),
            with_interval(_at(found.gain_of_descent.gain, k)),
        ]
        for k, label in enumerate(labels)
    ]
    one = f"p of one gain for all: {number(found.gain.p_value)} along grad F, "
    one += f"{number(found.gain_of_descent.p_value)} along -grad L"
    settled = f"of {len(found.labels)} coordinates from step {found.since} on, per step"
    potential = [
        [label, *(with_interval(_at(found.potential.coefficients, k, n)) for n in range(3))]
        for k, label in enumerate(found.labels)
    ]
    rules = [
        [words, *(with_interval(getattr(of, name)) for of in (found.free_energy, found.loss))]
        for name, words in TERMS.items()
    ]
    print_tables(
        [
            TextTable(["coordinate", "along grad F", "along -grad L"], gains, f"Gain; {one}"),
            TextTable(
                ["d/dt of", f"F, beta = {beta:g}", "the loss"], rules, f"Chain rule {settled}"
            ),
            TextTable(
                ["coordinate", "constant", "linear", "quadratic"],
                potential,
                f"V(q) of 2012.05082 (2.8), q in standard deviations, {settled}",
            ),
        ]
    )


def free_energy_document(found: FreeEnergyProduction, beta: float) -> dict[str, object]:
    """Return it as plain data."""
    return plain_mapping(
        {
            "beta": beta,
            "gain": found.gain,
            "gain_of_descent": found.gain_of_descent,
            "since": found.since,
            "coordinates": list(found.labels),
            "potential": found.potential,
            "free_energy": found.free_energy,
            "loss": found.loss,
        }
    )


def _at(estimate: Estimate, *place: int) -> Estimate:
    return Estimate(*(np.asarray(part)[place] for part in estimate))
