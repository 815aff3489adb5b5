"""From `train` of a config to the parts of a learning algorithm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

import optax

from nnuniverse.config import RunConfig
from nnuniverse.config.training import (
    Adam,
    AdamW,
    BulkLoss,
    Cocob,
    Momentum,
    Momo,
    MomoAdam,
    Piecewise,
    ReduceOnPlateau,
    Sgd,
)
from nnuniverse.errors import ConfigError
from nnuniverse.physics.mechanics.ensemble import Sampling, StochasticDescent
from nnuniverse.training import EarlyStopping, Objective, Plateau, Rate, build_optimiser

RISES = {
    "test_boundary_loss": False,
    "test_error_rate": False,
    "test_cross_entropy": False,
    "test_r_squared": True,
}
"""Whether what replicas may stop on is to rise, by the observable's name."""


def optimiser_of(
    config: RunConfig, steps_per_epoch: int
) -> Callable[[Rate], optax.GradientTransformation]:
    """Return what makes the optimiser of ``config`` of a learning rate.

    Raises ConfigError for keys that mean nothing with it.

    ``steps_per_epoch``: how many batches an epoch has.
    """
    chosen, schedule = config.train.optimiser, config.train.schedule
    _require_known_rate(config)
    _require_bound(config)
    plateau = None
    if isinstance(schedule, ReduceOnPlateau):
        plateau = Plateau(**schedule.model_dump(exclude={"kind"}))
    return partial(
        build_optimiser,
        chosen.kind,
        steps_per_epoch=steps_per_epoch,
        clip_norm=config.train.clip_norm,
        plateau=plateau,
        **chosen.model_dump(exclude={"kind"}),
    )


def _require_known_rate(config: RunConfig) -> None:
    """Raise ConfigError for a schedule or clipping that an optimiser's own steps leave no sense."""
    chosen, schedule = config.train.optimiser, config.train.schedule
    plain = isinstance(chosen, Sgd | Momentum | Adam | AdamW)
    if isinstance(schedule, ReduceOnPlateau):
        if not plain:
            raise _schedule_error(f"not be reduce_on_plateau with {chosen.kind}", "is")
        if config.train.noise.temperature:
            raise _schedule_error("not be reduce_on_plateau with a thermal bath", "is")
    if isinstance(chosen, Cocob) and schedule.kind != "constant":
        text = "be constant with cocob, which has no learning rate"
        raise _schedule_error(text, f"is {schedule.kind}")
    if isinstance(chosen, Momo | MomoAdam) and config.train.clip_norm is not None:
        raise ConfigError(
            "`train.clip_norm`",
            f"be null with {chosen.kind}, whose model of the loss needs its gradient",
            f"is {config.train.clip_norm:g}",
            "train.clip_norm=null",
        )


def _schedule_error(must: str, actual: str) -> ConfigError:
    return ConfigError("`train.schedule.kind`", must, actual, "train.schedule.kind=constant")


def _require_bound(config: RunConfig) -> None:
    """Raise ConfigError where a loss that may be negative is said to be bounded by zero."""
    chosen, loss = config.train.optimiser, config.loss
    if not isinstance(chosen, Momo | MomoAdam) or chosen.lower_bound < 0.0:
        return
    local = isinstance(loss, BulkLoss) and (loss.mass > 0.0 or loss.pairs is not None)
    if loss.terms or local:
        what = "loss.terms" if loss.terms else "a local objective V"
        raise ConfigError(
            "`train.optimiser.lower_bound`",
            f"be below all that the loss can be, which may be negative with {what}",
            f"is {chosen.lower_bound:g}",
            "train.optimiser.lower_bound=-10",
        )


def with_silent_inputs(config: RunConfig, objective: Objective) -> Objective:
    """Return ``objective``, of all inputs if weights move that have no gradient.

    ``config``: that of the run, whole.
    """
    train = config.train
    moves_all = train.noise.temperature or train.optimiser.weight_decay
    return replace(objective, whole=True) if moves_all else objective


def bath_temperature(config: RunConfig) -> float:
    """Return the temperature of the thermal bath, 0 for none; raises ConfigError unless sgd.

    ``config``: that of the run, whole.
    """
    temperature, kind = config.train.noise.temperature, config.train.optimiser.kind
    if temperature and kind != "sgd":
        raise ConfigError(
            "`train.noise.temperature`",
            f"be 0 with {kind}, whose stationary density is none of a temperature",
            f"is {temperature:g}",
            "train.optimiser.kind=sgd",
        )
    return temperature


def plain_descent(
    config: RunConfig, rate: float, sampling: Sampling, period: int
) -> StochasticDescent:
    """Return the optimiser of ``config`` at the learning ``rate``, and how it draws batches.

    Weight decay, clipping and a bath are left out.  ``period``: steps of an epoch.

    ``sampling``: how batches are drawn.
    """
    optimiser = config.train.optimiser
    momentum = (
        optimiser if isinstance(optimiser, Momentum) else Momentum(kind="momentum", decay=0.0)
    )
    return StochasticDescent(
        optimiser=optimiser.kind,
        rate=rate,
        batch=config.train.batch,
        period=period,
        sampling=sampling,
        momentum=momentum.decay,
        nesterov=momentum.nesterov,
    )


def build_early_stopping(config: RunConfig, recorded: Sequence[str]) -> EarlyStopping | None:
    """Return when replicas stop early, None for never; raises ConfigError unless it is recorded.

    ``config``: that of the run, whole.
    """
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
    """Return the learning rate over the run; raises ConfigError for a schedule that is none.

    ``config``: that of the run, whole.
    """
    chosen = config.train.schedule
    if isinstance(chosen, Piecewise):
        _require_pieces(chosen)
    # Where the loss decides it is no function of the epoch, and the optimiser's.
    schedule = {} if isinstance(chosen, ReduceOnPlateau) else chosen.model_dump()
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
