"""What is found of the ensemble of masks of one net, and how ``grand.h5`` names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Shaped

from nnuniverse.physics.grand_canonical.integration import (
    EMPTY,
    dilute_grand_potential,
    dilute_neurons,
    fluctuation_gap,
    integrated_neurons,
    quadrature_error,
)
from nnuniverse.physics.grand_canonical.mixing import (
    LARGEST_R_HAT,
    autocorrelation_sweeps,
    directions_agree,
    split_r_hat,
)
from nnuniverse.variables import Axis, NamedValues, Variable

if TYPE_CHECKING:  # loads JAX
    from nnuniverse.physics.grand_canonical.enumeration import ExactCurves

BOTH_WAYS = ("direction", "chemical_potential")
AT_MU = ("chemical_potential",)
OF_NEURON = ("hidden_neuron",)
NEURONS = "neurons"
ENERGY = "units of E"

LARGEST_GAP = 4.0
"""Standard errors by which the fluctuation relation may fail."""

GRID_SHARE = 0.05
"""Of <N>(b) - <N>(a), what the grid of mu may leave open at the most."""


def _variable(
    name: str, dims: tuple[str, ...], units: str, symbol: str, long_name: str, equation: str = ""
) -> Variable:
    source = "2012.05082 (4.5) (C11)" if "variance" in name else "2012.05082 (4.1)"
    return Variable(name, dims, long_name, source, units, equation=equation, symbol=symbol)


def _with_error(measured: Variable) -> tuple[Variable, Variable]:
    error = _variable(
        f"{measured.name}_error",
        measured.dims,
        measured.units,
        f"se({measured.symbol})",
        f"standard error of {measured.name}, from independent chains",
    )
    return measured, error


VARIABLES = (
    *_with_error(_variable("mean_neurons", BOTH_WAYS, NEURONS, "<N>", "mean of N")),
    *_with_error(
        _variable(
            "neurons_variance",
            BOTH_WAYS,
            "neurons^2",
            "Delta N^2",
            "variance of N",
            "<N^2> - <N>^2 = -T d^2 Omega/dmu^2",
        )
    ),
    *_with_error(_variable("mean_energy", BOTH_WAYS, ENERGY, "<E>", "mean energy of the masks")),
    _variable(
        "autocorrelation_sweeps",
        BOTH_WAYS,
        "sweeps",
        "tau",
        "integrated autocorrelation time of N",
        "1 + 2 sum_t rho(t)",
    ),
    _variable("r_hat", AT_MU, "1", "R-hat", "split R-hat of N, of the chains of both directions"),
    *_with_error(
        _variable(
            "grand_potential",
            AT_MU,
            ENERGY,
            "Omega",
            "grand potential",
            "-T log sum exp(-(E - mu N)/T), by dOmega/dmu = -<N>",
        )
    ),
    *_with_error(
        _variable(
            "mask_entropy", AT_MU, "nat", "S", "entropy of the masks", "(<E> - mu <N> - Omega)/T"
        )
    ),
    _variable(
        "birth_energy",
        OF_NEURON,
        ENERGY,
        "E_i - E_0",
        "what a neuron adds to E when it comes to the empty net",
    ),
    _variable(
        "death_energy",
        OF_NEURON,
        ENERGY,
        "E_-i - E",
        "what a neuron adds to E when it leaves the full net",
    ),
)
"""What ``grand.h5`` holds of every run."""

EXACT = tuple(
    Variable(
        f"exact_{name}",
        AT_MU,
        f"{name} of the enumerated masks",
        "2012.05082 (4.1)",
        units,
        symbol=symbol,
    )
    for name, units, symbol in (
        ("mean_neurons", NEURONS, "<N>"),
        ("neurons_variance", "neurons^2", "Delta N^2"),
        ("mean_energy", ENERGY, "<E>"),
        ("grand_potential", ENERGY, "Omega"),
        ("mask_entropy", "nat", "S"),
    )
)
"""What it has besides if all masks were enumerated."""

SCALARS = (
    *_with_error(
        _variable(
            "fluctuation_residual",
            (),
            NEURONS,
            "gap",
            "by how much the fluctuation relation fails",
            "<N>(b) - <N>(a) - (1/T) int Delta N^2 dmu",
        )
    ),
    _variable(
        "fluctuation_quadrature",
        (),
        NEURONS,
        "bound",
        "how far off that may be for the grid of mu",
        "what leaving out every second mu changes",
    ),
    *_with_error(
        _variable(
            "hysteresis_area",
            (),
            ENERGY,
            "area",
            "area between <N> of falling and of rising mu",
            "int (<N>_down - <N>_up) dmu",
        )
    ),
)
"""What it says as attributes."""

NAMES = {variable.name: variable for variable in (*VARIABLES, *EXACT)}


class Sampled(NamedTuple):
    """What chains of masks did; ``neurons``: N; ``energies``: E; (2, mu, chains, sweeps) each.

    Direction 0: mu rises, 1: it falls; chains of both are independent.
    """

    neurons: np.ndarray
    energies: np.ndarray


class FewNeurons(NamedTuple):
    """Energies of masks at the ends: ``empty``: E_0; ``full``: E of all neurons.

    ``births``: E_i - E_0 with neuron i alone, (R,); ``deaths``: E_-i - E without it, (R,).
    """

    empty: float
    full: float
    births: np.ndarray
    deaths: np.ndarray


@dataclass(frozen=True)
class MaskEnsemble(NamedValues):
    """The grand canonical ensemble of the masks of one net at one T.

    ``temperature``: T; ``chemical_potentials``: mu, ascending, (mu,); ``neurons``: numbers of the
    hidden neurons that may come and go, (R,); ``values``: by the names of `VARIABLES`, `SCALARS`
    and `EXACT`;
    ``anchored``: whether Omega is absolute, else it is zero at the first mu; ``agree``: whether
    both directions find the same <N>.
    """

    temperature: float
    chemical_potentials: np.ndarray
    neurons: np.ndarray
    values: Mapping[str, np.ndarray]
    anchored: bool
    agree: bool

    @property
    def largest_r_hat(self) -> float:
        """R-hat where it is largest."""
        return float(self["r_hat"].max())

    @property
    def mixed(self) -> bool:
        """Whether chains have found their ensemble: R-hat is small, and both directions agree."""
        return self.agree and self.largest_r_hat <= LARGEST_R_HAT

    @property
    def fluctuation_holds(self) -> bool:
        """Whether the fluctuation relation does, at 4 standard errors."""
        means = self["mean_neurons"].mean(axis=0)
        grown = abs(means[-1] - means[0])
        # A grid far coarser than T has errors so large that they would allow everything.
        by_chance = min(LARGEST_GAP * self["fluctuation_residual_error"], grown)
        allowed = by_chance + min(self["fluctuation_quadrature"], GRID_SHARE * grown)
        return bool(abs(self["fluctuation_residual"]) <= allowed)

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """The variables of ``grand.h5`` with their values."""
        return [(NAMES[name], of) for name, of in self.values.items() if name in NAMES]

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the ``values``."""
        return [
            Axis("direction", "whether mu rises or falls", np.array(["up", "down"], object)),
            Axis("chemical_potential", "mu, energy per neuron", self.chemical_potentials),
            Axis("hidden_neuron", "number of the hidden neuron", self.neurons),
        ]

    @property
    def attributes(self) -> dict[str, object]:
        """What `stored` needs besides variables."""
        return {
            "temperature": self.temperature,
            "grand_potential_anchored": int(self.anchored),
            **{scalar.name: float(self[scalar.name]) for scalar in SCALARS},
            "directions_agree": int(self.agree),
            "mixed": int(self.mixed),
            "fluctuation_relation_holds": int(self.fluctuation_holds),
        }

    @classmethod
    def stored(
        cls, values: Mapping[str, Shaped[np.ndarray, " ..."]], attributes: Mapping[str, object]
    ) -> MaskEnsemble:
        """Return what ``grand.h5`` holds, given its variables and its attributes by name.

        ``values``: the variables of the file by name.
        """
        return cls(
            float(str(attributes["temperature"])),
            values["chemical_potential"],
            values["hidden_neuron"],
            {name: values[name] for name in NAMES if name in values}
            | {scalar.name: np.array(attributes[scalar.name]) for scalar in SCALARS},
            bool(attributes["grand_potential_anchored"]),
            bool(attributes["directions_agree"]),
        )


