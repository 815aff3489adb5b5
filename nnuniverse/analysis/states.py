"""The thermodynamic functions of every snapshot, at every temperature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from jaxtyping import Float, Int, Shaped

from nnuniverse.analysis.active_spectra import active_spectra
from nnuniverse.analysis.section import (
    Analysis,
    Declared,
    Section,
    described,
    pooled,
    printed_snapshots,
)
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.temperatures import Temperatures, is_fixed, temperatures
from nnuniverse.intervals import mean_over_replicas, with_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.supports import support_of
from nnuniverse.text_table import TextTable
from nnuniverse.thermodynamics import (
    WINDOWS,
    Decomposition,
    Ensemble,
    Spectrum,
    canonical_entropy,
    check_domain,
    count_large,
    counted_laplacian,
    decompose,
    decompose_with_units,
    entropy,
    entropy_remainder,
    free_energy,
    in_domain,
    large_truncation_error,
    log_partition,
    log_sums,
    mean_loss,
    negative_laplacian,
    printed_counted_laplacian,
    printed_entropy_from_loss,
    printed_entropy_remainder,
    unit_share_of_laplacian,
)
from nnuniverse.variables import Variable

DIMS = ("replica", "snapshot", "temperature")


def _variable(
    name: str,
    long_name: str,
    source: str,
    symbol: str,
    equation: str,
    computed_by: Callable[..., object],
) -> Variable:
    return Variable(
        name, DIMS, long_name, source, equation=equation, symbol=symbol, computed_by=(computed_by,)
    )


def count_small(spectrum: Spectrum, ensemble: Ensemble) -> Int[np.ndarray, " ..."]:
    """Return N_<, how many dynamical eigenvalues are at most c/beta.

    ``spectrum``: the eigenvalues of G, with any leading shape; ``ensemble``: beta > 0, m and the
    window; beta has the leading shape of the spectrum, or none.
    """
    return spectrum.log_eigenvalues.shape[-1] - count_large(spectrum, ensemble)


Split = Callable[[Spectrum, Ensemble], Decomposition]


def _error_of(split: Split) -> Callable[[Spectrum, Ensemble], np.ndarray]:
    """Return the function ``A - C/beta - F`` of a split; of the printed one, without mean state."""

    def error(spectrum: Spectrum, ensemble: Ensemble) -> np.ndarray:
        if split is decompose:
            spectrum = spectrum._replace(mean_squares=None)
        approximate = split(spectrum, ensemble).free_energy(ensemble.beta)
        return approximate - free_energy(spectrum, ensemble)

    return error


FUNCTIONS: list[tuple[Variable, Callable[[Spectrum, Ensemble], np.ndarray]]] = [
    (
        _variable(
            "log_partition",
            "log Z",
            "2004.09280 (5.14)",
            "log Z",
            "N (log h + 1/2 log 2 pi) - 1/2 sum_i log(c + beta lambda_i), c = s - beta m",
            log_partition,
        ),
        log_partition,
    ),
    (
        _variable(
            "free_energy",
            "F",
            "2004.09280 (6.4)",
            "F",
            "-log Z / beta",
            free_energy,
        ),
        free_energy,
    ),
    (
        _variable(
            "mean_loss",
            "U of the Gaussian ensemble",
            "2004.09280 (6.1)",
            "U",
            "1/2 sum_i (lambda_i - m)/(c + beta lambda_i)",
            mean_loss,
        ),
        mean_loss,
    ),
    (
        _variable(
            "entropy",
            "S, Shannon entropy in nats",
            "2004.09280 (7.1), corrected",
            "S",
            "-<log p> = (N/2) log(2 pi e) - 1/2 sum_i log(c + beta lambda_i)",
            entropy,
        ),
        entropy,
    ),
    (
        _variable(
            "canonical_entropy",
            "beta^2 dF/dbeta in nats",
            "2004.09280 (7.1), corrected",
            "beta^2 dF/dbeta",
            "log Z + beta U",
            canonical_entropy,
        ),
        canonical_entropy,
    ),
    (
        _variable(
            "large_eigenvalues",
            "N_> of the dynamical eigenvalues",
            "2004.09280 (6.6)",
            "N_>",
            "number of dynamical lambda_i > c/beta",
            count_large,
        ),
        count_large,
    ),
    (
        _variable(
            "small_eigenvalues",
            "N_< of the dynamical eigenvalues",
            "2004.09280 (8.12)",
            "N_<",
            "n_dyn - N_>",
            count_small,
        ),
        count_small,
    ),
    (
        _variable(
            "thermodynamic_free_energy",
            "A, exact ones kept",
            "2004.09280 (6.8), corrected",
            "A",
            "(N_>/2 beta) log beta + (n_one/2 beta) log(c + beta)",
            decompose_with_units,
        ),
        lambda s, e: decompose_with_units(s, e).thermodynamic_free_energy,
    ),
    (
        _variable(
            "split_mean_loss",
            "U of the split, exact ones kept",
            "2004.09280 (7.5), corrected",
            "U_split",
            "d(beta A)/dbeta = N_>/2 beta + (n_one/2) (1 - m)/(c + beta)",
            decompose_with_units,
        ),
        lambda s, e: decompose_with_units(s, e).mean_loss,
    ),
    (
        _variable(
            "thermodynamic_entropy",
            "S_0, exact ones kept",
            "2004.09280 (7.4), corrected",
            "S_0",
            "beta^2 dA/dbeta = beta (U_split - A)",
            decompose_with_units,
        ),
        lambda s, e: decompose_with_units(s, e).thermodynamic_entropy,
    ),
    (
        _variable(
            "large_complexity",
            "C of the large eigenvalues",
            "2004.09280 (6.7)",
            "C",
            "N (log h + 1/2 log 2 pi) - 1/2 sum_> log lambda",
            decompose_with_units,
        ),
        lambda s, e: decompose_with_units(s, e).complexity,
    ),
    (
        _variable(
            "split_error",
            "A - C/beta - F, exact ones kept",
            "2004.09280 (6.4), corrected",
            "A - C/beta - F",
            "how far F = A - C/beta is from holding, n_one kept whole in A",
            decompose_with_units,
        ),
        _error_of(decompose_with_units),
    ),
    (
        _variable(
            "printed_thermodynamic_free_energy",
            "A as printed",
            "2004.09280 (6.8)",
            "A, printed",
            "(N_>/2 beta) log beta, N_> counting the exact ones",
            decompose,
        ),
        lambda s, e: decompose(s, e).thermodynamic_free_energy,
    ),
    (
        _variable(
            "printed_thermodynamic_entropy",
            "S_0 as printed",
            "2004.09280 (7.4)",
            "S_0, printed",
            "(N_>/2) (1 - log beta), N_> counting the exact ones",
            decompose,
        ),
        lambda s, e: decompose(s, e).thermodynamic_entropy,
    ),
    (
        _variable(
            "printed_split_error",
            "A - C/beta - F as printed",
            "2004.09280 (6.4)",
            "A - C/beta - F, printed",
            "the printed A less C/beta less F",
            decompose,
        ),
        _error_of(decompose),
    ),
    (
        _variable(
            "negative_laplacian",
            "-Laplacian F",
            "2004.09280 (9.1)",
            "-Laplacian F",
            "(beta/2) sum_i (c + beta lambda_i)^-2",
            negative_laplacian,
        ),
        negative_laplacian,
    ),
    (
        _variable(
            "unit_share",
            "share of -Laplacian F from exact ones",
            "2004.09280 (9.1)",
            "share of exact ones",
            "(beta/2) n_one (c + beta)^-2 / (-Laplacian F)",
            unit_share_of_laplacian,
        ),
        unit_share_of_laplacian,
    ),
    (
        _variable(
            "large_log_sum",
            "sum_> log(c + beta lambda)",
            "2004.09280 before (6.6)",
            "sum_>",
            "sum of log(c + beta lambda_i) over beta lambda_i > c",
            log_sums,
        ),
        lambda s, e: log_sums(s, e).large,
    ),
    (
        _variable(
            "large_log_sum_limit",
            "sum_> log(beta lambda)",
            "2004.09280 before (6.6)",
            "lim sum_>",
            "sum of log(beta lambda_i) over beta lambda_i > c",
            log_sums,
        ),
        lambda s, e: log_sums(s, e).large_limit,
    ),
    (
        _variable(
            "small_log_sum",
            "sum_< log(c + beta lambda)",
            "2004.09280 before (6.6)",
            "sum_<",
            "sum of log(c + beta lambda_i) over beta lambda_i <= c",
            log_sums,
        ),
        lambda s, e: log_sums(s, e).small,
    ),
    (
        _variable(
            "small_log_sum_limit",
            "sum_< log c + beta lambda/c",
            "2004.09280 before (6.6)",
            "lim sum_<",
            "sum of log c + beta lambda_i/c over beta lambda_i <= c",
            log_sums,
        ),
        lambda s, e: log_sums(s, e).small_limit,
    ),
    (
        _variable(
            "unit_log_sum",
            "what exact ones have of these sums",
            "2004.09280 before (6.6)",
            "sum_one",
            "n_one log(c + beta)",
            log_sums,
        ),
        lambda s, e: log_sums(s, e).units,
    ),
    (
        _variable(
            "entropy_remainder",
            "S - S_0 - C, exact ones kept",
            "2004.09280 (7.2), corrected",
            "S - S_0 - C",
            "S being beta^2 dF/dbeta",
            entropy_remainder,
        ),
        entropy_remainder,
    ),
    (
        _variable(
            "printed_entropy_remainder",
            "S - S_0 - C as printed",
            "2004.09280 (7.2)",
            "S - S_0 - C, printed",
            "the same with S_0 and C of the printed split",
            printed_entropy_remainder,
        ),
        printed_entropy_remainder,
    ),
    (
        _variable(
            "printed_entropy_from_loss",
            "S_0 in log U as printed",
            "2004.09280 (7.4)",
            "S_0(U)",
            "(N_>/2) log U + (N_>/2) (1 - log(N_>/2)), N_> counting the exact ones",
            printed_entropy_from_loss,
        ),
        printed_entropy_from_loss,
    ),
    (
        _variable(
            "large_truncation_error",
            "relative Frobenius error of G with large eigenvalues only",
            "2004.09280 (7.9)",
            "|G - G_>|/|G|",
            "error of G with its N_> largest eigenvalues, relative Frobenius norm",
            large_truncation_error,
        ),
        large_truncation_error,
    ),
    (
        _variable(
            "counted_laplacian",
            "-Laplacian F with N_< counted, exact ones kept",
            "2004.09280 (8.12), corrected",
            "-Laplacian F, counted",
            "(beta/2) (N_< c^-2 + n_one (c + beta)^-2)",
            counted_laplacian,
        ),
        counted_laplacian,
    ),
    (
        _variable(
            "printed_counted_laplacian",
            "(beta/2) N_< as printed",
            "2004.09280 (8.12)",
            "-Laplacian F, printed",
            "(beta/2) N_<, N_< counting the exact ones",
            printed_counted_laplacian,
        ),
        printed_counted_laplacian,
    ),
]
"""What is computed at every snapshot and temperature."""


BETA = _variable(
    "beta",
    "inverse temperature",
    "by the name of the temperature",
    "beta",
    "a given number, or from a gap by the extremum of -Laplacian F, or from U = N_>/2 beta",
    temperatures,
)

COLUMNS = {
    "beta": "beta",
    "free_energy": "F",
    "mean_loss": "U",
    "entropy": "S",
    "thermodynamic_entropy": "S_0",
    "large_complexity": "C",
    "large_eigenvalues": "N_>",
    "small_eigenvalues": "N_<",
    "split_error": "A-C/beta-F",
    "printed_split_error": "A-C/beta-F, printed",
    "negative_laplacian": "-Laplacian F",
    "unit_share": "-Laplacian F, share of exact ones",
}
"""Which functions are printed, and their headings; all are in analysis.h5."""


@dataclass(frozen=True)
class ThermodynamicStates(Section):
    """Beta and every function in `FUNCTIONS`, each (replica, snapshot, temperature)."""

    quantities = (BETA, *(variable for variable, _ in FUNCTIONS))

    settings: AnalysisSettings
    temperatures: Temperatures
    computed: Declared

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Compute the functions; there are none without a spectrum."""
        settings, temperatures = so_far.settings, so_far[Temperatures]
        computed: Declared = []
        if temperatures.betas:
            computed = states_of(so_far.record, temperatures.betas, settings)
        return cls(settings, temperatures, computed)

    @cached_property
    def by_name(self) -> Mapping[str, Shaped[np.ndarray, "replica snapshot temperature"]]:
        """The values by the name of the function."""
        return {variable.name: values for variable, values in self.computed}

    def at(self, name: str, temperature: str) -> Shaped[np.ndarray, "replica snapshot"]:
        """Return the function ``name`` at one temperature, (replica, snapshot)."""
        return self.by_name[name][..., self.temperatures.names.index(temperature)]

    def variables(self) -> Declared:
        """Return the functions, and their means over replicas."""
        return [*self.computed, *pooled(self.computed)]

    def document(self) -> dict[str, object]:
        """Return the functions by name."""
        return {"thermodynamics": described(self.computed)}

    def tables(self) -> list[TextTable]:
        """Return a table per temperature, a row per snapshot."""
        return [self._table(temperature) for temperature in self.temperatures.names]

    def _table(self, temperature: str) -> TextTable:
        names = [name for name in COLUMNS if name != "beta" or not is_fixed(temperature)]
        snapshots, settings = self.temperatures.snapshots, self.settings
        rows = []
        for at in printed_snapshots(snapshots):
            values = [
                mean_over_replicas(self.at(name, temperature)[:, at], support_of(name))
                for name in names
            ]
            if np.isfinite(values[0].value):
                rows.append([str(snapshots[at]), *map(with_interval, values)])
        return TextTable(
            ["epoch", *(COLUMNS[name] for name in names)],
            rows,
            f"thermodynamics at {temperature}, m={settings.mass:g}, {settings.window} window"
            + (", exponential factor kept" if settings.exponential_factor else ""),
            {COLUMNS[one.name]: one.legend for one in self.quantities if one.name in names},
        )


