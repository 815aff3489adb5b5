"""How often the intervals of `nnuniverse.physics.mechanics.estimators` hold the truth.

``python -m benchmarks.statistics mechanics_coverage --times 400`` makes the table of coverage of
docs/mechanics.md, ``python -m benchmarks.statistics.mechanics_coverage`` that of bias and noise.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from benchmarks.statistics.simulation import Case
from nnuniverse.intervals import Estimate
from nnuniverse.physics.gravity.gaussian_production import (
    GaussianProduction,
    diffused_entropy,
    gaussian_production,
)
from nnuniverse.physics.mechanics.ensemble import ReplicaEnsemble
from nnuniverse.physics.mechanics.estimators.chain_rule import chain_rule
from nnuniverse.physics.mechanics.estimators.diffusion_matrix import diffusion_matrix, isotropy
from nnuniverse.physics.mechanics.estimators.effective_potential import effective_potential
from nnuniverse.physics.mechanics.estimators.entropy import (
    gaussian_entropy,
    nearest_neighbour_entropy,
)
from nnuniverse.physics.mechanics.estimators.entropy_production import (
    entropy_production,
    entropy_rate,
)
from nnuniverse.physics.mechanics.estimators.expansion import SecondOrder
from nnuniverse.physics.mechanics.estimators.exponents import growth_exponents
from nnuniverse.physics.mechanics.estimators.gain import gain
from nnuniverse.physics.mechanics.estimators.kramers_moyal import (
    expected_kramers_moyal,
    kramers_moyal,
)
from nnuniverse.physics.mechanics.estimators.pairs import pairs_at
from nnuniverse.physics.mechanics.estimators.tails import large_values, shape
from nnuniverse.physics.mechanics.estimators.transition import transition
from nnuniverse.physics.mechanics.langevin import langevin_ensemble

RATES = np.array([0.05, 0.02])
DIFFUSION = np.array([[1.0, 0.4], [0.4, 0.5]])
STATIONARY = solve_discrete_lyapunov(np.diag(1.0 - RATES), 2.0 * DIFFUSION)
DEVIATIONS = np.sqrt(np.diag(STATIONARY))
RECORDS = np.arange(0, 201, 8)
"""Four relaxation times of the slower coordinate."""

LEARNING_RATE = 0.1
LOSS = SecondOrder(np.zeros(2), np.diag(RATES / LEARNING_RATE))
FUNCTION = SecondOrder(np.array([0.7, -0.4]), np.array([[-0.9, 0.3], [0.3, 0.5]]))
NORMAL = 0.5 * np.log(2.0 * np.pi * np.e)
LONG = 40
"""Steps of a long lag: two relaxation times of the faster coordinate."""

Measured = tuple[Estimate, float]
"""An estimate and the truth."""

Measure = Callable[[np.random.Generator, int], Measured]
"""Makes replicas, so many, and estimates something of them."""


def walks(
    random: np.random.Generator, replicas: int, centre: float = 0.0, width: float = 1.0
) -> ReplicaEnsemble:
    """Return linear walks from ``centre`` and ``width`` in stationary deviations."""
    noise = random.standard_normal((replicas, 2)) @ np.linalg.cholesky(STATIONARY).T
    start = centre * DEVIATIONS + width * noise
    return langevin_ensemble(random, lambda q: -RATES * q, DIFFUSION, start, RECORDS)


stationary = partial(walks)
displaced = partial(walks, centre=5.0, width=0.1)
point = partial(walks, width=0.0)


def element(estimate: Estimate, *index: int) -> Estimate:
    """Return one of an estimate's values."""
    return Estimate(*(part[index] for part in estimate))


def rate(random: np.random.Generator, replicas: int, start: partial, lag: int) -> Measured:
    """Return k of the slower coordinate."""
    return element(transition(pairs_at(start(random, replicas), lag)).rate, 1), RATES[1]


def centre(random: np.random.Generator, replicas: int, start: partial, lag: int) -> Measured:
    """Return c of the slower coordinate."""
    return element(transition(pairs_at(start(random, replicas), lag)).centre, 1), 0.0


