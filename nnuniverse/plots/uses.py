"""Which options of ``nnu plot`` a plot uses, as each declares it: for refusals, help and page."""

from __future__ import annotations

from collections.abc import Collection

from nnuniverse.errors import ConfigError
from nnuniverse.plots import PLOTS, Plot, find_plot

OPTIONS = {
    "hue": "--hue",
    "epochs": "--epoch",
    "linear_epochs": "--linear/--log",
    "loss": "--loss",
    "replica": "--replica",
    "coordinate": "--coordinate",
    "record": "--record",
    "step": "--step",
    "three_dimensional": "--three-dimensional",
    "model_betas": "--beta",
    "betas": "--beta",
    "gammas": "--gamma",
    "neurons": "--neurons",
    "mass": "--mass",
    "window": "--window",
    "significance": "--significance",
    "resamples": "--resamples",
    "seed": "--seed",
}
"""By the setting of a plot that an option gives; others have none."""

OF_RUNS = ("--where",)
"""What every plot of runs takes: it chooses from them."""

ANIMATED = ("--animate",)

SWEEP, ALL = "sweep", "all"
"""Names that are no plots of runs: one of a whole sweep, and all of the others."""

OF_SWEEP = ("--x", "--y", "--hue", "--where", "--epoch")


def options_of(name: str) -> tuple[str, ...]:
    """Return the options that the plot called ``name`` uses, of ``all`` what any of them uses.

    Raises ConfigError for a name of no plot.
    """
    if name == SWEEP:
        return OF_SWEEP
    if name == ALL:
        return tuple(dict.fromkeys(option for one in PLOTS for option in options_of(one)))
    plot = find_plot(name)
    own = (OPTIONS[setting] for setting in plot.uses if setting in OPTIONS)
    always = () if plot.runless else OF_RUNS
    return tuple(dict.fromkeys([*own, *always, *(ANIMATED if plot.animated else ())]))


def using(option: str) -> list[str]:
    """Return the names of the plots that use an option, none of one that holds for all figures."""
    return [name for name in (*PLOTS, SWEEP) if _is_among(option, options_of(name))]


def refuse_unused(name: str, given: Collection[str]) -> None:
    """Raise ConfigError for the first option ``given`` that other plots use, but not this one.

    ``name``: of the plot.
    """
    names = [name]
    if name == ALL and set(ANIMATED) <= set(given):
        names = [one for one, plot in PLOTS.items() if plot.animated]
    used = {option for one in names for option in options_of(one)}
    for option in given:
        others = using(option)
        if others and not _is_among(option, used):
            remedy = f"it with {_one_of(others)}"
            raise ConfigError(f"`{option}`", f"be used by the plot {name}", "is not", remedy)


def require_used(plot: Plot, settings: Collection[str]) -> None:
    """Raise ConfigError for the first of the ``settings``, by name, that ``plot`` does not use."""
    for setting in settings:
        if setting not in plot.uses:
            known = f"one of {', '.join(plot.uses)}"
            raise ConfigError(f"`{setting}`", f"be used by the plot {plot.name}", "is not", known)


def _is_among(option: str, known: Collection[str]) -> bool:
    return any(option in one.split("/") for one in known)


def _one_of(names: list[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} or {last}" if before else last
