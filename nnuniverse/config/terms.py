"""`loss.terms`: functions of the spectrum of log G, lowered or raised besides the loss."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel


class MomentTerm(ConfigModel):
    """A moment of the dynamical eigenvalues of log G: trace or mean of their powers."""

    observable: Literal["mu2", "mu3", "mu2_per_eigenvalue", "mu3_per_eigenvalue"]
    """The quantity added to the loss."""
    weight: float
    """What it is multiplied by; a negative weight raises it."""


class ComplexityTerm(ConfigModel):
    """The complexity C_n, 2004.09280 (10.5)."""

    observable: Literal["complexity"]
    """The quantity added to the loss."""
    weight: float
    """What it is multiplied by; a negative weight raises it."""
    n: PositiveInt
    """How many of the largest eigenvalues are summed, at most the number of neurons."""


class ThermodynamicTerm(ConfigModel):
    """A thermodynamic function of the spectrum in the Gaussian ensemble."""

    observable: Literal[
        "free_energy", "mean_loss", "entropy", "canonical_entropy", "free_energy_laplacian"
    ]
    """The quantity added to the loss; free_energy_laplacian is Laplacian F itself, negative."""
    weight: float
    """What it is multiplied by; a negative weight raises it."""
    beta: PositiveFloat
    """Inverse temperature."""
    mass: float = 0.0
    """The m of the local objective; c + beta lambda > 0 must hold for every eigenvalue."""
    window: Literal["unit", "matched"] = "unit"
    """The Gaussian in place of (-1, 1)."""


Term = Annotated[MomentTerm | ComplexityTerm | ThermodynamicTerm, Field(discriminator="observable")]
