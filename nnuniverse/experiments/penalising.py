"""From `loss.penalty` of a config to the penalty of training, and what it cannot go with."""

from __future__ import annotations

from nnuniverse.config import RunConfig
from nnuniverse.config.training import Momentum, ReduceOnPlateau, Sgd
from nnuniverse.errors import ConfigError
from nnuniverse.training import Penalty


def makes_zeros(config: RunConfig) -> bool:
    """Return whether the penalty of ``config`` makes weights exactly zero."""
    penalty = config.loss.penalty
    return penalty.l1 > 0.0 or penalty.nonnegative


def require_no_penalty(config: RunConfig, where: str) -> None:
    """Raise ConfigError if weights cost anything; ``where``: that they may not.

    ``config``: that of the run, whole.
    """
    for key, value in config.loss.penalty.model_dump().items():
        if value:
            default = "false" if value is True else "0"
            found = f"is {str(value).lower()}"
            name = f"loss.penalty.{key}"
            raise ConfigError(f"`{name}`", f"be {default} {where}", found, f"{name}={default}")


def build_penalty(config: RunConfig) -> Penalty | None:
    """Return what the weights of ``config`` cost, None if nothing.

    Raises ConfigError for what it means nothing with.
    """
    chosen, optimiser = config.loss.penalty, config.train.optimiser
    shrinks = makes_zeros(config)
    if not shrinks and not chosen.l2:
        return None
    _require_one_decay(config)
    if shrinks:
        _require_known_steps(config)
        _require_fixed_points(config)
    return Penalty(
        l1=chosen.l1 if shrinks else None,
        l2=chosen.l2 or None,
        nonnegative=chosen.nonnegative,
        lasting=1.0 / (1.0 - optimiser.decay) if isinstance(optimiser, Momentum) else 1.0,
    )


def _require_one_decay(config: RunConfig) -> None:
    if config.loss.penalty.l2 and (decay := config.train.optimiser.weight_decay):
        raise ConfigError(
            "`train.optimiser.weight_decay`",
            "be 0 with `loss.penalty.l2`, which shrinks weights too",
            f"is {decay:g}",
            "train.optimiser.weight_decay=0, or loss.penalty.l2=0",
        )


def _require_known_steps(config: RunConfig) -> None:
    """Raise ConfigError where it is not known how far an optimiser goes down a gradient."""
    optimiser, schedule = config.train.optimiser, config.train.schedule
    if not isinstance(optimiser, Sgd | Momentum):
        raise _misfit(
            config, "train.optimiser.kind", "be sgd or momentum", optimiser.kind, "momentum"
        )
    if isinstance(schedule, ReduceOnPlateau):
        raise _misfit(
            config, "train.schedule.kind", "be one of the epoch alone", schedule.kind, "constant"
        )


def _require_fixed_points(config: RunConfig) -> None:
    """Raise ConfigError where training would not end at a minimum of the penalised loss."""
    train, l1 = config.train, config.loss.penalty.l1
    if train.noise.temperature:
        found = f"{train.noise.temperature:g}"
        raise _misfit(config, "train.noise.temperature", "be 0", found, "0")
    if train.clip_norm is not None and l1:
        raise _misfit(config, "train.clip_norm", "be null", f"{train.clip_norm:g}", "null")
    if train.batching.kind in ("noise_scale", "norm_test"):
        must = "not be of the gradient, which need not vanish,"
        raise _misfit(config, "train.batching.kind", must, train.batching.kind, "fixed")


def _misfit(config: RunConfig, key: str, must: str, actual: str, remedy: str) -> ConfigError:
    name = "l1" if config.loss.penalty.l1 else "nonnegative"
    return ConfigError(
        f"`{key}`", f"{must} with `loss.penalty.{name}`", f"is {actual}", f"{key}={remedy}"
    )
