"""All models fitted to one sample, and the check that no fit is worse than one that it contains."""

from __future__ import annotations

import numpy as np

from nnuniverse.errors import CheckError
from nnuniverse.physics.mechanics.verdict import closure, hamilton_jacobi, schroedinger
from nnuniverse.physics.mechanics.verdict.bridge import BRIDGE
from nnuniverse.physics.mechanics.verdict.fokker_planck import FOKKER_PLANCK
from nnuniverse.physics.mechanics.verdict.gaussian_model import Chart
from nnuniverse.physics.mechanics.verdict.kramers import KRAMERS
from nnuniverse.physics.mechanics.verdict.marginals import Sample
from nnuniverse.physics.mechanics.verdict.modes import (
    parameter_of,
    turning,
    two_point,
)
from nnuniverse.physics.mechanics.verdict.scoring import Fit, fit

CONTAINED = (
    ("hamilton_jacobi", "schroedinger"),
    ("schroedinger", "closure"),
    ("hamilton_jacobi", "closure"),
    ("fokker_planck", "closure"),
    ("fokker_planck", "kramers"),
    ("schroedinger", "kramers"),
)
"""Models, each with one that contains it; Kramers' only where its particle is bound (`_holds`)."""

TOLERANCE = 1e-3
"""Nats per replica by which a fit may be worse than one that it contains: it ends short of it."""

OVERDAMPED = np.log(1e6)
FREE = np.log(1e-7)
"""Log friction, in 1 / T, at which Kramers' equation is Fokker-Planck's, and Liouville's."""

UNCERTAINTIES = (1e-3, 0.03, 0.3)
"""Shares of the width at the end by which Hamilton-Jacobi's optimum is blurred to be a start."""


def fit_models(sample: Sample) -> dict[str, Fit]:
    """Return the fits of all models to ``sample`` by name; the bridge only if epochs have an end.

    Each search begins at the optima of the models contained too.  Raises `CheckError` if a fit is
    worse than that of a model it contains.
    """
    flow, diffusion = fit(hamilton_jacobi.HAMILTON_JACOBI, sample), fit(FOKKER_PLANCK, sample)
    packet = fit(schroedinger.SCHROEDINGER, sample, _blurred(flow))
    all_three = (flow, diffusion, packet)
    fits = {found.model: found for found in all_three}
    fits["closure"] = fit(closure.CLOSURE, sample, _as_closures(all_three, sample))
    fits["kramers"] = fit(KRAMERS, sample, _as_particles(diffusion, packet))
    if np.isfinite(sample.clock.period):
        fits["bridge"] = fit(BRIDGE, sample)
    check_nesting(fits)
    return fits


def check_nesting(fits: dict[str, Fit]) -> None:
    """Raise `CheckError` if a fit is worse on its sample than that of a model it contains.

    ``fits``: by the name of the model.
    """
    for inner, outer in CONTAINED:
        behind = fits[outer].loss - fits[inner].loss
        if behind > TOLERANCE and _holds(outer, fits[inner]):
            raise CheckError(
                f"the fit of {outer}",
                f"be as likely as that of {inner}, which it contains",
                f"is {behind:.2g} nats per replica less so",
                "other records or another coordinate: this fit tells nothing",
            )


def _holds(outer: str, inner: Fit) -> bool:
    """Return whether ``outer`` contains this very solution: Kramers' particle is bound."""
    bound = inner.named.get("rate", inner.named.get("stiffness", 0.0)) > 0.0
    return outer != "kramers" or bound


def _blurred(flow: Fit) -> dict[Chart, np.ndarray]:
    """Return Hamilton-Jacobi's optimum with some A > 0 as starts of Schroedinger's."""
    *first, second, parameter = flow.theta
    scale = abs(second) + 1e-3
    is_two_point = flow.chart is hamilton_jacobi.TWO_POINT
    chart = schroedinger.TWO_POINT if is_two_point else schroedinger.TURNING
    starts = [[*first, second, share * scale, parameter] for share in UNCERTAINTIES]
    return {chart: np.array(starts)}


def _as_closures(fits: tuple[Fit, ...], sample: Sample) -> dict[Chart, np.ndarray]:
    """Return the optima of the mechanics as starts of the closure."""
    starts: dict[Chart, list[np.ndarray]] = {}
    for found in fits:
        named, time = found.named, sample.units.time
        square = -((named["rate"] * time) ** 2) if "rate" in named else named["stiffness"] * time**2
        chart, theta = _as_closure(square, found, sample)
        starts.setdefault(chart, []).append(theta)
    return {chart: np.stack(found) for chart, found in starts.items()}


def _as_closure(square: float, found: Fit, sample: Sample) -> tuple[Chart, np.ndarray]:
    """Return the closure's parameters of a solution with w2 T^2 = ``square``, by least squares."""
    modes_of, parameter = parameter_of(square)
    modes = modes_of(np.array([parameter]), sample.clock.time)
    of_mean = np.linalg.lstsq(np.stack([*modes[:3]], axis=1), found.mean, rcond=None)[0]
    crossed = 2.0 * modes.product * modes.first * modes.second
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        basis = np.stack([modes.first**2, crossed, modes.second**2], axis=1)
        basis = basis / found.variance[:, None]
    basis = basis[np.isfinite(basis).all(axis=1)]  # a flow may cross itself: no width at all
    first, mixed, second = np.linalg.lstsq(basis, np.ones(len(basis)), rcond=None)[0]
    least = 1e-12
    logs = np.log(max(first, least)), np.log(max(second, least))
    chart = closure.TWO_POINT if modes_of is two_point else closure.TURNING
    return chart, np.array([*of_mean, logs[0], mixed, logs[1], parameter])


def _as_particles(diffusion: Fit, packet: Fit) -> dict[Chart, np.ndarray]:
    """Return Fokker-Planck's and Schroedinger's optima as starts of Kramers', where they are bound.

    Schroedinger's packet moves as a particle without friction whose velocities differ.
    """
    starts = []
    centre, start, rate, log_width, log_diffusion = diffusion.theta
    if rate > 0.0:
        at_rest = [np.log(rate), OVERDAMPED, log_diffusion - np.log(rate)]
        velocity = -rate * (start - centre)
        starts.append([centre, start, velocity, log_width / 2.0, 0.0, 1e-6, *at_rest])
    if packet.named["stiffness"] > 0.0:
        starts.append(_as_free_particle(packet))
    return {KRAMERS.charts[0]: np.array(starts).reshape(-1, 9)}


def _as_free_particle(packet: Fit) -> list[float]:
    modes_of = two_point if packet.chart is schroedinger.TWO_POINT else turning
    modes = modes_of(packet.theta[-1:], np.zeros(1))
    first, second, driven, log_first, swept, blurred, _ = packet.theta
    square, slope, wronskian = (float(x[0]) for x in (modes.square, modes.slope, modes.wronskian))
    centre = driven * float(modes.force[0]) / square
    start = first + driven * float(modes.driven[0])
    return [
        centre,
        start,
        first * slope + second * wronskian + driven * float(modes.driven_slope[0]),
        log_first / 2.0,
        np.exp(log_first / 2.0) * slope + swept * wronskian,
        blurred * wronskian,
        np.log(square) - FREE,
        FREE,
        -30.0,
    ]