def mask_ensemble(
    sampled: Sampled,
    few: FewNeurons,
    temperature: float,
    chemical_potentials: Float[np.ndarray, " mu"],
    neurons: Int[np.ndarray, " hidden_layers"],
    exact: ExactCurves | None = None,
) -> MaskEnsemble:
    """Return what chains have found; means over both directions where there is one.

    ``exact``: of all masks enumerated, if they were; the rest as for `MaskEnsemble`.

    ``sampled``: what the chains did; ``few``: energies of no and of one neuron; ``temperature``: T
    > 0, in units of the energy; ``chemical_potentials``: mu, in units of the energy, ascending,
    (mu,); ``neurons``: N of the hidden layers.
    """
    numbers, mu = sampled.neurons, chemical_potentials
    together = np.concatenate(numbers, axis=1)  # (mu, chains of both directions, sweeps)
    values = {
        **_by_direction(sampled),
        "autocorrelation_sweeps": autocorrelation_sweeps(numbers),
        "r_hat": split_r_hat(together),
        "birth_energy": few.births,
        "death_energy": few.deaths,
        **_fluctuation(together, mu, temperature),
        **_hysteresis(numbers, mu),
    }
    first = together[0].mean(axis=-1)
    dilute = float(dilute_neurons(few.births, temperature, mu[0]))
    # A range may begin at the limit itself, but for rounding.
    anchored = (
        dilute <= EMPTY * (1.0 + 1e-9) and first.mean() - LARGEST_GAP * _error(first) <= EMPTY
    )
    start = dilute_grand_potential(few.empty, few.births, temperature, mu[0]) if anchored else 0.0
    values |= _potential(sampled, mu, temperature, start, anchored)
    if exact is not None:
        values |= {f"exact_{name}": of for name, of in exact._asdict().items()}
    agree = directions_agree(numbers.mean(axis=-1))
    return MaskEnsemble(temperature, mu, neurons, values, bool(anchored), agree)


