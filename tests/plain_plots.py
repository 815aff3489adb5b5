"""The plots that need no more than a run which has trained nets, or no run."""

from nnuniverse.plots import PLOTS

PLAIN = [
    name
    for name, plot in PLOTS.items()
    if not plot.of_ensembles and not plot.of_turnover and plot.file is None
]
"""Not those of ensembles, nor of neurons that come and go, nor of what another command makes."""
