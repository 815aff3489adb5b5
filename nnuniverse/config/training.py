"""`loss` and `train`: what is minimised, and by which algorithm."""

from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel, NamesPath
from nnuniverse.config.terms import Term

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]


class BoundaryLoss(ConfigModel):
    """Squared error of the output neurons, 2004.09280 (2.11)."""

    kind: Literal["boundary"] = "boundary"
    """The kind of loss."""
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""


class BulkLoss(ConfigModel):
    """Least error of all neurons with the boundary clamped, 2004.09280 (3.1), (3.4)."""

    kind: Literal["bulk"]
    """The kind of loss."""
    mass: float = 0.0
    """The m of the local objective V = -(m/2) sum x^2 of the hidden neurons."""
    pairs: Annotated[str | None, NamesPath()] = None
    """An npz file with the array g, (N, N): V has also the term sum g_ij x_i x_j."""
    outputs: Literal["clamped", "free"] = "clamped"
    """Whether the outputs are clamped to the targets, or unsupervised."""
    tolerance: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-4
    """How far above its minimum H may be left, as a share of H of the forward pass.

    Gradient steps in the errors end at an estimated tenth of it; Newton's method, of V, a graph or
    a kink, where its next step promises no more: docs/bulk.md.
    """
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""


LossConfig = Annotated[BoundaryLoss | BulkLoss, Field(discriminator="kind")]


class Sgd(ConfigModel):
    """Plain stochastic gradient descent."""

    kind: Literal["sgd"] = "sgd"
    """The algorithm."""


class Momentum(ConfigModel):
    """Gradient descent with momentum."""

    kind: Literal["momentum"]
    """The algorithm."""
    decay: Fraction = 0.9
    """Share of the velocity that survives a step."""
    nesterov: bool = False
    """Whether to take the gradient after the momentum step."""


class Adam(ConfigModel):
    """Adam, with its authors' constants by default."""

    kind: Literal["adam"]
    """The algorithm."""
    b1: Fraction = 0.9
    """Decay of the mean of the gradients."""
    b2: Fraction = 0.999
    """Decay of the mean of their squares."""
    eps: PositiveFloat = 1e-8
    """Added to the root of the latter."""


OptimiserConfig = Annotated[Sgd | Momentum | Adam, Field(discriminator="kind")]


class Constant(ConfigModel):
    """The learning rate does not change."""

    kind: Literal["constant"] = "constant"
    """The kind of schedule."""


class Linear(ConfigModel):
    """The learning rate moves linearly over the whole run."""

    kind: Literal["linear"]
    """The kind of schedule."""
    final: NonNegativeFloat = 0.0
    """Learning rate at the end, as a fraction of the first."""


class Cosine(ConfigModel):
    """The learning rate falls along half a cosine over the whole run."""

    kind: Literal["cosine"]
    """The kind of schedule."""
    final: NonNegativeFloat = 0.0
    """Learning rate at the end, as a fraction of the first."""


class Exponential(ConfigModel):
    """The learning rate falls exponentially."""

    kind: Literal["exponential"]
    """The kind of schedule."""
    half_life: PositiveFloat
    """Epochs in which the learning rate halves."""


ScheduleConfig = Annotated[Constant | Linear | Cosine | Exponential, Field(discriminator="kind")]


class TrainConfig(ConfigModel):
    """Stochastic gradient descent over the training samples."""

    epochs: Annotated[int, Field(ge=1, lt=10**9)] = 30000
    """Passes over the training samples."""
    batch: PositiveInt = 100
    """Samples per step; what remains of an epoch is a smaller last batch."""
    shuffle: bool = True
    """Whether every epoch visits the samples in a new random order."""
    learning_rate: PositiveFloat = 0.1
    """Learning rate at the first step; the batch loss is a mean over its samples."""
    optimiser: OptimiserConfig = Sgd()
    schedule: ScheduleConfig = Constant()
