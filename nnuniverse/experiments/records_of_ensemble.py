"""At which steps an ensemble is recorded, whether there is room, and what its file begins with."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from nnuniverse.config import RunConfig
from nnuniverse.config.network import NetworkConfig
from nnuniverse.errors import ConfigError
from nnuniverse.experiments import assemble
from nnuniverse.experiments.ensemble_coordinates import Seen, TrainedPoint
from nnuniverse.experiments.ensemble_neurons import neurons_at_first
from nnuniverse.experiments.reopen import IdentifiedRun
from nnuniverse.experiments.reservoir import turnover_facts
from nnuniverse.experiments.trained_net import asked_for
from nnuniverse.networks.propagation import Trainable
from nnuniverse.physics.mechanics import recorded
from nnuniverse.physics.mechanics.ensemble import LinearTheory, StochasticDescent
from nnuniverse.precision import as_float64
from nnuniverse.runs.evolution import STEPS, EvolutionRecords, read_attribute, read_facts
from nnuniverse.runs.identity import ATTRIBUTE
from nnuniverse.training import Program
from nnuniverse.variables import Axis

MOST_BYTES = 10**9
"""Of positions: more would be no ensemble that anybody reads."""

PREDICTIONS = ("rate", "diffusion", "variance")

DESCENT = "descent"
"""Attribute of ``results.h5`` that says, in JSON, how the replicas learn."""


def record_steps(config: RunConfig, seen: Seen) -> np.ndarray:
    """Return the steps at which records are made, evenly from 0 on, (record,).

    Of `evolve.steps` = auto they end after `window` relaxation times of the slowest coordinate.
    Raises ConfigError if that would exceed `max_steps`, or if records would overlap.

    ``config``: that of the run, whole; ``seen``: the coordinates that are followed.
    """
    asked = asked_for(config)
    steps = _auto_steps(config, seen) if asked.steps == "auto" else asked.steps
    if steps < 2 * (asked.records - 1):
        raise ConfigError(
            "`evolve.records`",
            f"be at most {steps // 2 + 1}: there are {steps} steps, two at least between records",
            f"is {asked.records}",
            f"evolve.records={steps // 2 + 1}, or more evolve.steps",
        )
    return np.round(np.linspace(0, steps, asked.records)).astype(np.int64)


def _auto_steps(config: RunConfig, seen: Seen) -> int:
    asked = asked_for(config)
    with np.errstate(divide="ignore"):
        relaxation = 1.0 / seen.memoryless.rate
    finite = np.isfinite(relaxation) & (relaxation > 0.0)
    if not finite.all():
        which = ", ".join(np.asarray(seen.labels)[~finite])
        raise ConfigError(
            "`evolve.steps`",
            "be a number where linear theory knows no relaxation time",
            f"is auto, with {which}",
            "evolve.steps=2000",
        )
    steps = math.ceil(asked.window * relaxation.max())
    if steps > asked.max_steps:
        fitting = np.asarray(seen.labels)[asked.window * relaxation <= asked.max_steps]
        raise ConfigError(
            "`evolve.max_steps`",
            f"be at least {steps}, {asked.window:g} relaxation times of the slowest coordinate",
            f"is {asked.max_steps}, which fits {', '.join(fitting) or 'none of them'}",
            f"evolve.max_steps={steps}, or faster coordinates",
        )
    return steps


def positions_due(record_step: np.ndarray) -> np.ndarray:
    """Return the steps after which positions are stored: of each record, and one later.

    ``record_step``: the steps of the records, ascending, (record,).
    """
    return np.stack([record_step, record_step + 1], axis=1).ravel()


def require_room(config: RunConfig, seen: Seen, record_step: np.ndarray) -> None:
    """Raise ConfigError if the records would take more than `MOST_BYTES`.

    ``config``: that of the run, whole; ``seen``: the coordinates that are followed;
    ``record_step``: the steps of the records, ascending, (record,).
    """
    members, coordinates = asked_for(config).members, len(seen.labels)
    needed = members * len(record_step) * 2 * coordinates * np.dtype(np.float32).itemsize
    if needed > MOST_BYTES:
        raise ConfigError(
            "`evolve.records`",
            f"take at most {MOST_BYTES / 1e9:g} GB",
            f"is {len(record_step)}: with {members} replicas and {coordinates} coordinates "
            f"{needed / 1e9:.3g} GB",
            f"evolve.records={int(len(record_step) * MOST_BYTES / needed)}",
        )


def records_of(
    run: IdentifiedRun, point: TrainedPoint, seen: Seen, record_step: np.ndarray
) -> EvolutionRecords:
    """Return the records of a run that is to begin, none yet, and what its file says of it.

    ``point``: the trained net that the replicas begin at; ``seen``: the coordinates that are
    followed; ``record_step``: the steps of the records, ascending, (record,).
    """
    theory, turnover = seen.theory, point.program.turnover
    coordinates = np.asarray(seen.labels, object)
    return EvolutionRecords(
        record_step=record_step,
        variables={variable.name: variable for variable in recorded.RECORDED},
        axes=[
            Axis("coordinate", "what the ensemble is seen through", coordinates),
            Axis("coordinate_2", "the same", coordinates),
            Axis("parameter", "those that take part in training", np.arange(len(point.flat))),
            *([turnover.axis] if turnover else []),
        ],
        facts={
            recorded.CURVATURE.name: theory.curvature,
            recorded.CURVATURE_SPREAD.name: theory.spread,
            recorded.TRAINED_NOISE.name: theory.gradient_noise,
            **predictions(theory),
            recorded.INDEPENDENT_RATE.name: seen.memoryless.rate,
            recorded.INDEPENDENT_DIFFUSION.name: seen.memoryless.diffusion,
            recorded.INDEPENDENT_VARIANCE.name: seen.memoryless.variance,
            recorded.DIRECTIONS.name: seen.directions,
            recorded.ORIGIN.name: point.flat,
        },
        hidden_layers=len(point.neurons.mask) if point.neurons else 0,
        attributes={
            "title": f"nnuniverse ensemble {run.config.name}",
            "network": str(point.program.settings.architecture),
            "run_hash": run.run_hash,
            "config_hash": run.config.hash(),
            ATTRIBUTE: json.dumps(run.identity.record()),
            DESCENT: json.dumps(asdict(point.descent)),
            STEPS: int(record_step[-1]),
            **turnover_facts(run.config),
            **(run.rounding.record() if run.rounding else {}),
        },
        replicas=asked_for(run.config).members,
    )


def predictions(theory: LinearTheory) -> dict[str, np.ndarray]:
    """Return what linear theory predicts with one gradient noise, by the names of variables."""
    return {
        recorded.GRADIENT_NOISE.name: theory.gradient_noise,
        recorded.PREDICTED_RATE.name: theory.rate,
        recorded.PREDICTED_DIFFUSION.name: theory.diffusion,
        recorded.PREDICTED_VARIANCE.name: theory.variance,
    }


def stored_coordinates(run: IdentifiedRun, program: Program) -> tuple[TrainedPoint, Seen]:
    """Return the trained point and the coordinates of which the file of a run tells.

    The net that it was trained from may be gone.  Raises RunError if the file is damaged.

    ``program``: the compiled program of the run.
    """
    names = ["coordinate", *(variable.name for variable in recorded.FACTS)]
    stored = read_facts(run.folder.results, names)
    descent = StochasticDescent(**json.loads(read_attribute(run.folder.results, DESCENT)))
    point = TrainedPoint(
        program,
        descent,
        _net_at(run.config, program, stored["origin"]),
        neurons_at_first(run.config, program),
    )
    measured = [stored[name] for name in ("curvature", "curvature_spread", "gradient_noise")]
    theories = [
        LinearTheory(*measured, *(stored[f"{of}_{name}"] for name in PREDICTIONS))
        for of in ("predicted", "independent")
    ]
    return point, Seen(tuple(stored["coordinate"]), stored["directions"], *theories)


def _net_at(config: RunConfig, program: Program, flat: np.ndarray) -> Trainable:
    """Return the net whose parameters that take part are ``flat``."""
    drawn = assemble.untrained_net(
        config.model_copy(update={"network": _without_start(config)}), program.settings.architecture
    )
    with jax.enable_x64(True):
        exact = as_float64(drawn)
        narrow, silent = program.inputs.split(exact)
        return program.inputs.join(ravel_pytree(narrow)[1](jnp.asarray(flat)), silent)


def _without_start(config: RunConfig) -> NetworkConfig:
    return config.network.model_copy(update={"start": None})
