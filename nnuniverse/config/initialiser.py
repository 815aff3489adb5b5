"""What every kind of network has: an activation and initial weights."""

from typing import Literal

from pydantic import PositiveFloat

from nnuniverse.config.model import ConfigModel

ActivationName = Literal["tanh", "relu", "logistic", "identity"]


class Initialiser(ConfigModel):
    """How the initial weights are drawn; biases start at zero."""

    kind: Literal[
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "truncated_normal",
        "orthogonal",
    ] = "glorot_uniform"
    """The distribution."""
    gain: PositiveFloat = 1.0
    """Factor on every weight drawn."""
