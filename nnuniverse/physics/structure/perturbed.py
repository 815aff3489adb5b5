"""What is measured of structures that were perturbed and retrained: the names of ``perturb.h5``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Shaped

from nnuniverse.variables import SEED, Axis, NamedValues, Variable

STRUCTURES = ("edge", "chain", "loop2", "loop3", "ffl")
"""What may survive: edges, clean chains, loops of two and three neurons, feed-forward loops."""

NOISE, DELETE, DATA = KINDS = ("noise", "delete", "data")
"""How a net is perturbed."""

OF_RETRAINING = ("replica", "perturbation", "repeat")
OF_STRUCTURE = (*OF_RETRAINING, "structure")

SECTION = "2008.01540 Sec. 11"


def _variable(
    name: str,
    dims: tuple[str, ...],
    long_name: str,
    equation: str = "",
    units: str = "1",
    dtype: str = "float64",
    symbol: str = "",
) -> Variable:
    return Variable(name, dims, long_name, SECTION, units, dtype, equation=equation, symbol=symbol)


SURVIVAL = _variable(
    "survival",
    OF_STRUCTURE,
    "share of the instances of a structure all of whose edges are kept again",
    "mean over instances of prod_edges [edge is kept again]",
    symbol="s",
)

VARIABLES = (
    SURVIVAL,
    _variable(
        "survival_independent",
        OF_STRUCTURE,
        "the same if edges of like strength, of chains also of one layer, had died independently",
        "mean of s over permutations of the edges that are kept again, within classes",
        symbol="s_0",
    ),
    _variable("survival_independent_sd", OF_STRUCTURE, "its standard deviation over permutations"),
    _variable(
        "survival_p_value",
        OF_STRUCTURE,
        "share of permutations with at least the survival found",
        "(1 + #{s_0 >= s})/(1 + permutations)",
        symbol="p",
    ),
    _variable(
        "chain_survival_in_layers",
        OF_RETRAINING,
        "survival of chains if the edges of a layer had died independently, strong or not",
        "prod over its layers of the share of edges that is kept again, mean over chains",
    ),
    _variable(
        "crossed_survival",
        OF_RETRAINING,
        "control: survival of as many edges as a chain has, each of another chain",
        "mean over crossed chains of prod_edges [edge is kept again]",
    ),
    _variable(
        "crossed_survival_independent",
        OF_RETRAINING,
        "the same if edges of like strength of one layer had died independently",
    ),
    _variable("chains_after", OF_RETRAINING, "clean chains after retraining", units="chains"),
    _variable(
        "same_chains", OF_RETRAINING, "clean chains that are clean chains again", units="chains"
    ),
    _variable("edges_after", OF_RETRAINING, "edges kept after retraining", units="edges"),
    _variable("loss_after", OF_RETRAINING, "running loss in the last epoch of retraining"),
    _variable(
        "retraining_diverged",
        OF_RETRAINING,
        "first epoch after which the retrained net was not finite; -1: never",
        dtype="int64",
    ),
    _variable("instances", ("replica", "structure"), "instances of a structure before", units=""),
    _variable("loss_before", ("replica",), "running loss in the last epoch of training"),
    _variable(
        "noise_unit", ("replica",), "rms of the weights that are not zero, the unit of noise"
    ),
    _variable("strength", ("perturbation",), "noise in its unit, or share that is changed"),
)
"""What ``perturb.h5`` holds of a run."""

NAMES = {variable.name: variable for variable in VARIABLES}

_SEPARATOR = " "


@dataclass(frozen=True)
class Perturbation:
    """A way to perturb a net, of a ``kind`` of `KINDS`, and its ``strength``.

    The strength of noise is its standard deviation in units of the rms of the weights that are not
    zero; else it is a share: of the connected hidden neurons that are deleted, or of the inputs
    that exchange their data.
    """

    kind: str
    strength: float

    def __str__(self) -> str:
        return f"{self.kind}{_SEPARATOR}{self.strength:g}"

    @classmethod
    def parse(cls, text: str) -> Perturbation:
        """Return the one that is written as ``text``."""
        kind, _, strength = text.partition(_SEPARATOR)
        return cls(kind, float(strength))


@dataclass(frozen=True)
class Perturbed(NamedValues):
    """What became of the structures of a run's nets, by the names of `VARIABLES`.

    ``seeds``: of the replicas; ``perturbations``: of every net, each as often as repeats;
    ``values``: NaN where a retrained net has diverged, and where there is no instance.
    """

    seeds: np.ndarray
    perturbations: tuple[Perturbation, ...]
    values: Mapping[str, np.ndarray]

    @classmethod
    def stored(cls, values: Mapping[str, Shaped[np.ndarray, " ..."]]) -> Perturbed:
        """Return what ``perturb.h5`` holds, given its variables by name.

        ``values``: the variables of the file by name.
        """
        perturbations = tuple(Perturbation.parse(str(text)) for text in values["perturbation"])
        found = {name: values[name] for name in NAMES if name in values}
        return cls(values["seed"], perturbations, found)

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What is found, each with its values, and the seeds."""
        found = [(NAMES[name], values) for name, values in self.values.items()]
        return [(SEED, self.seeds), *found]

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the ``values``."""
        replicas, _, repeats = self["chains_after"].shape
        names = np.array([str(one) for one in self.perturbations], object)
        return [
            Axis("replica", "member of the ensemble", np.arange(replicas)),
            Axis("perturbation", "how the nets were perturbed", names),
            Axis("repeat", "number of the perturbation", np.arange(repeats)),
            Axis("structure", "what may survive", np.array(STRUCTURES, object)),
        ]

    def of_kind(self, kind: str) -> Int[np.ndarray, " chosen"]:
        """Return which perturbations are of a ``kind``, by their strength."""
        chosen = [at for at, one in enumerate(self.perturbations) if one.kind == kind]
        return np.array(sorted(chosen, key=lambda at: self.perturbations[at].strength), np.int64)

    def strengths(
        self, places: Sequence[int] | Int[np.ndarray, " places"]
    ) -> Float[np.ndarray, " places"]:
        """Return the strengths of the perturbations at ``places``."""
        return np.array([self.perturbations[place].strength for place in places])