def _by_direction(sampled: Sampled) -> dict[str, np.ndarray]:
    means = sampled.neurons.mean(axis=-1)
    squares = _squares(sampled.neurons)
    # The mean that the squares are about is itself off by its error.
    variance = squares.mean(axis=-1) + _error(means) ** 2
    energies = sampled.energies.mean(axis=-1)
    return {
        "mean_neurons": means.mean(axis=-1),
        "mean_neurons_error": _error(means),
        "neurons_variance": variance,
        "neurons_variance_error": _error(squares),
        "mean_energy": energies.mean(axis=-1),
        "mean_energy_error": _error(energies),
    }


def _fluctuation(together: np.ndarray, mu: np.ndarray, temperature: float) -> dict[str, np.ndarray]:
    means = together.mean(axis=-1)
    squares = _squares(together) + _error(means)[:, None] ** 2
    gaps = fluctuation_gap(means.T, squares.T, mu, temperature)
    bound = quadrature_error(squares.mean(axis=-1), mu, temperature)
    return {
        "fluctuation_residual": gaps.mean(),
        "fluctuation_residual_error": _error(gaps),
        "fluctuation_quadrature": np.array(bound),
    }


def _hysteresis(numbers: np.ndarray, mu: np.ndarray) -> dict[str, np.ndarray]:
    from scipy.integrate import trapezoid  # loads much

    areas = trapezoid(numbers.mean(axis=-1), x=mu, axis=1)  # (direction, chains)
    return {
        "hysteresis_area": areas[1].mean() - areas[0].mean(),
        "hysteresis_area_error": np.hypot(*_error(areas)),
    }


def _potential(
    sampled: Sampled, mu: np.ndarray, temperature: float, start: float, anchored: bool
) -> dict[str, np.ndarray]:
    """Return Omega and the entropy of the masks, of which the latter needs an absolute Omega."""
    means, energies = (
        np.concatenate(of.mean(axis=-1), axis=1).T  # (chains, mu)
        for of in (sampled.neurons, sampled.energies)
    )
    potentials = start - integrated_neurons(means, mu)
    entropies = (energies - mu * means - potentials) / temperature
    known = 1.0 if anchored else np.nan
    return {
        "grand_potential": potentials.mean(axis=0),
        "grand_potential_error": _error(potentials.T),
        "mask_entropy": known * entropies.mean(axis=0),
        "mask_entropy_error": known * _error(entropies.T),
    }


def _squares(numbers: np.ndarray) -> np.ndarray:
    """Return, of each chain, the mean square of N about the mean of all, (..., chains)."""
    mean = numbers.mean(axis=(-2, -1), keepdims=True)
    squares: np.ndarray = ((numbers - mean) ** 2).mean(axis=-1)
    return squares


def _error(of_chains: np.ndarray) -> np.ndarray:
    """Return the standard error of the mean over independent chains, the last axis."""
    error: np.ndarray = of_chains.std(axis=-1, ddof=1) / np.sqrt(of_chains.shape[-1])
    return error
