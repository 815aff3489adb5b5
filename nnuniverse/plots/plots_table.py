"""The table of plots on ``docs/plots.md``: what each declares.

``python -m nnuniverse.plots.plots_table`` prints it.
"""

from __future__ import annotations

import sys

from nnuniverse.markdown import escaped, table
from nnuniverse.plots import PLOTS, Plot
from nnuniverse.plots.uses import options_of

HEADER = ["plot", "shows", "of", "needs", "options"]


def plots_table() -> str:
    """Return a row per plot, as Markdown."""
    rows = [
        [
            f"`{plot.name}`",
            escaped(f"{plot.title}: {plot.equation}"),
            escaped(plot.source),
            _needed(plot),
            ", ".join(f"`{option}`" for option in options_of(plot.name)),
        ]
        for plot in PLOTS.values()
    ]
    return table(HEADER, rows)


def _needed(plot: Plot) -> str:
    """Return what a plot cannot be drawn without."""
    if plot.of_ensembles:
        return "an ensemble"
    if plot.file is not None:
        return f"`{plot.file.command}`"
    return ", ".join(f"`{name}`" for name in plot.needs) or ("no run" if plot.runless else "")


if __name__ == "__main__":
    sys.stdout.write(plots_table() + "\n")
