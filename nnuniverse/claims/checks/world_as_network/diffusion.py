"""2008.01540 Sec. 4: the diffusion of the trainable variables, and their potential."""

from __future__ import annotations

import numpy as np

from nnuniverse.claims.checks.ring import Ring
from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual, worst
from nnuniverse.physics.mechanics.coordinates.linear_theory import linear_theory
from nnuniverse.physics.mechanics.ensemble import StochasticDescent

DIFFUSION, DRIFT = 0.4, 0.7
"""D and gamma of (4.3)."""


@check("B25")
def chain_rule_of_diffusing_parameters(random: np.random.Generator) -> Outcome:
    """``d<F>/dt = <dF/dt> + gamma <(grad F)^2> + D <Laplacian F>``.

    Residuals: of ``d<F>/dt`` by the Fokker-Planck equation (4.3) at a fixed F, over the largest of
    its terms, for any density and for the stationary one ``exp(gamma F/D)``, where it vanishes;
    without and with the last term.  Control: with 1.01 D in it.

    Source: 2008.01540 (4.6), (6.5), 2012.05082 (2.2), wrong as printed (B25).
    """
    ring = Ring(81)
    F = ring.random_function(random)
    slope, curvature = ring.derivative(F), ring.derivative(F, 2)
    exponents = ring.random_function(random), DRIFT * F / DIFFUSION

    def apart(ito: float) -> Residual:
        return worst(one(ring.normalised(np.exp(exponent)), ito) for exponent in exponents)

    def one(p: np.ndarray, ito: float) -> Residual:
        current = DIFFUSION * ring.derivative(p) - DRIFT * slope * p
        rate = ring.integral(F * ring.derivative(current))
        learning = DRIFT * ring.integral(p * slope**2)
        bent = ring.integral(p * curvature)
        scale = max(abs(rate), learning, DIFFUSION * abs(bent))
        return Residual(abs(rate - learning - ito * bent) / scale)

    return Outcome(
        printed=apart(0.0),
        corrected=apart(DIFFUSION),
        control=apart(1.01 * DIFFUSION),
        value="in equilibrium gamma <(grad F)^2> = -D <Laplacian F>",
    )


@check("B28")
def diffusion_of_each_parameter(random: np.random.Generator) -> Outcome:
    """``D_i = eta^2 c_i/(2 B)``, c_i the variance of a sample's slope, is proportional to h_i.

    A neuron ``tanh(w x)`` at the minimum of its loss: the targets are the outputs of a teacher with
    these weights, and noise.  There ``c_i = sigma^2 h_i``, h_i the curvature.  Residuals: of the
    log of the ratio of D of the first and the last weight, from 20 sets of samples: that the two
    are equal, and that they are as h_i.  Control: as h_i^0.9.

    Source: 2008.01540 (4.1), 2012.05082 (2.1), wrong as printed (B28).
    """
    sets, samples, noise = 20, 4000, 0.1
    widths = np.array([1.0, 0.1, 0.01])
    teacher = np.array([0.5, 2.0, -5.0])

    def curvatures_and_slopes() -> tuple[np.ndarray, np.ndarray]:
        x = widths * random.normal(size=(sets, samples, 3))
        slope = 1.0 / np.cosh(x @ teacher)[..., None] ** 2
        errors = noise * random.normal(size=(sets, samples, 1))
        return ((slope * x) ** 2).mean(axis=1), (errors * slope * x).var(axis=1)

    (curvature, _), (_, variance) = curvatures_and_slopes(), curvatures_and_slopes()

    def apart(power: float) -> Residual:
        logs = np.log(variance) - power * np.log(curvature)
        ratio = logs[:, 0] - logs[:, -1]
        return Residual(abs(ratio.mean()), float(ratio.std(ddof=1) / np.sqrt(sets)))

    decades = np.log10(variance.mean(axis=0)[0] / variance.mean(axis=0)[-1])
    return Outcome(
        printed=apart(0.0),
        corrected=apart(1.0),
        control=apart(0.9),
        value=f"D_i over {decades:.1f} decades, as h_i",
    )


