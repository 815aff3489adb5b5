"""The plots that need no more than a run which has trained nets, or no run."""

from nnuniverse.plots import PLOTS

PLAIN = [name for name, plot in PLOTS.items() if not plot.of_ensembles and plot.file is None]
"""Not those of ensembles, and not those of what another command has to make of a run."""