def diffusion(random: np.random.Generator, replicas: int, start: partial, lag: int) -> Measured:
    """Return D of the slower coordinate."""
    found = transition(pairs_at(start(random, replicas), lag)).diffusion
    return element(found, 1), DIFFUSION[1, 1]


def naive_diffusion(random: np.random.Generator, replicas: int) -> Measured:
    """Return the naive D of the slower coordinate at a long lag, against the true one."""
    found = kramers_moyal(pairs_at(stationary(random, replicas), LONG)).diffusion
    return element(found, 1), DIFFUSION[1, 1]


def expected_naive_diffusion(random: np.random.Generator, replicas: int) -> Measured:
    """Return the same against what it comes to."""
    expected = expected_kramers_moyal(RATES, np.diag(DIFFUSION), LONG)[1]
    return naive_diffusion(random, replicas)[0], expected[1]


def off_diagonal(random: np.random.Generator, replicas: int) -> Measured:
    """Return D_01."""
    found = diffusion_matrix(pairs_at(stationary(random, replicas)))
    return element(found, 0, 1), DIFFUSION[0, 1]


def in_double_well(random: np.random.Generator, replicas: int) -> Measured:
    """Return D of walks between minima at 3 and -3, with a drift of degree 3."""
    start = random.choice([-3.0, 3.0], (replicas, 1)) + random.standard_normal((replicas, 1))
    wells = langevin_ensemble(random, lambda q: 0.05 * q * (1.0 - q**2 / 9.0), 0.1, start, RECORDS)
    return element(diffusion_matrix(pairs_at(wells), degree=3), 0, 0), 0.1


def on_ring(random: np.random.Generator, replicas: int) -> Measured:
    """Return D of an angle that is driven around, slowly beside its noise."""
    start = random.uniform(0.0, 2.0 * np.pi, (replicas, 1))
    ring = langevin_ensemble(random, lambda q: 0.01 * (1.0 + np.sin(q)), 0.01, start, RECORDS)
    return element(diffusion_matrix(pairs_at(ring)), 0, 0), 0.01


def eigenvalue_ratio(random: np.random.Generator, replicas: int) -> Measured:
    """Return the largest over the smallest eigenvalue of D."""
    eigenvalues = np.linalg.eigvalsh(DIFFUSION)
    found = isotropy(pairs_at(stationary(random, replicas)), random, 19)
    return found.ratio, eigenvalues[1] / eigenvalues[0]


def gain_of_descent(random: np.random.Generator, replicas: int) -> Measured:
    """Return the gain along minus the slope of the loss that is descended."""
    return element(gain(pairs_at(displaced(random, replicas)), -LOSS).gain, 1), LEARNING_RATE


def anomaly(random: np.random.Generator, replicas: int, window: int) -> Measured:
    """Return by how much the exponent of the variance is off, in a third of the records."""
    return element(growth_exponents(point(random, replicas)).anomaly, window, 1), 0.0


def kurtosis(random: np.random.Generator, replicas: int) -> Measured:
    """Return the excess kurtosis of a stationary walk."""
    return element(shape(stationary(random, replicas).at_records).excess_kurtosis, 1), 0.0


def skewness(random: np.random.Generator, replicas: int) -> Measured:
    """Return the skewness of a stationary walk."""
    return element(shape(stationary(random, replicas).at_records).skewness, 1), 0.0


def tail_exponent(random: np.random.Generator, replicas: int) -> Measured:
    """Return the exponent of the density of a two-sided power law, 25 values a replica."""
    sizes = 1.0 + random.pareto(4.0, (replicas, 25))
    noise = random.choice([-1.0, 1.0], sizes.shape) * sizes
    return large_values(noise, share=0.2).exponent, 5.0


def gaussian(random: np.random.Generator, replicas: int, d: int) -> Measured:
    """Return the Gaussian entropy of normal replicas."""
    return gaussian_entropy(random.standard_normal((replicas, d))), d * NORMAL


def neighbours(random: np.random.Generator, replicas: int, d: int) -> Measured:
    """Return the entropy of normal replicas by nearest neighbours."""
    return nearest_neighbour_entropy(random.standard_normal((replicas, d)), random), d * NORMAL


