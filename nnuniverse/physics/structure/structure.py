"""What is found of the structure of weights, and under which names ``structure.h5`` has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from nnuniverse.physics.structure.chains import clean_chains
from nnuniverse.physics.structure.cycles import cycle_weight, cycles_of
from nnuniverse.physics.structure.kept_edges import is_partial_permutation
from nnuniverse.physics.structure.motifs import MOTIFS, motif_counts
from nnuniverse.physics.structure.null_quantiles import QUANTILES
from nnuniverse.physics.structure.participation import participation
from nnuniverse.physics.structure.permutation_share import nearest_permutation, shuffled_shares
from nnuniverse.physics.structure.rewiring import rewired_motifs
from nnuniverse.physics.structure.singular_values import singular_values
from nnuniverse.physics.structure.spectral_dimension import return_probability, spectral_dimension
from nnuniverse.variables import Axis, NamedValues, Variable

AT_SNAPSHOT = ("replica", "snapshot")
OF_CHAIN = ("replica", "chain")
OF_CYCLE = ("replica", "cycle")
OF_KEPT = ("kept_edge",)

PERMUTATION = "2008.01540 (7.11)"
SPECIES = "2008.01540 Sec. 11"
LATTICE = "2004.09280 Sec. 12"


def _variable(
    name: str,
    dims: tuple[str, ...],
    long_name: str,
    equation: str,
    source: str,
    *computed_by: Callable[..., object],
    symbol: str = "",
    units: str = "1",
) -> Variable:
    return Variable(
        name,
        dims,
        long_name,
        source,
        units,
        equation=equation,
        symbol=symbol,
        computed_by=computed_by,
    )


VARIABLES = (
    _variable(
        "permutation_share",
        AT_SNAPSHOT,
        "share of |A|^2 that the best partial permutation holds",
        "max over sigma of sum_i A_(i sigma(i))^2 / |A|_F^2",
        PERMUTATION,
        nearest_permutation,
        symbol="Q",
    ),
    _variable(
        "permutation_share_shuffled",
        (*AT_SNAPSHOT, "quantile"),
        "the same of the same entries in random places of the mask, within layers",
        "quantiles of Q",
        PERMUTATION,
        shuffled_shares,
        symbol="Q_0",
    ),
    _variable(
        "row_participation",
        (*AT_SNAPSHOT, "receiver"),
        "over how many entries the weights into a neuron are spread",
        "(sum_j A_ij^2)^2 / sum_j A_ij^4",
        PERMUTATION,
        participation,
    ),
    _variable(
        "column_participation",
        (*AT_SNAPSHOT, "sender"),
        "over how many entries the weights out of a neuron are spread",
        "(sum_i A_ij^2)^2 / sum_i A_ij^4",
        PERMUTATION,
        participation,
    ),
    _variable(
        "singular_spread",
        AT_SNAPSHOT,
        "standard deviation over mean of the singular values of A that are not zero",
        "std(s)/mean(s)",
        PERMUTATION,
        singular_values,
    ),
    _variable(
        "stable_rank",
        AT_SNAPSHOT,
        "stable rank of A",
        "|A|_F^2 / |A|_2^2",
        PERMUTATION,
        singular_values,
    ),
    _variable("kept_edges", AT_SNAPSHOT, "number of edges kept", "see --keep", SPECIES),
    _variable(
        "kept_loss",
        AT_SNAPSHOT,
        "loss over the training samples with the kept edges only",
        "mean loss",
        SPECIES,
    ),
    _variable(
        "kept_is_permutation",
        AT_SNAPSHOT,
        "whether no neuron keeps two edges in, or two out",
        "1 if so, else 0",
        PERMUTATION,
        is_partial_permutation,
    ),
    _variable(
        "chain_count",
        AT_SNAPSHOT,
        "clean chains from an input to an output",
        "number of them",
        SPECIES,
        clean_chains,
    ),
    _variable(
        "motif_count",
        (*AT_SNAPSHOT, "motif"),
        "loops of two, loops of three, feed-forward loops of the kept edges",
        "tr B^2/2, tr B^3/3, sum (B^2 o B)",
        SPECIES,
        motif_counts,
    ),
    _variable(
        "motif_rewired",
        (*AT_SNAPSHOT, "motif", "quantile"),
        "the same of graphs on the mask with the same degrees",
        "quantiles over rewired graphs",
        SPECIES,
        rewired_motifs,
    ),
    _variable(
        "return_probability",
        (*AT_SNAPSHOT, "walk_step"),
        "how often a lazy walk on the kept edges is back where it started",
        "mean_i (P^t)_ii, P = (1 + D^-1 S)/2",
        LATTICE,
        return_probability,
        symbol="p(t)",
    ),
    _variable(
        "spectral_dimension",
        AT_SNAPSHOT,
        "spectral dimension of the kept edges, where it does not depend on the steps",
        "-2 dlog p/dlog t",
        LATTICE,
        spectral_dimension,
        symbol="d_s",
    ),
    _variable(
        "spectral_dimension_range",
        (*AT_SNAPSHOT, "end"),
        "smallest and largest slope of the return probability",
        "min and max of -2 dlog p/dlog t",
        LATTICE,
        spectral_dimension,
    ),
)
"""What ``structure.h5`` holds of every net."""

LISTS = (
    _variable(
        "cycle_length",
        OF_CYCLE,
        "length of a cycle",
        "number of its neurons",
        PERMUTATION,
        cycles_of,
        units="neurons",
    ),
    _variable(
        "cycle_weight",
        OF_CYCLE,
        "product of the weights along a cycle",
        "prod A_ij",
        PERMUTATION,
        cycle_weight,
    ),
    _variable(
        "chain_length",
        OF_CHAIN,
        "length of a clean chain",
        "number of its neurons",
        SPECIES,
        clean_chains,
        units="neurons",
    ),
    _variable(
        "chain_neuron",
        (*OF_CHAIN, "place"),
        "neurons of a clean chain, from its input to its output",
        "number of the neuron",
        SPECIES,
        clean_chains,
    ),
)
"""What it holds of the last net of every replica, NaN beyond the end of a list."""

PICTURE = (
    _variable(
        "matrix",
        ("receiver", "sender"),
        "the block that is compared with a permutation",
        "A or w, the last of the first replica",
        PERMUTATION,
    ),
    _variable(
        "assigned_sender",
        ("receiver",),
        "sender that the best permutation gives to a receiver, -1 for none",
        "sigma(i)",
        PERMUTATION,
        nearest_permutation,
    ),
    _variable("kept_sender", OF_KEPT, "where a kept edge starts", "j of j -> i", SPECIES),
    _variable("kept_receiver", OF_KEPT, "where a kept edge ends", "i of j -> i", SPECIES),
    _variable("kept_weight", OF_KEPT, "entry of A or w at a kept edge", "A_ij", SPECIES),
)
"""What it holds of the last net of the first replica alone, to draw it."""

NAMES = {variable.name: variable for variable in (*VARIABLES, *LISTS, *PICTURE)}


@dataclass(frozen=True)
class Structure(NamedValues):
    """The structure of the nets of a run.

    ``epochs``: of the weights, (snapshot,); ``values``: by the names of `NAMES`, NaN where missing,
    without lists that are empty in every replica;
    ``receivers``, ``senders``: neurons of the block's rows and columns; ``steps``: of walks.
    """

    epochs: np.ndarray
    receivers: np.ndarray
    senders: np.ndarray
    steps: np.ndarray
    values: Mapping[str, np.ndarray]

    @classmethod
    def stored(cls, values: Mapping[str, Shaped[np.ndarray, " ..."]]) -> Structure:
        """Return what ``structure.h5`` holds, given its variables by name.

        ``values``: the variables of the file by name.
        """
        return cls(
            values["snapshot"],
            values["receiver"],
            values["sender"],
            values["walk_step"],
            {name: values[name] for name in NAMES if name in values},
        )

    @property
    def replicas(self) -> int:
        """Number of replicas."""
        return len(self["permutation_share"])

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the values."""
        lists = {
            name: np.arange(self[of].shape[axis])
            for name, of, axis in (
                ("cycle", "cycle_length", 1),
                ("chain", "chain_length", 1),
                ("place", "chain_neuron", 2),
                ("kept_edge", "kept_weight", 0),
            )
            if of in self
        }
        return [
            Axis("replica", "member of the ensemble", np.arange(self.replicas)),
            Axis("snapshot", "epoch of the weights", self.epochs),
            Axis("quantile", "quantile of the null hypothesis", np.array(QUANTILES)),
            Axis("receiver", "neuron of a row", self.receivers),
            Axis("sender", "neuron of a column", self.senders),
            Axis("motif", "kind of motif", np.array(MOTIFS, object)),
            Axis("walk_step", "steps of the walk", self.steps),
            Axis("end", "of a range", np.array(["low", "high"], object)),
            *(Axis(name, f"number of the {name}", numbers) for name, numbers in lists.items()),
        ]

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """All values with what they are."""
        return [(NAMES[name], of) for name, of in self.values.items()]