def states_of(
    record: RunRecord,
    betas: Mapping[str, Float[np.ndarray, "replica snapshot"]],
    settings: AnalysisSettings,
) -> Declared:
    """Return the `thermodynamic_states` of a run, N of each being that of its active neurons.

    Raises as that does, and as `spectrum_of`.

    ``record``: the run, as read back from its folder; ``betas``: by the name of their origin,
    (replica, snapshot) each; ``settings``: how the run is analysed.
    """
    states: dict[str, tuple[Variable, np.ndarray]] = {}
    spectrum = spectrum_of(record, settings)
    shape = (*spectrum.log_eigenvalues.shape[:2], len(betas))
    for cells, of_size, _ in active_spectra(record, spectrum):
        there = {name: beta[cells] for name, beta in betas.items()}
        for variable, values in thermodynamic_states(of_size, there, settings):
            _, whole = states.setdefault(variable.name, (variable, np.full(shape, np.nan)))
            whole[cells] = values
    return list(states.values())


def spectrum_of(record: RunRecord, settings: AnalysisSettings) -> Spectrum:
    """Return the recorded spectrum, (replica, snapshot, eigenvalue).

    Raises RunError if the run recorded none, or no mean state where the settings need it.

    ``record``: the run, as read back from its folder.
    """
    spectrum = Spectrum(record["log_eigenvalues"], record.unit_eigenvalues)
    if not settings.exponential_factor:
        return spectrum
    return spectrum._replace(
        mean_squares=record["mean_state_squares"], unit_mean_square=record["mean_state_rest"]
    )


