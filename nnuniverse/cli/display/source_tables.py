"""What a net has of the action (9.1), and what it leaves open, as tables and as plain data."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.document import plain
from nnuniverse.cli.display.tables import print_table
from nnuniverse.cli.options import say
from nnuniverse.experiments.geometry_source import SourceOfRun
from nnuniverse.intervals import mean_over_replicas, number, with_interval

COLUMNS = {
    "action": "action",
    "of_deviations": "of deviations",
    "fluctuations": "fluctuations",
    "linear": "|e + v|",
}

WITHOUT = "there are no Einstein equations of this net"


def print_source(found: SourceOfRun) -> None:
    """Print the parts of (9.1), trained and untrained, and why no metric follows."""
    rows = [
        [name, str(step), *(_short(values[column][:, at]) for column in COLUMNS)]
        for name, values in (("trained", found.values), ("untrained", found.untrained))
        for at, step in enumerate(found.steps)
        if np.isfinite(values["action"][:, at]).any()
    ]
    caption = f"{found.name}: (9.1) with eta over sum |v|^2, D = {found.subsystems}"
    print_table(["net", "step", *COLUMNS.values()], rows, caption)
    say("")
    for sentence in sentences(found):
        say(sentence)


def sentences(found: SourceOfRun) -> list[str]:
    """Return why the metric of the net is not determined, with its numbers."""
    values, left = found.values, found.unknowns - found.gauge_directions
    gauge, change = np.nanmax(values["gauge"]), np.nanmax(values["open_change"])
    low, high = np.nanmin(values["open_curvature"]), np.nanmax(values["open_curvature"])
    one_time = np.nanmean(values["open_lorentzian"])
    return [
        f"g^i has {found.unknowns} unknowns at a neuron. Along {found.gauge_directions} directions "
        f"n xi^T + xi n^T the action changes by {gauge:.1g} of its largest term: no data tell "
        "them.",
        f"Of the {left} that are left, the steps of a neuron tell {_mean(values['told'])} above "
        "the noise of its samples.",
        "x^0 = sum x^d: the neurons lie on a plane, "
        f"{np.nanmax(values['thinnest']):.1g} thin, where (9.3) is no density.",
        f"A metric with R from {number(low)} to {number(high)} has the action of the flat one to "
        f"{change:.1g}, with one time at {one_time:.0%} of the neurons: {WITHOUT}.",
    ]


def _mean(values: np.ndarray) -> str:
    return with_interval(mean_over_replicas(values))


def _short(values: np.ndarray) -> str:
    """Return the mean over replicas in two digits, so that the table fits."""
    value, low, high = mean_over_replicas(values)
    width = f" ± {0.5 * (high - low):.1g}" if np.isfinite(low) else ""
    return f"{value:.2g}{width}"


def source_document(found: SourceOfRun) -> dict[str, object]:
    """Return all of it as plain data."""
    return {
        "run": found.name,
        "network": found.network,
        "epoch": found.epoch,
        "subsystems": found.subsystems,
        "samples": found.samples,
        "steps": list(found.steps),
        "unknowns": found.unknowns,
        "gauge_directions": found.gauge_directions,
        "trained": {name: plain(of) for name, of in found.values.items()},
        "untrained": {name: plain(of) for name, of in found.untrained.items()},
        "einstein_equations": None,
    }
