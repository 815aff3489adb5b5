"""What is found of nets that were mapped to their boundary and trained: names of ``dual.h5``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Shaped

from nnuniverse.variables import SEED, Axis, NamedValues, Variable

TANGENT, WEIGHTS, PRINTED, SHUFFLED, DRAWN = STARTS = (
    *("tangent", "weights", "printed"),
    *("shuffled", "drawn"),
)
"""What a net of boundary neurons begins with: the map of the bulk as it answers about its mean
state; that of w as it is, exact for linear nets; (10.1)-(10.3) as printed; the first in random
places; weights drawn as the net's were."""

SPLITS = ("train", "test")

SECTION = "2008.01540 Sec. 10"

DUAL_LOSS = Variable(
    "dual_loss",
    ("replica", "start", "split", "snapshot"),
    "boundary loss of the net of boundary neurons alone, while it is trained",
    SECTION,
    equation="<1/2 (x - x_target)^T P_out (x - x_target)>",
    symbol="H_dual",
)
MAPPED_LOSS = Variable(
    "mapped_loss",
    ("replica", "start", "split"),
    "the same before training: of the net as it is mapped",
    SECTION,
    symbol="H_mapped",
)
DEEP_LOSS = Variable(
    "deep_loss",
    ("replica", "split"),
    "boundary loss of the net that is mapped",
    "2004.09280 (2.11)",
    symbol="H_deep",
)
CONSTANT_LOSS = Variable(
    "constant_loss",
    ("split",),
    "boundary loss of the best constant outputs, the means of the training targets",
    "2004.09280 (2.11)",
    symbol="H_0",
)
MAP_ERROR = Variable(
    "map_error",
    ("replica", "start"),
    "rms of what the mapped net's outputs differ by over that of the net's outputs, training "
    "samples",
    "2008.01540 (10.1)-(10.3) (B23)",
    equation="|x_mapped - x|/|x|",
)
VARIABLES = (DUAL_LOSS, MAPPED_LOSS, DEEP_LOSS, CONSTANT_LOSS, MAP_ERROR)
"""What ``dual.h5`` holds of a run, besides seeds."""

NAMES = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True)
class FoundDuals(NamedValues):
    """What became of a run's nets, mapped to their boundary and trained again.

    ``seeds``: of the replicas; ``snapshots``: epochs of training again; ``values``: by the names of
    `VARIABLES`, NaN after a net has diverged.
    """

    seeds: np.ndarray
    snapshots: np.ndarray
    values: Mapping[str, np.ndarray]

    @classmethod
    def stored(cls, values: Mapping[str, Shaped[np.ndarray, " ..."]]) -> FoundDuals:
        """Return what ``dual.h5`` holds, given its variables by name.

        ``values``: the variables of the file by name.
        """
        return cls(values["seed"], values["snapshot"], {name: values[name] for name in NAMES})

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
            Axis("start", "what the boundary net begins with", np.array(STARTS, object)),
            Axis("split", "samples", np.array(SPLITS, object)),
            Axis("snapshot", "epoch of training the boundary net", self.snapshots),
        ]

    def mapped(self, start: str, split: str) -> Float[np.ndarray, " replica"]:
        """Return the loss before training, (replica,), of a ``start`` of `STARTS`.

        ``split``: `train` or `test`.
        """
        return np.asarray(self["mapped_loss"][:, STARTS.index(start), SPLITS.index(split)])

    def trained(self, start: str, split: str) -> Float[np.ndarray, " replica"]:
        """Return the loss after training, (replica,), NaN where the net has diverged.

        ``start``: one of `STARTS`; ``split``: `train` or `test`.
        """
        return np.asarray(self["dual_loss"][:, STARTS.index(start), SPLITS.index(split), -1])

    def deep(self, split: str) -> Float[np.ndarray, " replica"]:
        """Return the loss of the nets that are mapped, (replica,).

        ``split``: `train` or `test`.
        """
        return np.asarray(self["deep_loss"][:, SPLITS.index(split)])

    @property
    def epochs_saved(self) -> Float[np.ndarray, " replica"]:
        """After how many epochs nets drawn anew have the loss that mapped ones begin with.

        The first such snapshot of training samples, (replica,); NaN where none is.
        """
        drawn = self["dual_loss"][:, STARTS.index(DRAWN), SPLITS.index("train")]
        reached = drawn <= self.mapped(TANGENT, "train")[:, None]
        first = self.snapshots[reached.argmax(axis=1)].astype(float)
        return np.where(reached.any(axis=1), first, np.nan)

    def kept(
        self, losses: Float[np.ndarray, " replica"], split: str
    ) -> Float[np.ndarray, " replica"]:
        """Return which share of what the deep net has learned is left at ``losses``, (replica,).

        ``(H_0 - H)/(H_0 - H_deep)``: one, nothing is lost; zero, no better than a constant.  NaN of
        a deep net that is no better itself.

        ``split``: `train` or `test`.
        """
        constant = self["constant_loss"][SPLITS.index(split)]
        learned = constant - self.deep(split)
        return np.asarray((constant - losses) / np.where(learned > 0.0, learned, np.nan))
