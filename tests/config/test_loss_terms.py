"""`loss.terms`: what it takes, and what it answers otherwise."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from nnuniverse.config import parse_config
from nnuniverse.errors import ConfigError
from nnuniverse.experiments.assemble import build_objective
from nnuniverse.networks.activation import ACTIVATIONS
from nnuniverse.networks.layered import Layered
from nnuniverse.observables import Settings
from nnuniverse.training.terms import SPECTRAL_FUNCTIONS

KEYS = {"complexity": "n: 3", **dict.fromkeys(["mu2", "mu3"], "")}
KEYS |= dict.fromkeys(["mu2_per_eigenvalue", "mu3_per_eigenvalue"], "")


def terms(*written: str) -> str:
    return f"loss.terms=[{', '.join('{' + term + '}' for term in written)}]"


@pytest.mark.parametrize("observable", SPECTRAL_FUNCTIONS)
def test_every_term_there_is_can_be_written(observable: str) -> None:
    more = KEYS.get(observable, "beta: 1.4")
    config = parse_config({}, [terms(f"observable: {observable}, weight: -1e-3, {more}")])
    (term,) = config.loss.terms
    assert (term.observable, term.weight) == (observable, -1e-3)


def test_none_by_default() -> None:
    assert parse_config({}).loss.terms == ()


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("observable: mu4, weight: 1", "`loss.terms.0.observable` must be one of 'mu2', 'mu3', "),
        ("weight: 1", "`loss.terms.0.observable` must be given, but is missing"),
        (
            "observable: free_energy, weight: 1",
            "`loss.terms.0.beta` must be given, but is missing. Try adding beta: VALUE.",
        ),
        ("observable: complexity, weight: 1", "`loss.terms.0.n` must be given, but is missing"),
        ("observable: mu2", "`loss.terms.0.weight` must be given, but is missing"),
        (
            "observable: mu2, weight: 1, beta: 1",
            "`loss.terms.0.beta` must be a known key, but there is no such key",
        ),
        (
            "observable: entropy, weight: 1, beta: 0",
            "`loss.terms.0.beta` must be greater than 0, but is 0",
        ),
        (
            "observable: entropy, weight: 1, beta: -2",
            "`loss.terms.0.beta` must be greater than 0, but is -2",
        ),
        ("observable: complexity, weight: 1, n: 0", "`loss.terms.0.n` must be greater than 0"),
        ("observable: mu2, weight: .nan", "`loss.terms.0.weight` must be a finite number"),
        ("observable: mu2, wieght: 1", "Try `loss.terms.0.weight`."),
        (
            "observable: entropy, weight: 1, beta: 1, window: x",
            "`loss.terms.0.window` must be 'unit' or 'matched', but is 'x'",
        ),
    ],
)
def test_a_wrong_term(written: str, message: str, refusal: Callable[..., str]) -> None:
    assert message in refusal(None, terms(written))


def test_the_position_is_named(refusal: Callable[..., str]) -> None:
    message = refusal(None, terms("observable: mu2, weight: 1", "observable: mu2, weight: x"))
    assert message.startswith("`loss.terms.1.weight` must be a number, but is 'x'")


def test_n_beyond_the_neurons() -> None:
    settings = Settings(Layered((5, 3, 2)), ACTIVATIONS["tanh"])
    config = parse_config({}, [terms("observable: complexity, weight: 1, n: 11")])
    with pytest.raises(ConfigError) as caught:
        build_objective(config, settings)
    assert str(caught.value) == (
        "`loss.terms.0.n` must be at most the 10 neurons of 5-3-2, but is 11. Try n: 10."
    )
    fitting = parse_config({}, [terms("observable: complexity, weight: 1, n: 10")])
    assert build_objective(fitting, settings).terms is not None
