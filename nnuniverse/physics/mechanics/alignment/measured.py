"""What is measured of the drift of learning, and under which names ``align.h5`` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped

from nnuniverse.variables import SEED, Axis, NamedValues, Variable

AT_BETA = ("replica", "snapshot", "beta")
AT_SNAPSHOT = ("replica", "snapshot")
OF_STIFFEST = ("replica", "snapshot", "stiffest")

DRIFT = "2008.01540 (4.2)"


def _variable(
    name: str,
    dims: tuple[str, ...],
    long_name: str,
    symbol: str,
    equation: str,
    source: str = DRIFT,
) -> Variable:
    return Variable(name, dims, long_name, source, equation=equation, symbol=symbol)


ALIGNMENT = _variable(
    "alignment",
    AT_BETA,
    "cosine of the mean step of learning and the gradient of the free energy",
    "cos",
    "cos(-grad L, +grad F)",
)

VARIABLES = (
    ALIGNMENT,
    _variable(
        "alignment_frozen_slopes",
        AT_BETA,
        "the same, of the gradient of F at a frozen f'",
        "cos_w",
        "cos(-grad L, +dF/dw at fixed f')",
    ),
    _variable(
        "alignment_outside_stiffest",
        AT_BETA,
        "the same, outside the stiffest directions of the loss",
        "cos_out",
        "cos(-Q grad L, +Q grad F), Q = 1 - sum v v^T over the stiffest v",
    ),
    _variable(
        "alignment_of_decay",
        AT_BETA,
        "cosine of weight decay and the gradient of the free energy",
        "cos_decay",
        "cos(-q, +grad F)",
    ),
    _variable(
        "alignment_by_chance",
        AT_BETA,
        "standard deviation of the cosine of the mean step and a random direction like grad F",
        "sd",
        "sqrt(sum_l |a_l|^2 |b_l|^2 / n_l) / |a||b| over the arrays l of weights and biases",
    ),
    _variable(
        "drift_gain",
        AT_BETA,
        "gamma of dq/dt = gamma dF/dq, per step",
        "gamma",
        "step.grad F / |grad F|^2",
    ),
    _variable("free_energy_slope", AT_BETA, "norm of the gradient of F", "|grad F|", "|dF/dq|"),
    _variable(
        "boundary_cosine",
        AT_SNAPSHOT,
        "cosine of the mean step and minus the gradient of the boundary loss",
        "cos_bd",
        "cos(-grad L, -grad H_bd)",
        "2004.09280 (2.11)",
    ),
    _variable(
        "bulk_cosine",
        AT_SNAPSHOT,
        "cosine of the mean step and minus the gradient of the bulk loss",
        "cos_bulk",
        "cos(-grad L, -grad <H>)",
        "2004.09280 (3.4)",
    ),
    _variable(
        "decay_cosine",
        AT_SNAPSHOT,
        "cosine of the mean step and weight decay",
        "cos_w",
        "cos(-grad L, -q)",
    ),
    _variable(
        "sampled_cosine",
        AT_SNAPSHOT,
        "cosine of the mean step and the mean of the steps of an epoch's mini-batches",
        "cos_batches",
        "cos(step, mean over mini-batches of their steps)",
    ),
    _variable("loss_slope", AT_SNAPSHOT, "norm of the gradient of the loss", "|grad L|", "|dL/dq|"),
    _variable(
        "steepness",
        AT_SNAPSHOT,
        "learning rate times the largest curvature of the loss",
        "eta h",
        "eta times the largest eigenvalue of the Hessian of L",
    ),
    _variable(
        "stiffest_curvature",
        OF_STIFFEST,
        "the largest eigenvalues of the Hessian of the loss",
        "h",
        "eigenvalues of d^2L/dq^2",
    ),
)
"""What ``align.h5`` holds of every run."""

OF_SECOND_DERIVATIVES = (
    _variable(
        "curvature_alignment",
        AT_BETA,
        "cosine of minus the Hessian of the loss and that of the free energy",
        "cos_H",
        "-tr(H F'') / |H||F''|",
    ),
    _variable(
        "curvature_alignment_stiffest",
        AT_BETA,
        "the same, between the stiffest directions of the loss",
        "cos_H_in",
        "the same of PHP and PF''P, P = sum v v^T over the stiffest v",
    ),
    _variable(
        "curvature_alignment_outside",
        AT_BETA,
        "the same, outside the stiffest directions of the loss",
        "cos_H_out",
        "the same of QHQ and QF''Q, Q = 1 - P",
    ),
    _variable(
        "curvature_alignment_rotated",
        AT_BETA,
        "what a random rotation makes of the latter, on average",
        "<cos_H_out>",
        "-tr(QHQ) tr(QF''Q) / n |QHQ||QF''Q|, n the dimensions of Q",
    ),
    _variable(
        "negative_curvatures_stiffest",
        AT_BETA,
        "share of the eigenvalues of PF''P that are negative",
        "n_-/n",
        "F is concave if it is 1",
        "2008.01540 (4.3)",
    ),
    _variable(
        "negative_curvatures_outside",
        AT_BETA,
        "share of the eigenvalues of QF''Q that are negative",
        "n_-/n",
        "F is concave if it is 1",
        "2008.01540 (4.3)",
    ),
    _variable(
        "free_energy_laplacian",
        AT_BETA,
        "Laplacian of the free energy by the trainable variables",
        "Laplacian F",
        "tr F''",
        "2008.01540 (6.11)",
    ),
    _variable(
        "quadratic_form",
        AT_BETA,
        "what the Laplacian of F should be, a quadratic form in its gradient",
        "-2 beta F_q M F_q",
        "-2 beta sum_i (dF/dlambda_i)^2 |dlambda_i/dq|^2",
        "2008.01540 (6.11), (6.12)",
    ),
)
"""What is added to it where second derivatives were asked for."""

NAMES = {variable.name: variable for variable in (*VARIABLES, *OF_SECOND_DERIVATIVES)}


@dataclass(frozen=True)
class Alignment(NamedValues):
    """How the drift of a run, or of several that differ in seeds alone, lies to grad F.

    ``seeds``: of the replicas; ``betas``: of F; ``epochs``: those of the weights; ``values``: by
    the names of `VARIABLES`, NaN where a replica had diverged; ``edge``: what eta h may be at the
    most for descent to be stable, NaN where there is no such threshold; ``objection``: why the run
    allows no verdict, else "".
    """

    seeds: np.ndarray
    betas: np.ndarray
    epochs: np.ndarray
    values: Mapping[str, np.ndarray]
    edge: float = np.nan
    objection: str = ""

    @classmethod
    def stored(
        cls, values: Mapping[str, Shaped[np.ndarray, " ..."]], attributes: Mapping[str, object]
    ) -> Alignment:
        """Return what ``align.h5`` holds, given its variables and its attributes by name.

        ``values``: the variables of the file by name.
        """
        return cls(
            values["seed"],
            values["beta"],
            values["snapshot"],
            {name: values[name] for name in NAMES if name in values},
            float(str(attributes["edge_of_stability"])),
            str(attributes["objection"]),
        )

    @property
    def attributes(self) -> dict[str, object]:
        """What `stored` needs besides variables."""
        return {"edge_of_stability": self.edge, "objection": self.objection}

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What is found, each with its values, and the seeds."""
        found = [(NAMES[name], values) for name, values in self.values.items()]
        return [(SEED, self.seeds), *found]

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the ``values``."""
        return [
            Axis("replica", "member of the ensemble", np.arange(len(self.seeds))),
            Axis("snapshot", "epoch of the weights", self.epochs),
            Axis("beta", "inverse temperature of F", self.betas),
            Axis(
                "stiffest",
                "number of the direction, the stiffest first",
                np.arange(self["stiffest_curvature"].shape[-1]),
            ),
        ]


def of_all_seeds(alignments: Sequence[Alignment]) -> Alignment:
    """Return the replicas of runs that differ in seeds alone side by side, no seed twice.

    Of epochs, those that all have; of variables, likewise.

    ``alignments``: of runs that differ in seeds alone.
    """
    first, *others = alignments
    for other in others:
        first = _beside(first, other)
    return first


def _beside(one: Alignment, other: Alignment) -> Alignment:
    epochs, here, there = np.intersect1d(one.epochs, other.epochs, return_indices=True)
    new = ~np.isin(other.seeds, one.seeds)
    values = {
        name: np.concatenate([one[name][:, here], other[name][new][:, there]])
        for name in one.values
        if name in other
    }
    seeds = np.concatenate([one.seeds, other.seeds[new]])
    return replace(one, seeds=seeds, epochs=epochs, values=values)
