"""`grand`: neurons that come and go during training, under a chemical potential."""

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from nnuniverse.config.model import ConfigModel


class Optimise(ConfigModel):
    """Births that are fitted and the cheapest deaths: an optimiser, no ensemble (C18)."""

    kind: Literal["optimise"] = "optimise"
    """The kind of moves."""
    removal: Literal["compensated", "mask", "magnitude"] = "compensated"
    """How a neuron leaves: its layer takes over its least-squares image; nothing is done about it;
    the same, and the one of least weights goes, whatever that changes."""
    birth: Literal["singular", "fitted", "zero_out", "none"] = "singular"
    """How a neuron comes: along the top singular pair of descent direction and inputs; the best of
    the candidates with outgoing weights along the descent; with none; never."""
    candidates: PositiveInt = 16
    """Incoming weights that a fitted birth is chosen from."""


class SampleMoves(ConfigModel):
    """Reversible flips that leave the ensemble exp(-(E - mu N)/T) of the masks as it is."""

    kind: Literal["sample"]
    """The kind of moves."""
    proposal: Literal["uniform", "heat_bath", "informed"] = "informed"
    """Which neuron may flip: any, also by its heat bath; or by how probable its flip is."""
    steps: PositiveInt = 10
    """Flips proposed at a time."""


class GrandConfig(ConfigModel):
    """Neurons come and go under a chemical potential; 2012.05082 Secs. 3 to 5."""

    reservoir: tuple[PositiveInt, ...] | None = None
    """Neurons per hidden layer, active and dormant; null: twice as many as network.hidden."""
    energy: Literal["boundary", "bulk", "free_energy"] = "boundary"
    """Whose changes decide: of the boundary or bulk loss, mean over the probe, or of F."""
    temperature: PositiveFloat = 1e-4
    """T, in units of the energy; of free_energy it is 1/beta too."""
    chemical_potential: float = -1e-3
    """mu: energy that a neuron brings when it comes; at the first epoch, if it changes."""
    final_chemical_potential: float | None = None
    """mu at the last epoch, linear in between; null: it does not change."""
    moves: Annotated[Optimise | SampleMoves, Field(discriminator="kind")] = Optimise()
    every: PositiveInt = 5
    """Epochs from one move of every layer to the next."""
    probe: PositiveInt = 1000
    """Training samples, drawn once, on which the energy is taken."""