def thermodynamic_states(
    spectrum: Spectrum, betas: Mapping[str, Float[np.ndarray, " ..."]], settings: AnalysisSettings
) -> Declared:
    """Return beta and every function in `FUNCTIONS`, each (replica, snapshot, temperature).

    ``betas``: by name, (replica, snapshot) or as the spectrum has it.  Raises ConfigError if a
    fixed one lies outside the domain; where an estimated one does, the values are missing.

    ``settings``: how the run is analysed.
    """
    window = WINDOWS[settings.window]
    for fixed in settings.betas:
        check_domain(spectrum, Ensemble(np.asarray(fixed), settings.mass, window))
    computed: list[tuple[Variable, list[np.ndarray]]] = [
        (BETA, []),
        *((variable, []) for variable, _ in FUNCTIONS),
    ]
    functions = [lambda s, e: e.beta, *(function for _, function in FUNCTIONS)]
    for beta in betas.values():
        ensemble = Ensemble(beta, settings.mass, window)
        defined = np.isfinite(beta) & in_domain(spectrum, ensemble)
        defined &= np.isfinite(spectrum.log_eigenvalues).all(axis=-1)
        for (_, values), function in zip(computed, functions, strict=True):
            with np.errstate(invalid="ignore", divide="ignore"):
                values.append(np.where(defined, function(spectrum, ensemble), np.nan))
    return [(variable, np.stack(values, axis=-1)) for variable, values in computed]