@check("B29")
def potential_of_a_stationary_ensemble(random: np.random.Generator) -> Outcome:
    """``<V> = -d<F>/dt`` vanishes where p and F are stationary.

    ``V = -(v grad F + D Laplacian F)``.  Residuals: of the mean of (5.3) over p as exp(gamma F/D)
    with V of (4.7), which is ``(D/mu) <(grad log p)^2> + gamma <(grad F)^2> + <V> = 0`` as printed;
    and of <V> = 0, there and under the drift v of another potential, over <|V|>.  Control: V with
    0.99 D.

    Source: 2008.01540 (4.7), 2012.05082 (2.8), which need a constant of energy (B29).
    """
    ring = Ring(81)
    F, other = ring.random_function(random), ring.random_function(random)
    slope, mu = ring.derivative(F), 1.3

    def mean_potential(drift_from: np.ndarray, diffusion: float = DIFFUSION) -> Residual:
        """Return it for the drift ``gamma grad drift_from``, over the mean of |V|."""
        p = ring.normalised(np.exp(DRIFT * drift_from / DIFFUSION))
        V = -DRIFT * ring.derivative(drift_from) * slope - diffusion * ring.derivative(F, 2)
        return Residual(abs(ring.integral(p * V)) / ring.integral(p * abs(V)))

    p = ring.normalised(np.exp(DRIFT * F / DIFFUSION))
    fisher = DIFFUSION / mu * ring.integral(ring.derivative(p) ** 2 / p)
    kinetic = DRIFT * ring.integral(p * slope**2)
    V = -DRIFT * slope**2 - DIFFUSION * ring.derivative(F, 2)
    return Outcome(
        printed=Residual(abs(fisher + kinetic + ring.integral(p * V)) / (fisher + kinetic)),
        corrected=worst([mean_potential(F), mean_potential(other)]),
        control=mean_potential(F, diffusion=0.99 * DIFFUSION),
        value=f"(5.3) is off by {fisher + kinetic:.3f} on average",
    )


@check("B37")
def stationary_variance_of_descent(random: np.random.Generator) -> Outcome:
    """``q' = (1 - k) q + (2 D)^(1/2) xi`` has the variance ``D/(k (1 - k/2))``, k = eta h.

    D = eta^2 c/(2 B).  Residual: of `linear_theory`, without momentum and with 0.9, against the
    covariance of (q, the q before) after 2,000 steps, relative.  Control: D/k at k = 0.1.

    Source: linear theory of stochastic gradient descent (B37).
    """
    rate, batch, steps = 0.1, 100, 2000
    curvature, noise = np.array([1.0, 0.3]), random.uniform(0.5, 2.0, 2)

    def followed(momentum: float) -> np.ndarray:
        added = rate**2 * noise / batch
        found = []
        for k, variance in zip(rate * curvature, added, strict=True):
            step, covariance = (
                np.array([[1.0 + momentum - k, -momentum], [1.0, 0.0]]),
                np.zeros((2, 2)),
            )
            for _ in range(steps):
                covariance = step @ covariance @ step.T + np.diag([variance, 0.0])
            found.append(covariance[0, 0])
        return np.array(found)

    def predicted(momentum: float) -> np.ndarray:
        kind = "momentum" if momentum else "sgd"
        descent = StochasticDescent(kind, rate, batch, 60, momentum=momentum)
        return linear_theory(curvature, 0.0 * curvature, np.diag(noise), descent).variance

    def apart(variance: np.ndarray, momentum: float) -> Residual:
        true = followed(momentum)
        return Residual(float(np.abs(variance / true - 1.0).max()))

    in_continuous_time = 0.5 * rate * noise / batch / curvature
    return Outcome(
        printed=worst(apart(predicted(momentum), momentum) for momentum in (0.0, 0.9)),
        control=apart(in_continuous_time, 0.0),
    )
