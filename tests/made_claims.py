"""Printed numbers and values of theirs that are made up."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.reproduction.judged_claims import JudgedClaim, MeasuredValues
from nnuniverse.claims.reproduction.judging import judge_numbers
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber

STATEMENTS = {
    "A30": "wrong as printed",
    "A29": "right",
    "A9": "approximation",
    "A3": "wrong as printed",
}


def printed(id_: str = "one", **keys: object) -> PrintedNumber:
    """Return a printed number, 1.0 unless ``keys`` say otherwise."""
    given = {"id": id_, "where": "here", "says": "it", "printed": "1.0", "quantity": "mu2.final"}
    return PrintedNumber.model_validate(given | {"run": "deep"} | keys)


def measured(values: object, **keys: object) -> MeasuredValues:
    """Return ``values`` as those of seeds from 0 on."""
    array = np.asarray(values, float)
    seeds = np.arange(len(array))
    given = {"epochs": np.full(len(array), 10), "runs": ("deep/x",) * len(array)}
    return MeasuredValues(array, **({"seeds": seeds} | given | keys))  # type: ignore[arg-type]


def judged(number: PrintedNumber, values: object, **keys: object) -> JudgedClaim:
    """Return the verdict on a number that is alone in its file."""
    what = values if isinstance(values, str) else measured(values, **keys)
    return judge_numbers([number], {number.id: what}, STATEMENTS)[0]
