"""The mechanics of a run as tables within 80 columns, for a terminal or a page."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnuniverse.analysis.mechanics.mechanics_file import MechanicsRecord
from nnuniverse.analysis.mechanics.mechanics_names import called, diffusion_called
from nnuniverse.analysis.mechanics.mechanics_quantities import MECHANICS_QUANTITIES
from nnuniverse.counted import counted
from nnuniverse.intervals import Estimate, number, students_t, with_interval
from nnuniverse.text_table import TextTable


def mechanics_tables(record: MechanicsRecord, name: str) -> list[TextTable]:
    """Return the verdicts on the run called ``name``, its motion, and all of its signed numbers.

    ``record``: what `nnu mechanics` found, as read back.
    """
    return [_verdicts(record, name), _motion(record), _signed_numbers(record)]


def _verdicts(record: MechanicsRecord, name: str) -> TextTable:
    """Return a row per coordinate: a if there is a D to take it with, else A, and the verdict."""
    kinds = record.words("diffusion_of") if "signed_hbar2_ratio" in record else []
    shown = record.estimate("signed_hbar2_ratio", 0) if kinds else record.estimate("signed_hbar2")
    rate, margins = record.estimate("rate"), _margins(record)
    winners, labels = record.words("winner"), record.words("coordinate")
    said = f"{record.attributes['replicas']} replicas, {_records(record)}, {_steps(record)}"
    of = f"; a = A / 4 D^2 with {diffusion_called(kinds[0])}" if kinds else ""
    return TextTable(
        ["coordinate", "relaxation", "a" if kinds else "A", "named", "ahead by"],
        [
            [
                label,
                _relaxation(float(rate.value[k])),
                with_interval(_place(shown, k)),
                called(winners[k]),
                with_interval(_place(margins, k)),
            ]
            for k, label in enumerate(labels)
        ],
        f"{name}: {said}{of}: -1 Fokker-Planck, 0 Hamilton-Jacobi, +1 Nelson",
        _legend(a="signed_hbar2_ratio", A="signed_hbar2", ahead_by="margin"),
    )


def _motion(record: MechanicsRecord) -> TextTable:
    """Return k and D of every coordinate, and what they are of linear theory's, where it holds."""
    rate = record.estimate("rate")
    own = np.arange(len(rate.value))
    diffusion = record.estimate("diffusion", own, own)
    headings, columns = ["k", "D"], [rate, diffusion]
    if "predicted_rate" in record and np.isfinite(record["predicted_rate"]).any():
        headings = ["k", "k / theory", "D", "D / theory"]
        columns = [
            _without_interval(rate),
            _over(rate, record["predicted_rate"]),
            _without_interval(diffusion),
            _over(diffusion, record["predicted_diffusion"]),
        ]
    return TextTable(
        ["coordinate", *headings],
        [
            [label, *(with_interval(_place(column, k)) for column in columns)]
            for k, label in enumerate(record.words("coordinate"))
        ],
        "Drift and diffusion per step; theory: of linear stochastic gradient descent",
        _legend(k="rate", D="diffusion"),
    )


def _signed_numbers(record: MechanicsRecord) -> TextTable:
    """Return A, and a with its interval for every D that it is taken with, else that of A."""
    kinds = record.words("diffusion_of") if "signed_hbar2_ratio" in record else []
    signed = record.estimate("signed_hbar2")
    columns = [
        _without_interval(signed) if kinds else signed,
        *(record.estimate("signed_hbar2_ratio", number) for number in range(len(kinds))),
    ]
    return TextTable(
        ["coordinate", "A", *(f"a, {diffusion_called(kind)}" for kind in kinds)],
        [
            [label, *(with_interval(_place(column, k)) for column in columns)]
            for k, label in enumerate(record.words("coordinate"))
        ],
        "The signed number, and what it is of Nelson's, by the D that this is taken with; ± or + - "
        "is the 95 % interval",
        _legend(A="signed_hbar2"),
    )


def _margins(record: MechanicsRecord) -> Estimate:
    """Return by how much the likeliest model is ahead, with its interval."""
    margin, half = record["margin"], float(students_t(np.inf)) * record["margin_error"]
    return Estimate(margin, margin - half, margin + half)


def _records(record: MechanicsRecord) -> str:
    return counted(len(record["record_step"]), "record")


def _steps(record: MechanicsRecord) -> str:
    return counted(int(record["record_step"][-1]), "step")


def _relaxation(rate: float) -> str:
    """Return 1/k in steps, a dash where nothing relaxes."""
    return number(1.0 / rate) if rate > 0.0 else "-"


def _place(estimate: Estimate, k: int) -> Estimate:
    return Estimate(*(part[k] for part in estimate))


def _without_interval(estimate: Estimate) -> Estimate:
    """Return the values alone: their intervals are those of the column beside them."""
    return Estimate(estimate.value, *np.full((2, *estimate.value.shape), np.nan))


def _over(estimate: Estimate, expected: np.ndarray) -> Estimate:
    """Return an estimate over what is expected, which is positive or missing."""
    return Estimate(*(part / expected for part in estimate))


def _legend(**names: str) -> Mapping[str, str]:
    """Return what headings mean, by the quantity that each shows."""
    return {
        heading.replace("_", " "): MECHANICS_QUANTITIES[name].legend
        for heading, name in names.items()
    }