def production(random: np.random.Generator, replicas: int, term: str) -> Measured:
    """Return a term of the entropy production, averaged over a stationary state."""
    fisher = np.trace(DIFFUSION @ np.linalg.inv(STATIONARY))
    truth = {"fisher": fisher, "learning": -RATES.sum(), "total": 0.0}[term]
    return getattr(entropy_production(stationary(random, replicas), since=0), term), truth


def production_on_the_way(random: np.random.Generator, replicas: int) -> Measured:
    """Return the term of diffusion at the third record of displaced walks."""
    sigma, dynamics = 0.01 * STATIONARY, np.diag(1.0 - RATES)
    for _ in range(RECORDS[2]):
        sigma = dynamics @ sigma @ dynamics + 2.0 * DIFFUSION
    found = entropy_production(displaced(random, replicas)).fisher
    return element(found, 2), np.trace(DIFFUSION @ np.linalg.inv(sigma))


def printed_form(random: np.random.Generator, replicas: int, term: str) -> Measured:
    """Return a term of 2004.09280 (12.1) and of what it leaves out, of a stationary state."""
    inverse = np.linalg.inv(STATIONARY)
    diffusion = float(diffused_entropy(DIFFUSION, STATIONARY, 1.0))
    truth = {
        "printed": np.trace(DIFFUSION) / 2.0 * np.trace(inverse),
        "matrix": np.trace(DIFFUSION @ inverse),
        "diffusion": diffusion,
        "measured": 0.0,
        "drift": -diffusion,
    }[term]
    return getattr(gaussian_production(stationary(random, replicas), since=0), term), truth


def direct_rate(random: np.random.Generator, replicas: int) -> Measured:
    """Return the change of the entropy between two records of a stationary state."""
    return element(entropy_rate(stationary(random, replicas)), 10), 0.0


def potential_slope(random: np.random.Generator, replicas: int) -> Measured:
    """Return the term of V, of a linear F, that is linear in the slower coordinate."""
    linear = SecondOrder(np.array([0.0, 1.0]), np.zeros((2, 2)))
    found = effective_potential(pairs_at(stationary(random, replicas), 8), linear)
    truth = (1.0 - (1.0 - RATES[1]) ** 8) / 8.0
    return Estimate(*(part[1, 1] / found.scale[1] for part in found.coefficients)), truth


def potential_mean(random: np.random.Generator, replicas: int) -> Measured:
    """Return the mean of V in a stationary state."""
    return effective_potential(pairs_at(stationary(random, replicas)), FUNCTION).mean, 0.0


def change(random: np.random.Generator, replicas: int, term: str) -> Measured:
    """Return a term of the chain rule in a stationary state."""
    ito = (DIFFUSION * FUNCTION.hessian).sum()
    k, finite = np.diag(RATES), 0.5 * (np.outer(RATES, RATES) * STATIONARY * FUNCTION.hessian).sum()
    drift = -(k @ STATIONARY * FUNCTION.hessian).sum()
    truths = {"drift": drift, "ito": ito, "finite_step": finite, "total": 0.0, "overall": 0.0}
    return getattr(chain_rule(stationary(random, replicas), FUNCTION), term), truths[term]


