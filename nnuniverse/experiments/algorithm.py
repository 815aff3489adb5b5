"""From `train` of a config to the parts of a learning algorithm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nnuniverse.config import RunConfig
from nnuniverse.config.training import Momentum, Piecewise
from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import Descent, Sampling
from nnuniverse.training import EarlyStopping, Objective, Rate

RISES = {
    "test_boundary_loss": False,
    "test_error_rate": False,
    "test_cross_entropy": False,
    "test_r_squared": True,
}
"""Whether what replicas may stop on is to rise, by the observable's name."""


def with_silent_inputs(config: RunConfig, objective: Objective) -> Objective:
    """Return ``objective``, of all inputs if weights move that have no gradient."""
    train = config.train
    moves_all = train.noise.temperature or train.optimiser.weight_decay
    return replace(objective, whole=True) if moves_all else objective


def bath_temperature(config: RunConfig) -> float:
    """Return the temperature of the thermal bath, 0 for none; raises ConfigError unless sgd."""
    temperature, kind = config.train.noise.temperature, config.train.optimiser.kind
    if temperature and kind != "sgd":
        raise ConfigError(
            "`train.noise.temperature`",
            f"be 0 with {kind}, whose stationary density is none of a temperature",
            f"is {temperature:g}",
            "train.optimiser.kind=sgd",
        )
    return temperature


def plain_descent(config: RunConfig, rate: float, sampling: Sampling, period: int) -> Descent:
    """Return the optimiser of ``config`` at the learning ``rate``, and how it draws batches.

    Weight decay, clipping and a bath are left out.  ``period``: steps of an epoch.
    """
    optimiser = config.train.optimiser
    momentum = (
        optimiser if isinstance(optimiser, Momentum) else Momentum(kind="momentum", decay=0.0)
    )
    return Descent(
        optimiser=optimiser.kind,
        rate=rate,
        batch=config.train.batch,
        period=period,
        sampling=sampling,
        momentum=momentum.decay,
        nesterov=momentum.nesterov,
    )


def build_early_stopping(config: RunConfig, recorded: Sequence[str]) -> EarlyStopping | None:
    """Return when replicas stop early, None for never; raises ConfigError unless it is recorded."""
    chosen = config.train.early_stopping
    if chosen.patience is None:
        return None
    if chosen.observable not in recorded:
        stopping = [name for name in RISES if name in recorded]
        raise ConfigError(
            "`train.early_stopping.observable`",
            "be an observable that the run records",
            f"is {chosen.observable}",
            f"train.early_stopping.observable={stopping[0]}"
            if stopping
            else "train.early_stopping.patience=null",
        )
    return EarlyStopping(chosen.observable, chosen.patience, RISES[chosen.observable])


def build_rate(config: RunConfig) -> Rate:
    """Return the learning rate over the run; raises ConfigError for a schedule that is none."""
    chosen = config.train.schedule
    if isinstance(chosen, Piecewise):
        _require_pieces(chosen)
    schedule = chosen.model_dump()
    return Rate(config.train.learning_rate, epochs=config.train.epochs, **schedule)


def _require_pieces(schedule: Piecewise) -> None:
    boundaries, factors = schedule.boundaries, schedule.factors
    if list(boundaries) != sorted(set(boundaries)):
        raise ConfigError(
            "`train.schedule.boundaries`",
            "ascend",
            f"is {list(boundaries)}",
            f"train.schedule.boundaries={_list(sorted(set(boundaries)))}",
        )
    if len(factors) != len(boundaries):
        raise ConfigError(
            "`train.schedule.factors`",
            f"be {len(boundaries)}, one from each of the boundaries on",
            f"is {list(factors)}",
            f"train.schedule.factors={_list(10.0**-n for n in range(1, len(boundaries) + 1))}",
        )


def _list(numbers: Iterable[float]) -> str:
    """Return ``numbers`` as an override names them: a list in YAML without blanks."""
    return f"[{','.join(f'{number:g}' for number in numbers)}]"
