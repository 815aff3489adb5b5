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


class CrossEntropy(ConfigModel):
    """Cross-entropy of the classes with the softmax of the output states; not of the papers."""

    kind: Literal["cross_entropy"]
    """The kind of loss."""
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""


LossConfig = Annotated[BoundaryLoss | BulkLoss | CrossEntropy, Field(discriminator="kind")]


class _Optimiser(ConfigModel):
    kind: str
    """The algorithm."""
    weight_decay: NonNegativeFloat = 0.0
    """Share of every weight and bias that a step takes away, times the learning rate; decoupled."""


class Sgd(_Optimiser):
    """Plain stochastic gradient descent."""

    kind: Literal["sgd"] = "sgd"
    """The algorithm."""


class Momentum(_Optimiser):
    """Gradient descent with momentum."""

    kind: Literal["momentum"]
    """The algorithm."""
    decay: Fraction = 0.9
    """Share of the velocity that survives a step."""
    nesterov: bool = False
    """Whether to take the gradient after the momentum step."""


class _Adaptive(_Optimiser):
    b1: Fraction = 0.9
    """Decay of the mean of the gradients."""
    b2: Fraction = 0.999
    """Decay of the mean of their squares."""
    eps: PositiveFloat = 1e-8
    """Added to the root of the latter."""


class Adam(_Adaptive):
    """Adam, with its authors' constants by default."""

    kind: Literal["adam"]
    """The algorithm."""


class AdamW(_Adaptive):
    """Adam with decoupled weight decay, 1711.05101."""

    kind: Literal["adamw"]
    """The algorithm."""
    weight_decay: NonNegativeFloat = 0.01
    """Share of every weight and bias that a step takes away, times the learning rate; decoupled."""


OptimiserConfig = Annotated[Sgd | Momentum | Adam | AdamW, Field(discriminator="kind")]


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


class Piecewise(ConfigModel):
    """The learning rate is constant between some epochs."""

    kind: Literal["piecewise"]
    """The kind of schedule."""
    boundaries: Annotated[tuple[PositiveInt, ...], Field(min_length=1)]
    """Epochs after which the learning rate changes, ascending."""
    factors: Annotated[tuple[NonNegativeFloat, ...], Field(min_length=1)]
    """Learning rate from each of them on, as a fraction of the first."""


ScheduleConfig = Annotated[
    Constant | Linear | Cosine | Exponential | Piecewise, Field(discriminator="kind")
]


class Noise(ConfigModel):
    """A thermal bath of weights and biases: w <- w - rate g + sqrt(2 rate T) xi; of sgd only."""

    temperature: NonNegativeFloat = 0.0
    """T of the stationary density exp(-loss / T), for small rates and batch = all; 0: no bath."""


class EarlyStopping(ConfigModel):
    """Each replica stops when a test observable no longer improves."""

    patience: PositiveInt | None = None
    """Snapshots in a row without a new best value, after which a replica stops; null: never."""
    observable: Literal[
        "test_boundary_loss", "test_error_rate", "test_cross_entropy", "test_r_squared"
    ] = "test_boundary_loss"
    """What is to fall, or, of test_r_squared, to rise."""


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
    precision: Literal["float32", "float64"] = "float32"
    """Of inputs, weights and steps; float64 for small exact nets, observables are always in it."""
    clip_norm: PositiveFloat | None = None
    """Largest norm of a gradient, longer ones are shortened to it; null: none are."""
    noise: Noise = Noise()
    early_stopping: EarlyStopping = EarlyStopping()
