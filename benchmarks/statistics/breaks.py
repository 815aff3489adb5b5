"""How often `fit_break` finds a break at 5 %: in a true line, and in a broken one."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.statistics.made_curves import correlated
from benchmarks.statistics.simulation import Case
from nnuniverse.analysis.fits import fit_break

SLOPE = 2.0
NOISE = 0.3
"""Standard deviation of y about its line, which rises by 13 in all."""

RESAMPLES = 199

SIZES = {
    "uniform": lambda time: np.ones_like(time),
    "growing to 5 times as much": lambda time: 5.0 ** (time - 0.5),
    "falling to a fifth": lambda time: 5.0 ** (0.5 - time),
    "setting in, 5 times as large in the last third": lambda time: np.where(time < 2 / 3, 0.2, 1.0),
}
"""How large noise is at a time in [0, 1]."""


def finds_break(
    generator: np.random.Generator,
    *,
    points: int = 164,
    size: str = "uniform",
    correlation: float = 0.0,
    in_x: float = 0.0,
    shared: bool = False,
    tails: float = np.inf,
    bend: float = 0.0,
    step: float = 0.0,
) -> bool:
    """Return whether a break is found in y against the log of a loss that falls as t^-0.8.

    ``correlation``: of neighbours; ``in_x``: standard deviation of the noise of x, which y follows
    if ``shared``; ``tails``: degrees of freedom of the noise; ``bend``: change of the slope, and
    ``step``: of y, both half way.
    """
    x = _log_loss(points)
    time = np.linspace(0.0, 1.0, points)
    late = time >= 0.5
    noise = NOISE * SIZES[size](time) * correlated(time, generator, correlation)
    if np.isfinite(tails):
        noise = NOISE * generator.standard_t(tails, points) / np.sqrt(tails / (tails - 2.0))
    noise_x = in_x * correlated(time, generator, correlation)
    y = SLOPE * x + bend * np.where(late, x - x[late][0], 0.0) + step * late
    if in_x:
        noise *= 0.2  # so that what x does is most of it
    y = y + noise + (SLOPE * noise_x if shared else 0.0)
    found = fit_break((x + noise_x, y), RESAMPLES, int(generator.integers(2**31)))
    return found.p_value <= 0.05


def _log_loss(points: int) -> np.ndarray:
    """Return the log of a power law at so many snapshots, as log-spaced as whole numbers can be."""
    count = points
    while len(epochs := np.unique(np.geomspace(1.0, 1e4, count).round())) < points:
        count += 1
    loss: np.ndarray = -0.8 * np.log1p(epochs[:points] / 3.0)
    return loss


def _line(what: str, **options: object) -> Case:
    return Case(f"a line, {what}", partial(finds_break, **options), "4 to 7")


def _broken(what: str, **options: object) -> Case:
    return Case(what, partial(finds_break, **options))


CASES = [
    _line("uniform noise"),
    _line("uniform noise, 200 snapshots", points=200),
    _line("uniform noise, neighbours correlated with 0.7", correlation=0.7),
    _line("uniform noise, neighbours correlated with 0.9", correlation=0.9),
    *(_line(f"noise {size}", size=size) for size in list(SIZES)[1:]),
    _line("noise growing, neighbours correlated with 0.7", size=list(SIZES)[1], correlation=0.7),
    _line("noise of 0.1 in x", in_x=0.1),
    _line("noise of 0.3 in x", in_x=0.3),
    _line("noise of 0.3 in x, neighbours correlated with 0.7", in_x=0.3, correlation=0.7),
    _line("noise of 0.3 in x, which y follows", in_x=0.3, shared=True),
    _line("heavy tails, Student t of 3 degrees", tails=3.0),
    _broken("slope 2, then 2.15; uniform noise", bend=0.15),
    _broken("slope 2, then 2.2; uniform noise", bend=0.2),
    _broken("a step of 1.5 noise; uniform noise", step=1.5 * NOISE),
    _broken("slope 2, then 2.5; neighbours correlated with 0.7", bend=0.5, correlation=0.7),
    _broken("slope 2, then 2.2; noise growing", bend=0.2, size=list(SIZES)[1]),
    _broken("slope 2, then 2.2; noise of 0.1 in x", bend=0.2, in_x=0.1),
]
