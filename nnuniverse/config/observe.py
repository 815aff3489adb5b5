"""`observe` and `checkpoint`: what is measured, when, and how often it is made safe."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from nnuniverse.config.model import ConfigModel, NamesExtension
from nnuniverse.extensions import OBSERVABLES


class LogSnapshots(ConfigModel):
    """Snapshots evenly spaced in the logarithm of the epoch."""

    kind: Literal["log"] = "log"
    """The kind of schedule."""
    count: Annotated[int, Field(ge=2, lt=10**6)] = 200
    """Snapshots asked for; there are fewer where several would fall on one epoch."""


class FixedSnapshots(ConfigModel):
    """Snapshots at a fixed distance."""

    kind: Literal["fixed"]
    """The kind of schedule."""
    every: PositiveInt
    """Epochs between snapshots."""


SnapshotsConfig = Annotated[LogSnapshots | FixedSnapshots, Field(discriminator="kind")]


class ObserveConfig(ConfigModel):
    """What is measured at a snapshot; epoch 0 and the last epoch always are snapshots."""

    snapshots: SnapshotsConfig = LogSnapshots()
    observables: (
        tuple[Annotated[str, NamesExtension(OBSERVABLES)], ...] | Literal["quick", "all"]
    ) = "quick"
    """Names of what is recorded; quick: what takes next to no time; all: all but the costliest."""
    slope: Literal["at_mean", "mean_slope"] = "at_mean"
    """f' at the mean state of the training samples, or its mean over them."""
    complexity_n: tuple[PositiveInt, ...] = (20,)
    """The n of the complexities C_n, at most the number of neurons."""
    weights: Literal["last", "snapshots"] = "last"
    """Whether weights are kept at every snapshot or only at the end."""


class CheckpointConfig(ConfigModel):
    """How much of a run may be lost."""

    seconds: NonNegativeFloat = 30.0
    """Time between checkpoints; 0: after every segment of about a second."""
