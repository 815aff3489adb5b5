"""The entropy production of an ensemble by 2004.09280 (12.1): `nnu geometry production`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnuniverse.errors import ConfigError
from nnuniverse.experiments.mechanics import ensemble_of
from nnuniverse.physics.gravity.gaussian_production import (
    EntropyGain,
    GaussianProduction,
    entropy_gain,
    gaussian_production,
)
from nnuniverse.runs import RunRecord


@dataclass(frozen=True)
class ProductionOfRun:
    """What was found of the ensemble of the run ``name``.

    ``record_step``: of the records, (record,); ``on_the_way``: at every record; ``at_rest``: mean
    over the records from the step ``since`` on; ``gain``: from the first record to the last.
    """

    name: str
    record_step: np.ndarray
    since: int
    on_the_way: GaussianProduction
    at_rest: GaussianProduction
    gain: EntropyGain


def production_of_run(record: RunRecord, since: int | None = None) -> ProductionOfRun:
    """Return the entropy production of the ensemble of a run, as (12.1) has it and as measured.

    ``since``: step from which on it is at rest, None for half of the run.  Raises ConfigError if
    the run is no ensemble, or too small a one, or has no record so late, RunError if it is damaged.

    Source: 2004.09280 (12.1).
    """
    ensemble = ensemble_of(record)
    steps = ensemble.record_step
    asked = int(steps[-1]) // 2 if since is None else since
    if not 0 <= asked <= steps[-1]:
        must, remedy = f"be from 0 to {steps[-1]}, the last record", f"--since {steps[-1] // 2}"
        raise ConfigError("`--since`", must, f"is {asked}", remedy)
    first = int(steps[steps >= asked][0])
    return ProductionOfRun(
        record.name,
        steps,
        first,
        gaussian_production(ensemble),
        gaussian_production(ensemble, first),
        entropy_gain(ensemble),
    )
