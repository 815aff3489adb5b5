from collections.abc import Mapping

import numpy as np
import pytest

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.verdict.decision import decide
from nnuniverse.physics.mechanics.verdict.judgement import Model, Winner

REPLICAS = 100


def between(low: float, high: float) -> Estimate:
    return Estimate(np.asarray((low + high) / 2.0), np.asarray(low), np.asarray(high))


def likelihoods(**ahead: float) -> Mapping[Model, np.ndarray]:
    """Return models that are so many standard errors ahead of one that is even with the rest."""
    noise = np.random.default_rng(0).normal(size=(5, REPLICAS))
    noise -= noise.mean(axis=1, keepdims=True)
    noise *= np.sqrt(REPLICAS / 2.0) / noise.std(axis=1, ddof=1, keepdims=True)
    models: tuple[Model, ...] = (
        "fokker_planck",
        "schroedinger",
        "hamilton_jacobi",
        "kramers",
        "bridge",
    )
    return {m: x + ahead.get(m, 0.0) for m, x in zip(models, noise, strict=True)}


EVEN = likelihoods()
D_AT_ZERO, D_ABOVE, D_BELOW = between(-1.0, 1.0), between(1.0, 2.0), between(-2.0, -1.0)


@pytest.mark.parametrize(
    ("signed", "above", "winner", "reason"),
    [
        (between(-5.0, -3.0), [D_AT_ZERO], "fokker_planck", ""),
        (between(-5.0, -3.0), [D_ABOVE, D_AT_ZERO], "fokker_planck", ""),
        (between(1.0, 3.0), [D_ABOVE], "schroedinger", ""),
        (between(1.0, 3.0), [], "schroedinger", ""),
        (between(-1.0, 3.0), [D_ABOVE], "hamilton_jacobi", ""),
        (between(-1.0, 3.0), [], "undecided", "no D is known"),
        (between(-1.0, 3.0), [D_AT_ZERO], "undecided", "Fokker-Planck or Hamilton-Jacobi"),
        (between(1.0, 3.0), [D_AT_ZERO], "undecided", "Fokker-Planck or Schroedinger"),
        (between(-3.0, -1.0), [D_ABOVE], "undecided", "that of no mechanics"),
        (between(-9.0, -7.0), [D_BELOW], "undecided", "that of no mechanics"),
        (between(-3.0, -1.0), [], "undecided", "no D is known to compare"),
        (between(np.nan, np.nan), [D_ABOVE], "undecided", "no interval"),
    ],
)
def test_the_interval_names_a_mechanics(
    signed: Estimate, above: list[Estimate], winner: Winner, reason: str
) -> None:
    decision = decide(signed, above, EVEN)
    assert decision.winner == winner
    assert reason in decision.reason
    assert bool(reason) == bool(decision.reason)


def test_an_interval_that_holds_nelsons_number_is_no_hamilton_jacobis() -> None:
    decision = decide(between(-1.0, 9.0), [D_ABOVE], EVEN, [D_AT_ZERO])
    assert decision.winner == "undecided"
    assert decision.reason == "A may be that of Schroedinger or Hamilton-Jacobi"
    assert decide(between(-1.0, 1.0), [D_ABOVE], EVEN, [D_BELOW]).winner == "hamilton_jacobi"


def test_a_likelier_mechanics_makes_it_undecided() -> None:
    decision = decide(between(1.0, 3.0), [D_ABOVE], likelihoods(fokker_planck=3.0))
    assert decision.winner == "undecided"
    assert decision.reason == "A is that of Schroedinger, but Fokker-Planck is likelier"


@pytest.mark.parametrize("rival", ["kramers", "bridge"])
def test_a_rival_ahead_of_every_mechanics_is_named(rival: Winner) -> None:
    decision = decide(between(1.0, 3.0), [D_ABOVE], likelihoods(**{rival: 3.0}))
    assert decision.winner == rival
    assert decision.margin > 2.0 * decision.margin_error


def test_what_is_ahead_by_less_than_two_errors_changes_nothing() -> None:
    for name in ("fokker_planck", "kramers", "bridge"):
        decision = decide(between(1.0, 3.0), [D_ABOVE], likelihoods(**{name: 1.5}))
        assert decision.winner == "schroedinger"


def test_a_rival_ahead_of_some_only_makes_it_undecided() -> None:
    held_out = likelihoods(kramers=3.0, hamilton_jacobi=3.0)
    assert decide(between(1.0, 3.0), [D_ABOVE], held_out).winner == "undecided"


def test_the_likelier_of_two_rivals_is_named() -> None:
    held_out = likelihoods(kramers=3.0, bridge=6.0)
    assert decide(between(1.0, 3.0), [D_ABOVE], held_out).winner == "bridge"


def test_the_margin_is_over_what_neither_contains_the_other() -> None:
    held_out = likelihoods(schroedinger=9.0, hamilton_jacobi=8.0, kramers=8.5, bridge=2.0)
    decision = decide(between(1.0, 3.0), [D_ABOVE], held_out)
    assert decision.winner == "schroedinger"
    np.testing.assert_allclose(decision.margin, 9.0 - 2.0)
    of_three = {name: found for name, found in held_out.items() if name != "bridge"}
    np.testing.assert_allclose(decide(between(1.0, 3.0), [D_ABOVE], of_three).margin, 9.0)
