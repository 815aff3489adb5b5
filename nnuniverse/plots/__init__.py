"""From numbers to figures: one file per plot name, drawing from declared variables.

To add one, write its file and name its declaration in `PLOTS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nnuniverse import extensions
from nnuniverse.errors import ConfigError, one_of
from nnuniverse.plots.matplotlib_import import import_matplotlib

import_matplotlib()

from nnuniverse.plots import (  # noqa: E402
    align,
    bulk_ratio,
    chains,
    complexity,
    complexity_loss,
    curvature,
    density,
    dual,
    eigenvalues,
    entropy_production,
    grand,
    holography,
    laplacian,
    loss,
    loss_plane,
    mechanics,
    metric,
    moments,
    neurons,
    null_constraint,
    permutation,
    ring,
    spectrum,
    string,
    survival,
    thermodynamics,
    train_test,
    worldsheet,
)
from nnuniverse.plots.contact_sheet import contact_sheet  # noqa: E402
from nnuniverse.plots.drawing import (  # noqa: E402
    FORMATS,
    Drawing,
    Plot,
    PlotSettings,
    as_csv,
    is_drawn,
    render,
    run_id,
)
from nnuniverse.plots.file_names import file_name  # noqa: E402
from nnuniverse.plots.house_style import FigureStyle, house_style, read_style  # noqa: E402
from nnuniverse.plots.overlay import CrowdedError, chosen_runs  # noqa: E402
from nnuniverse.plots.sweep import SweepPlot, draw_sweep  # noqa: E402

PLOTS: dict[str, Plot] = {
    module.PLOT.name: module.PLOT
    for module in (
        laplacian,
        ring,
        loss,
        train_test,
        bulk_ratio,
        loss_plane,
        spectrum,
        complexity,
        complexity_loss,
        moments,
        eigenvalues,
        thermodynamics,
        neurons,
        align,
        grand,
        permutation,
        chains,
        null_constraint,
        metric,
        survival,
        worldsheet,
        string,
        holography,
        dual,
        curvature,
        mechanics,
        entropy_production,
        density,
    )
}
"""Every plot by name."""


def find_plot(name: str) -> Plot:
    """Return the plot called ``name``: one of ours, or of an installed package.

    Raises ConfigError with the nearest right names, or if that of the package cannot be used.
    """
    if name in PLOTS:
        return PLOTS[name]
    found = installed_plots()
    if name not in found:
        known = one_of(name, [*PLOTS, *found, *{"all"} - {name}])
        raise ConfigError("NAME", "name a plot", f"is {name!r}", known)
    plot = extensions.load(extensions.PLOTS, name, Plot)
    return replace(plot, draw=found[name].guarded(plot.draw))


def every_plot(say: Callable[[str], None]) -> list[Plot]:
    """Return our plots, then those of installed packages that can be used.

    ``say``: told why others cannot.
    """
    plots = list(PLOTS.values())
    for name in installed_plots():
        try:
            plots.append(find_plot(name))
        except ConfigError as error:
            say(str(error))
    return plots


def installed_plots() -> dict[str, extensions.DeclaredName]:
    """Return the plots that installed packages declare, by name; none of them is imported."""
    return extensions.installed(extensions.PLOTS, PLOTS)


__all__ = [
    "FORMATS",
    "PLOTS",
    "CrowdedError",
    "Drawing",
    "FigureStyle",
    "Plot",
    "PlotSettings",
    "SweepPlot",
    "as_csv",
    "chosen_runs",
    "contact_sheet",
    "draw_sweep",
    "every_plot",
    "file_name",
    "find_plot",
    "house_style",
    "installed_plots",
    "is_drawn",
    "read_style",
    "render",
    "run_id",
]