MEASURES: dict[str, Measure] = {
    "k, one step, stationary": partial(rate, start=stationary, lag=1),
    "k, 8 steps, stationary": partial(rate, start=stationary, lag=8),
    "k, 40 steps, stationary": partial(rate, start=stationary, lag=LONG),
    "k, one step, displaced": partial(rate, start=displaced, lag=1),
    "k, 8 steps, displaced": partial(rate, start=displaced, lag=8),
    "centre, 8 steps, displaced": partial(centre, start=displaced, lag=8),
    "D, one step, displaced": partial(diffusion, start=displaced, lag=1),
    "D, 8 steps, displaced": partial(diffusion, start=displaced, lag=8),
    "D, 40 steps, stationary": partial(diffusion, start=stationary, lag=LONG),
    "naive D, 40 steps, against what it comes to": expected_naive_diffusion,
    "naive D, 40 steps, against D": naive_diffusion,
    "D between two coordinates": off_diagonal,
    "D in a double well, one step, degree 3": in_double_well,
    "D on a ring, one step": on_ring,
    "eigenvalues of D, largest over smallest": eigenvalue_ratio,
    "gain along what is descended": gain_of_descent,
    "exponent of the variance, first third, less expected": partial(anomaly, window=0),
    "exponent of the variance, last third, less expected": partial(anomaly, window=2),
    "skewness": skewness,
    "excess kurtosis": kurtosis,
    "exponent of a power law": tail_exponent,
    "Gaussian entropy, one coordinate": partial(gaussian, d=1),
    "Gaussian entropy, eight coordinates": partial(gaussian, d=8),
    "entropy by neighbours, one coordinate": partial(neighbours, d=1),
    "entropy by neighbours, two coordinates": partial(neighbours, d=2),
    "entropy production, diffusion, stationary": partial(production, term="fisher"),
    "entropy production, learning, stationary": partial(production, term="learning"),
    "entropy production, sum, stationary": partial(production, term="total"),
    "entropy production, diffusion, third record, displaced": production_on_the_way,
    "entropy, difference of two records, stationary": direct_rate,
    **{
        f"(12.1) of 2004.09280, {term}": partial(printed_form, term=term)
        for term in GaussianProduction._fields
    },
    "V, linear term": potential_slope,
    "V, mean": potential_mean,
    "chain rule, drift": partial(change, term="drift"),
    "chain rule, Ito": partial(change, term="ito"),
    "chain rule, finite step": partial(change, term="finite_step"),
    "chain rule, sum": partial(change, term="total"),
    "chain rule, from first to last record": partial(change, term="overall"),
}


def holds(generator: np.random.Generator, measure: Measure, replicas: int) -> bool:
    """Return whether the interval holds the truth."""
    estimate, truth = measure(generator, replicas)
    return bool(estimate.low <= truth <= estimate.high)


def isotropic_is_refused(generator: np.random.Generator, replicas: int) -> bool:
    """Return whether the test of isotropy refuses, at 5 %, a D that is isotropic."""
    start = DEVIATIONS * generator.standard_normal((replicas, 2))
    walk = langevin_ensemble(generator, lambda q: -RATES * q, 1.0, start, RECORDS)
    return isotropy(pairs_at(walk), generator, 99).p_value <= 0.05


def one_gain_is_refused(generator: np.random.Generator, replicas: int) -> bool:
    """Return whether one gain for all is refused, at 5 %, where there is one."""
    return gain(pairs_at(displaced(generator, replicas)), -LOSS).p_value <= 0.05


def power_law_is_named(generator: np.random.Generator, replicas: int) -> bool:
    """Return whether a power law is named of the large values of normal noise."""
    return large_values(generator.standard_normal((replicas, 25))).is_power_law


CASES = [
    Case(f"{what}, M = {replicas}", partial(holds, measure=measure, replicas=replicas), "95")
    for what, measure in MEASURES.items()
    for replicas in (64, 256)
] + [
    Case(f"{what}, M = {replicas}", partial(simulate, replicas=replicas), aim)
    for what, simulate, aim in (
        ("isotropic D refused at 5 %", isotropic_is_refused, "5"),
        ("one gain refused at 5 %", one_gain_is_refused, "5"),
        ("power law named of normal noise", power_law_is_named, "0"),
    )
    for replicas in (64, 256)
]


def main() -> None:
    """Print bias and noise: truth, mean, standard deviation, and half of a mean interval."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--times", type=int, default=400)
    parser.add_argument("--replicas", type=int, default=256)
    options = parser.parse_args()
    print("| estimator | truth | mean | sd | interval / (3.92 sd) | % hold |")
    print("| --- | --- | --- | --- | --- | --- |")
    for what, measure in MEASURES.items():
        children = np.random.SeedSequence(0).spawn(options.times)
        found = [measure(np.random.default_rng(child), options.replicas) for child in children]
        value, low, high = np.array([estimate for estimate, _ in found], dtype=float).T
        truth, deviation = found[0][1], value.std(ddof=1)
        width = np.median(high - low) / (3.92 * deviation)
        held = 100.0 * np.mean((low <= truth) & (truth <= high))
        numbers = f"{truth:.4g} | {value.mean():.4g} | {deviation:.2g} | {width:.2f} | {held:.1f}"
        print(f"| {what} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
