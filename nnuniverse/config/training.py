"""`loss` and `train`: what is minimised, and by which algorithm."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel, NamesExtension, NamesPath
from nnuniverse.config.penalty import PenaltyConfig
from nnuniverse.config.terms import Term
from nnuniverse.extensions import LOSSES

Fraction = Annotated[float, Field(ge=0.0, lt=1.0)]


class BoundaryLoss(ConfigModel):
    """Squared error of the output neurons, 2004.09280 (2.11)."""

    kind: Literal["boundary"] = "boundary"
    """The kind of loss."""
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""
    penalty: PenaltyConfig = PenaltyConfig()


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
    penalty: PenaltyConfig = PenaltyConfig()


class CrossEntropy(ConfigModel):
    """Cross-entropy of the classes with the softmax of the output states; not of the papers."""

    kind: Literal["cross_entropy"]
    """The kind of loss."""
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""
    penalty: PenaltyConfig = PenaltyConfig()


class InstalledLoss(ConfigModel):
    """A function of outputs and targets that an installed package declares."""

    kind: Literal["installed"]
    """The kind of loss."""
    name: Annotated[str, NamesExtension(LOSSES)]
    """The name under which the package declares it."""
    terms: tuple[Term, ...] = ()
    """Functions of the spectrum of log G, each times its weight, that are added to the loss."""
    penalty: PenaltyConfig = PenaltyConfig()


LossConfig = Annotated[
    BoundaryLoss | BulkLoss | CrossEntropy | InstalledLoss, Field(discriminator="kind")
]


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


class _Undecayed(ConfigModel):
    """Optimisers without a weight decay of their authors' that optax has."""

    weight_decay: ClassVar[float] = 0.0
    kind: str
    """The algorithm."""


class _ToBound(_Undecayed):
    lower_bound: float = 0.0
    """What the loss cannot be less than: the step goes no further than its model reaches it."""
    adapt_lower_bound: bool = False
    """Whether to estimate a bound on the way, not below lower_bound."""


class Momo(_ToBound):
    """Momentum whose step is as long as a model of the loss allows; 2305.07583.

    learning_rate is the longest step, recommended 1.
    """

    kind: Literal["momo"]
    """The algorithm."""
    beta: Fraction = 0.9
    """Share of the mean of gradients and losses that survives a step."""


class MomoAdam(_ToBound):
    """Adam whose step is as long as a model of the loss allows; 2305.07583.

    learning_rate is the longest step, recommended 0.01.
    """

    kind: Literal["momo_adam"]
    """The algorithm."""
    b1: Fraction = 0.9
    """Decay of the mean of the gradients, and of the losses."""
    b2: Fraction = 0.999
    """Decay of the mean of their squares."""
    eps: PositiveFloat = 1e-8
    """Added to the root of the latter."""


class _OfDistance(_Adaptive):
    first_distance: PositiveFloat = 1e-6
    """First estimate of the distance from the start to the solution, which only grows: too low."""


class Prodigy(_OfDistance):
    """Adam at a rate that follows from the distance to the solution; 2306.06101.

    learning_rate multiplies that rate, recommended 1, best with a schedule that lowers it.
    """

    kind: Literal["prodigy"]
    """The algorithm."""
    beta3: Fraction | None = None
    """Decay of the sums that estimate the distance; null: the root of b2."""
    coefficient: PositiveFloat = 1.0
    """Multiplies the estimate."""
    safeguard_warmup: bool = False
    """Whether the estimate leaves learning_rate out, for a schedule that begins low."""


class DAdaptAdamW(_OfDistance):
    """Adam at a rate that follows from the distance to the solution; 2301.07733.

    learning_rate multiplies that rate, recommended 1.
    """

    kind: Literal["dadapt_adamw"]
    """The algorithm."""


class Cocob(_Undecayed):
    """Every weight bets on its own gradient; 1705.07795.  It has no learning_rate."""

    kind: Literal["cocob"]
    """The algorithm."""
    alpha: PositiveFloat = 100.0
    """The first steps are so many times shorter than the bets would have them."""
    eps: PositiveFloat = 1e-8
    """Least largest gradient of a weight."""


OptimiserConfig = Annotated[
    Sgd | Momentum | Adam | AdamW | Momo | MomoAdam | Prodigy | DAdaptAdamW | Cocob,
    Field(discriminator="kind"),
]


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


class ReduceOnPlateau(ConfigModel):
    """The learning rate falls where the running loss of the epochs no longer does."""

    kind: Literal["reduce_on_plateau"]
    """The kind of schedule."""
    factor: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    """What the rate is multiplied by."""
    patience: PositiveInt = 10
    """Epochs in a row without a new best running loss, after which it falls."""
    tolerance: Annotated[float, Field(gt=0.0, le=1.0)] = 1e-4
    """Share by which a new best has to be less than the last."""
    cooldown: NonNegativeInt = 0
    """Epochs after a fall that do not count."""
    minimum: Fraction = 0.0
    """Learning rate that it does not fall below, as a fraction of the first."""


ScheduleConfig = Annotated[
    Constant | Linear | Cosine | Exponential | Piecewise | ReduceOnPlateau,
    Field(discriminator="kind"),
]


class FixedBatches(ConfigModel):
    """Mini-batches have `batch` samples throughout."""

    kind: Literal["fixed"] = "fixed"
    """The kind of rule."""


class _ChangingBatches(ConfigModel):
    kind: str
    """The kind of rule."""
    maximum: PositiveInt | None = None
    """Largest size; null: the largest that divides the number of training samples."""
    rate: Literal["kept", "linear"] = "kept"
    """Whether the learning rate stays, or is multiplied by the size over the first."""


class DoublingBatches(_ChangingBatches):
    """Mini-batches double in size every so many epochs; 1711.00489."""

    kind: Literal["doubling"]
    """The kind of rule."""
    every: PositiveInt
    """Epochs from one size to the next."""


class _MeasuredBatches(_ChangingBatches):
    probe: Annotated[int, Field(ge=20)] = 1000
    """Training samples on which the gradient's noise is estimated before every epoch."""


class NoiseScaleBatches(_MeasuredBatches):
    """Mini-batches of a share of the gradient noise scale; 1812.06162."""

    kind: Literal["noise_scale"]
    """The kind of rule."""
    share: PositiveFloat = 1.0
    """Samples of a mini-batch over the noise scale, at most; the size may shrink."""


class NormTestBatches(_MeasuredBatches):
    """Mini-batches that grow until noise is a share of the gradient; Byrd et al. (2012)."""

    kind: Literal["norm_test"]
    """The kind of rule."""
    theta: PositiveFloat = 1.0
    """Largest ratio of the noise of a mini-batch's gradient to the gradient, in norm."""


BatchingConfig = Annotated[
    FixedBatches | DoublingBatches | NoiseScaleBatches | NormTestBatches,
    Field(discriminator="kind"),
]


class Noise(ConfigModel):
    """A thermal bath of weights and biases: w <- w - rate g + sqrt(2 rate T) xi; of sgd only."""

    temperature: NonNegativeFloat = 0.0
    """T of the stationary density exp(-loss / T), for small rates and batch = all; 0: no bath."""


class EarlyStoppingConfig(ConfigModel):
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
    batching: BatchingConfig = FixedBatches()
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
    early_stopping: EarlyStoppingConfig = EarlyStoppingConfig()
