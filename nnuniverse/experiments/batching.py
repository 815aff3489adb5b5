"""From `train.batching` of a config to the rule by which mini-batches change their size."""

from __future__ import annotations

from collections.abc import Sequence

from nnuniverse.config import RunConfig
from nnuniverse.config.training import DoublingBatches, FixedBatches, NoiseScaleBatches
from nnuniverse.errors import ConfigError
from nnuniverse.training import (
    Batching,
    BatchRule,
    Doubling,
    NoiseScale,
    NormTest,
    doubled,
    ladder,
)


def build_batching(config: RunConfig, samples: int) -> Batching | None:
    """Return how the size of mini-batches changes, None if it does not.

    ``samples``: those of training.  Raises ConfigError for sizes that do not divide them, and for a
    loss or a net of which the noise of single samples does not tell.

    ``config``: that of the run, whole.
    """
    chosen, first = config.train.batching, config.train.batch
    if isinstance(chosen, FixedBatches):
        return None
    _require_plain(config)
    if samples % first:
        raise ConfigError(
            "`train.batch`",
            f"divide the {samples} training samples if its size changes",
            f"is {first}",
            f"train.batch={_divisor(samples, first)}",
        )
    largest = samples if chosen.maximum is None else chosen.maximum
    sizes: Sequence[int]
    rule: BatchRule
    if isinstance(chosen, DoublingBatches):
        sizes, rule = doubled(samples, first, largest), Doubling(chosen.every)
    elif isinstance(chosen, NoiseScaleBatches):
        sizes, rule = ladder(samples, first, largest), NoiseScale(chosen.share)
    else:
        sizes, rule = ladder(samples, first, largest), NormTest(chosen.theta)
    if chosen.maximum not in (None, sizes[-1]):
        raise ConfigError(
            "`train.batching.maximum`",
            f"be a size that train.batch={first} comes to by divisors of the {samples} training "
            f"samples, {', '.join(map(str, sizes))}",
            f"is {chosen.maximum}",
            f"train.batching.maximum={sizes[-1]}",
        )
    probe = 0 if isinstance(chosen, DoublingBatches) else chosen.probe
    return Batching(tuple(sizes), rule, probe, chosen.rate == "linear")


def _require_plain(config: RunConfig) -> None:
    """Raise ConfigError for what a changing size means nothing with."""
    kind = config.train.batching.kind
    reasons = {
        "grand": config.grand is not None,
        "evolve": config.evolve is not None,
        "loss.terms, which are no mean over samples": bool(config.loss.terms)
        and kind != "doubling",
    }
    for reason in (reason for reason, applies in reasons.items() if applies):
        raise ConfigError(
            "`train.batching.kind`",
            f"be fixed with {reason}",
            f"is {kind}",
            "train.batching.kind=fixed",
        )


def _divisor(samples: int, near: int) -> int:
    """Return the divisor of ``samples`` that is closest to ``near``."""
    return min((n for n in range(1, samples + 1) if samples % n == 0), key=lambda n: abs(n - near))
