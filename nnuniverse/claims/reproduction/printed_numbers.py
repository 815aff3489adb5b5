"""The numbers that a paper prints of its runs, as data: what a YAML file of them may hold."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel
from nnuniverse.config.sweep import AXIS_NAME

Scale = Literal["identity", "log", "sqrt", "cbrt"]
Kind = Literal[
    "number", "at_least", "at_most", "sign", "count", "rank_correlation", "cannot", "statement"
]
Sign = Literal["+", "-"]
ClaimVerdict = Literal["agrees", "differs", "undecided", "cannot be as printed", "out of reach"]

VERDICTS_OF_CLAIMS: dict[ClaimVerdict, str] = {
    "agrees": "ours lie within the margin that was declared before the runs",
    "differs": "the printed number could not be that of one more run like ours",
    "undecided": "neither agreement nor difference is shown by so many runs",
    "cannot be as printed": "a statement of `nnu verify` contradicts it, whatever runs give",
    "out of reach": "no run here is as long, is on as many samples, or records what it needs",
}
"""The verdicts on a printed number, and what each says."""

NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$"
MOST_SEEDS = 1000

Text = Annotated[str, Field(min_length=1, max_length=1000)]
Name = Annotated[str, Field(pattern=NAME)]
Key = Annotated[str, Field(pattern=AXIS_NAME)]
Seeds = Annotated[int, Field(ge=3, le=MOST_SEEDS)]


class RunsOfConfig(ConfigModel):
    """The runs that numbers are measured on: a config, every point of a sweep, or ensembles."""

    config: Text | None = None
    """A config: its name among those that come with the package, or its place below the file."""
    sweep: Text | None = None
    """A sweep, instead: every point with every seed."""
    ensembles_of: Name | None = None
    """Or a name in `runs`: an ensemble (`nnu evolve`) of each of its nets."""
    set: dict[Key, object] = Field(default_factory=dict)
    """Dotted keys that differ from it."""
    seeds: Seeds = 10
    """How many replicas, of seeds from 0 on; ensembles are as many as their nets."""


class ProtocolSweep(ConfigModel):
    """A sweep over what the paper does not print."""

    sweep: Text
    """Its file, as that of `runs.NAME.sweep`."""
    axis: Key
    """The axis whose labels are names of `runs`; every other one is of protocols."""
    seeds: Seeds = 3
    """How many replicas of each protocol."""


class AnalysedScalar(ConfigModel):
    """A number per replica that the analysis of a run finds, and no expression reaches."""

    analysis: Text
    """Which: a name in `nnuniverse.claims.reproduction.analysed_scalars.ANALYSED`."""
    epoch: NonNegativeInt | None = None
    """At which snapshot; null: the last one."""
    variable: Text | None = None
    """Of what, where several have it."""
    against: Text | None = None
    """What a law is fitted against."""


Measurable = Text | AnalysedScalar
"""An expression in the language of `expect:`, or a scalar of the analysis."""


class AbsoluteMargin(ConfigModel):
    """A margin in units of the number."""

    absolute: PositiveFloat
    """How far on either side."""


class Needed(ConfigModel):
    """What a run must have for a number to be judged by it."""

    epochs: Annotated[int, Field(ge=0)] | None = None
    """Epochs trained, at least; null: all of its config, to the end."""
    train_samples: Annotated[int, Field(ge=0)] = 0
    """Samples trained on, at least."""


class CountedReplicas(ConfigModel):
    """The replicas in which something is: ``quantity`` is 1 there, 0 in others."""

    level: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05
    """The share in which chance alone would show it."""


class RankCorrelation(ConfigModel):
    """How ``quantity`` ranks runs, against how another does."""

    against: Measurable
    """The other."""
    sign: Sign
    """Which sign of the correlation is printed."""
    within: Key | None = None
    """An axis of the sweep: only runs at the same label of it are compared."""


class PrintedNumber(ConfigModel):
    """A number, or a statement about numbers, that a paper prints of its runs.

    Its kind is told by the one key among `at_least`, `at_most`, `sign`, `count`,
    `rank_correlation`, `cannot` and `statement` that it has; without any of them it is a number.
    """

    id: Name
    """How text and the command line name it."""
    figure: PositiveInt | None = None
    """The figure it belongs to."""
    where: Text
    """Where it stands."""
    says: Text
    """What it is, in a few words."""
    printed: Text
    """As printed: the digits are the precision."""
    quantity: Measurable | None = None
    """What is measured, one value per replica."""
    run: Name | None = None
    """On which of `runs`."""
    at_least: float | None = None
    """The number is a lower bound."""
    at_most: float | None = None
    """The number is an upper bound."""
    sign: Sign | None = None
    """Only the sign of the mean is printed."""
    count: CountedReplicas | None = None
    """Most replicas show it."""
    rank_correlation: RankCorrelation | None = None
    """Two quantities rank runs alike, or the other way round."""
    cannot: Text | None = None
    """The id of a statement that contradicts the number, whatever runs give."""
    statement: Text | None = None
    """The id of the statement that it is: no run is needed."""
    requires: Needed = Needed()
    """What a run must have."""
    scale: Scale = "identity"
    """On which scale runs are close to normal."""
    margin: Annotated[float, Field(gt=0.0, lt=1.0)] | AbsoluteMargin = 0.2
    """Within which ours agree with the number: a share of it, or absolute."""
    single_run: bool = True
    """Whether the number is of one run, not a mean over several."""
    family: Name | None = None
    """The numbers tested together (Holm); null: it is tested alone."""
    reading: Text | None = None
    """How an ambiguous statement was read."""
    reason: Text | None = None
    """What contradicts it, of `cannot`; what a reader should know, else."""
    recorded: ClaimVerdict | None = None
    """The verdict that was found; another one now is told, by exit code 3."""

    @property
    def kind(self) -> Kind:
        """What kind of number it is."""
        given = [name for name in get_args(Kind)[1:] if getattr(self, name) is not None]
        return given[0] if given else "number"

    @property
    def needs_runs(self) -> bool:
        """Whether runs decide."""
        return self.kind not in ("cannot", "statement")


class PrintedPaper(ConfigModel):
    """A paper and the numbers that it prints of runs."""

    paper: Name
    """Its number in the arXiv, or a short name."""
    title: Text
    """Its title."""
    runs: dict[Name, RunsOfConfig] = Field(default_factory=dict)
    """The runs that the numbers are measured on, by name."""
    protocols: ProtocolSweep | None = None
    """Protocols that fit the text as well: the numbers under each of them."""
    numbers: Annotated[tuple[PrintedNumber, ...], Field(min_length=1, max_length=1000)]
    """What is printed."""

    def seeds_of(self, name: str) -> int:
        """Return how many seeds an entry of `runs` has: ensembles those of their nets.

        ``name``: of the entry.
        """
        runs = self.runs[name]
        return self.runs[runs.ensembles_of].seeds if runs.ensembles_of else runs.seeds

    @property
    def figures(self) -> tuple[int, ...]:
        """The figures that have a number here, ascending."""
        return tuple(sorted({n.figure for n in self.numbers if n.figure is not None}))
