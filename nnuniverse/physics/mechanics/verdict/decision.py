"""Which mechanics is named, from the signed number and the held-out likelihoods alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.verdict.judgement import MECHANICS, RIVALS, Model, Winner

AHEAD = 2.0
"""Standard errors of the difference over replicas by which a model beats another."""

NESTED = frozenset(
    {
        frozenset({"hamilton_jacobi", "schroedinger"}),
        frozenset({"fokker_planck", "kramers"}),
        frozenset({"schroedinger", "kramers"}),
        frozenset({"hamilton_jacobi", "kramers"}),
    }
)
"""Pairs of models one of which contains the other."""

TITLES: Mapping[Model, str] = {
    "fokker_planck": "Fokker-Planck",
    "schroedinger": "Schroedinger",
    "hamilton_jacobi": "Hamilton-Jacobi",
    "kramers": "Kramers",
    "bridge": "the bridge",
}


@dataclass(frozen=True)
class Decision:
    """``winner``: what is named; ``margin``, ``margin_error``: its lead; ``reason``: if nothing."""

    winner: Winner
    margin: float
    margin_error: float
    reason: str = ""


def decide(
    signed: Estimate,
    above_fokker_planck: Sequence[Estimate],
    held_out: Mapping[Model, Float[np.ndarray, " replica"]],
    below_nelson: Sequence[Estimate] = (),
) -> Decision:
    """Return the verdict on one coordinate.

    A rival that is ahead of every mechanics by `AHEAD` standard errors is named, of two the
    likelier.  Else a mechanics is, if the interval of ``signed`` A holds its value and no other's,
    and no model beats it by as much: 0 is Hamilton-Jacobi's, all above 0 Schroedinger's, and
    Fokker-Planck's is where A + 4 D^2 may be 0 for one of the D there are, ``above_fokker_planck``.
    An interval about 0 that holds Nelson's 4 D^2 too, where A - 4 D^2 may be 0, ``below_nelson``,
    is too wide to tell Hamilton-Jacobi from Schroedinger.
    ``held_out``: log-likelihood of each held-out replica by model, (replica,).
    """
    rival = _rival_ahead(held_out)
    if rival:
        return Decision(rival, *_lead(rival, MECHANICS, held_out))
    admitted = _admitted(signed, above_fokker_planck, below_nelson)
    if len(admitted) != 1:
        likeliest = max(MECHANICS, key=lambda model: float(np.mean(held_out[model])))
        reason = _why_not(signed, admitted, bool(above_fokker_planck))
        return Decision("undecided", *_lead_of_mechanics(likeliest, held_out), reason)
    (named,) = admitted
    lead = _lead_of_mechanics(named, held_out)
    if named == "hamilton_jacobi" and not above_fokker_planck:
        reason = "A may be 0, or -4 D^2 with a small D: no D is known"
        return Decision("undecided", *lead, reason)
    beaten_by = next((model for model in held_out if _beats(model, named, held_out)), None)
    if beaten_by:
        reason = f"A is that of {TITLES[named]}, but {TITLES[beaten_by]} is likelier"
        return Decision("undecided", *lead, reason)
    return Decision(named, *lead)


def _rival_ahead(held_out: Mapping[Model, np.ndarray]) -> Model | None:
    ahead = [
        rival
        for rival in RIVALS
        if rival in held_out and all(_beats(rival, other, held_out) for other in MECHANICS)
    ]
    return max(ahead, key=lambda rival: float(np.mean(held_out[rival])), default=None)


def _admitted(
    signed: Estimate, above_fokker_planck: Sequence[Estimate], below_nelson: Sequence[Estimate]
) -> list[Model]:
    """Return the mechanics whose A is in the interval."""
    admitted: list[Model] = []
    if any(above.low <= 0.0 <= above.high for above in above_fokker_planck):
        admitted.append("fokker_planck")
    if signed.low > 0.0 or any(below.low <= 0.0 <= below.high for below in below_nelson):
        admitted.append("schroedinger")
    if signed.low <= 0.0 <= signed.high:
        admitted.append("hamilton_jacobi")
    return admitted


def _why_not(signed: Estimate, admitted: Sequence[Model], diffusion_known: bool) -> str:
    if admitted:
        return f"A may be that of {' or '.join(TITLES[model] for model in admitted)}"
    if not np.isfinite(signed.low + signed.high):
        return "A has no interval"
    if not diffusion_known:
        return "A is below 0, but no D is known to compare it with -4 D^2"
    return "A is that of no mechanics: below 0, and not -4 D^2"


def _beats(model: Model, other: Model, held_out: Mapping[Model, np.ndarray]) -> bool:
    difference, error = _difference(model, other, held_out)
    return model != other and difference > AHEAD * error


def _difference(
    model: Model, other: Model, held_out: Mapping[Model, np.ndarray]
) -> tuple[float, float]:
    """Return by how much a model is ahead, nats per replica and record, and the standard error."""
    difference = held_out[model] - held_out[other]
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def _lead_of_mechanics(model: Model, held_out: Mapping[Model, np.ndarray]) -> tuple[float, float]:
    others = [other for other in held_out if frozenset({model, other}) not in NESTED]
    return _lead(model, others, held_out)


def _lead(
    model: Model, others: Sequence[Model], held_out: Mapping[Model, np.ndarray]
) -> tuple[float, float]:
    """Return the lead of a model before the likeliest of others, and its standard error."""
    rest = [other for other in others if other != model and other in held_out]
    if not rest:
        return np.nan, np.nan
    next_best = max(rest, key=lambda other: float(np.mean(held_out[other])))
    return _difference(model, next_best, held_out)
