"""Curves over replicas: a thin line each, their mean, and a band for its interval."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.plots.drawing import missing
from nnuniverse.runs import RunRecord
from nnuniverse.supports import Support


def mean_curve(
    values: np.ndarray, *, logarithmic: bool = False, support: Support = "real"
) -> Estimate:
    """Return mean and interval over the first axis, of the logarithm if ``logarithmic``."""
    if not logarithmic:
        return mean_over_replicas(values, support)
    with np.errstate(divide="ignore", invalid="ignore"):
        return Estimate(*(np.exp(part) for part in mean_over_replicas(np.log(values))))


def draw_band(
    axes: Axes,
    run: RunRecord,
    x: np.ndarray,
    values: np.ndarray,
    *,
    label: str,
    color: str,
    style: str = "-",
    logarithmic: bool = False,
    single: bool = True,
    support: Support = "real",
) -> Estimate:
    """Draw (replica, point) values over ``x``; return the mean and interval drawn.

    ``single``: whether every replica is drawn, too; ``support``: of the values.  Raises RunError
    if every replica of ``run`` has diverged before.
    """
    curve = mean_curve(values, logarithmic=logarithmic, support=support)
    if not np.isfinite(curve.value).any():
        raise missing(run, "a finite value after the start", "a run that does not diverge")
    if len(values) > 1:
        for replica in values if single else ():
            axes.plot(x, replica, color=color, linestyle=style, linewidth=0.4, alpha=0.35)
        axes.fill_between(x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0.0)
    axes.plot(x, curve.value, color=color, linestyle=style, label=label)
    return curve
