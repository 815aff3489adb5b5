"""Planck's constant two ways, as tables."""

from __future__ import annotations

import math

import numpy as np

from nnuniverse.analysis.document import plain_mapping
from nnuniverse.cli.display.tables import print_tables
from nnuniverse.cli.options import say
from nnuniverse.counted import counted
from nnuniverse.intervals import Estimate, mean_over_replicas, number, with_interval
from nnuniverse.physics.grand_canonical.planck import QUANTILES
from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants
from nnuniverse.text_table import TextTable

MEDIAN = int(np.searchsorted(QUANTILES, 0.5))

SOURCES = {
    "config": "the config's",
    "given": "as given",
    "removal": "removal cost",
    "free_energy": "F(N) - F(N-1)",
}
"""Where a chemical potential is from, in few words."""


def print_planck(found: PlanckConstants) -> None:
    """Print both tables, and what becomes of hbar with the gain along grad F."""
    print_tables(planck_tables(found))
    say(gain_remark(found))


def planck_document(found: PlanckConstants) -> dict[str, object]:
    """Return all of it as plain data, null for what is missing."""
    return plain_mapping(
        {
            **found.attributes,
            "seeds": found.seeds,
            "sources": [source._asdict() for source in found.sources],
            "ratios": [found.ratio(at) for at in range(len(found.sources))],
            "values": dict(found.values),
        }
    )


def planck_tables(found: PlanckConstants) -> list[TextTable]:
    """Return what the chemical potentials make of hbar, and what diffusion does."""
    return [_by_mu(found), _by_diffusion(found)]


def gain_remark(found: PlanckConstants) -> str:
    """Return what hbar would be with the gain along grad F in place of the learning rate."""
    gain = mean_over_replicas(found["gain_along_free_energy"])
    told = f"gain along grad F, beta = {found.beta:g}: {with_interval(gain)} per step"
    if not np.isfinite(gain.low):
        return f"{told}; one net gives no interval, and no hbar with it"
    if gain.low <= 0.0 <= gain.high:
        return f"{told}; its interval holds 0, so that hbar is undefined with it"
    if gain.high < 0.0:
        return f"{told}; negative, so that hbar is imaginary with it"
    factor = math.sqrt(found.rate / float(gain.value))
    return f"{told}; hbar by diffusion is {factor:.3g} times as large with it, at the same lambda"


def _by_mu(found: PlanckConstants) -> TextTable:
    rows = []
    for at, source in enumerate(found.sources):
        mu = mean_over_replicas(found["planck_chemical_potential"][:, at])
        consistent = found["lambda_of_consistency"][:, at, MEDIAN]
        rows.append(
            [
                SOURCES[source.name],
                f"{mu.value:.3g}",
                f"{mean_over_replicas(found['planck_from_mu'][:, at]).value:.3g}",
                _short(found.ratio(at)),
                f"{mean_over_replicas(consistent).value:.3g}",
            ]
        )
    return TextTable(
        ["", "mu", "hbar", "over that by D", "lambda*"],
        rows,
        f"Planck's constant per step at epoch {found.epoch}, "
        f"{counted(len(found.seeds), 'seed')}: |mu|/2 pi, of the median cost of a compensated "
        "removal and of the mean F(N) - F(N-1); over sqrt 2 T, T the mean D/gamma (of F: "
        f"{1.0 / found.beta:.3g}); lambda*: at which both agree, median of the variables",
    )


def _short(estimate: Estimate) -> str:
    """Return ``value [low, high]`` with three digits."""
    if not np.isfinite(estimate.low):
        return f"{estimate.value:.3g}"
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]"


def _by_diffusion(found: PlanckConstants) -> TextTable:
    named = {
        "T = D/gamma": found["descent_temperature"],
        **{
            f"hbar, {beta}": found["planck_from_diffusion"][:, at]
            for at, beta in enumerate(("beta = 1/T", f"beta {found.beta:g}"))
        },
    }
    rows = [
        [
            name,
            *(
                number(mean_over_replicas(values[:, q], "positive").value)
                for q in range(len(QUANTILES))
            ),
        ]
        for name, values in named.items()
    ]
    return TextTable(
        ["", *(f"{share:.0%}" for share in QUANTILES)],
        rows,
        "by diffusion, lambda = 2 beta: quantiles over the variables that learning moves, "
        f"gamma = {found.rate:g}",
    )
