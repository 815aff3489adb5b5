"""What every kind of network has: an activation and initial weights."""

from typing import Annotated, Literal, get_args

from pydantic import PlainSerializer, PositiveFloat, ValidationInfo, ValidatorFunctionWrapHandler
from pydantic.functional_validators import WrapValidator

from nnuniverse.config.model import STORED, ConfigModel, NamesExtension
from nnuniverse.extensions import ACTIVATIONS, installed

OurActivation = Literal["tanh", "relu", "logistic", "identity"]

OUR_ACTIVATIONS: tuple[str, ...] = get_args(OurActivation)


def _ours_or_installed(
    value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> object:
    """Return the name of one of ours, or of an installed package; of what is stored, any name."""
    if not isinstance(value, str) or value in OUR_ACTIVATIONS:
        return handler(value)
    stored = bool(info.context and info.context.get(STORED))
    return value if stored or value in installed(ACTIVATIONS) else handler(value)


def _as_it_is(value: str) -> str:
    return value


ActivationName = Annotated[
    OurActivation,
    WrapValidator(_ours_or_installed),
    PlainSerializer(_as_it_is),
    NamesExtension(ACTIVATIONS),
]
"""A name of ours, or one that an installed package declares."""


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
