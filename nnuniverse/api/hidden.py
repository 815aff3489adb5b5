"""``nnuniverse.hidden``: the hidden variables of a run's nets before they settle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnuniverse.api.run import RunLike, folder_of
from nnuniverse.experiments.hidden import HiddenSettings, hidden_of_run

if TYPE_CHECKING:
    import xarray as xr


def hidden(run: RunLike, **settings: Any) -> xr.Dataset:
    """Return how the subsystems of a run move from x = 0 on, and how null their constraint is.

    A subsystem d is a class of samples.  Their states step by ``x(t + 1) = f(w x(t) + b)`` with
    the inputs clamped, x_d is their mean, and ``sum_(c != d) v_c v_d = 0`` is the constraint, v_d
    the change of x_d in a step.

    ``run``: opened, or its folder, name or id.  ``settings``: ``steps``: T, from x = 0 on;
    ``samples``: "test" or "train"; ``groups``: "classes", "random", or a text file with a whole
    number per sample; ``draws``: of a sample per subsystem, for the metric; ``epoch``: of the
    weights, None for the last; ``seed``: of groups, shuffled weights and draws.

    Returns the data set that `nnu hidden` stores, of which nothing is written: ``mean_state``,
    ``subsystem_correlation`` by replica, step and neuron, those of controls, ``metric_residual``.
    Raises ConfigError, DataError or RunError.

    See 2008.01540 (7.3), (7.6)-(7.8).

    >>> nnuniverse.hidden(run, steps=3, samples="train").mean_state.dims
    ('replica', 'subsystem', 'step', 'free_neuron')
    """
    return hidden_of_run(folder_of(run), HiddenSettings(**settings)).opened()
