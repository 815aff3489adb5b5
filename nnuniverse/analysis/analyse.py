"""A run's analysis: everything at once, as tables, as JSON and as ``analysis.h5``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from nnuniverse.analysis.checks import Check, check_run, is_corrupt
from nnuniverse.analysis.gaps import Gaps, gaps_of
from nnuniverse.analysis.jumps import Jumps, search_jumps
from nnuniverse.analysis.laws import Balance, Law, balance_first_law, fit_laws
from nnuniverse.analysis.plateaus import Plateaus, search_plateaus
from nnuniverse.analysis.scans import Sensitivity
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import spectrum_of, thermodynamic_states
from nnuniverse.analysis.temperatures import temperatures
from nnuniverse.runs.record import RunRecord, read_run
from nnuniverse.variables import Variable


@dataclass(frozen=True)
class Curve:
    """A loss curve of a run: its jumps and plateaus, and what it would show, one per replica."""

    variable: str
    jumps: list[Jumps]
    plateaus: list[Plateaus]
    jumps_seen: list[Sensitivity]
    plateaus_seen: list[Sensitivity]


@dataclass(frozen=True)
class Analysis:
    """What an analysis found.

    ``checks``: the self-checks, with `corrupt` their verdict.  The rest is None or empty if the
    run recorded no spectrum: ``temperatures``, the names of the betas; ``variables``, declared
    arrays over replica, snapshot and temperature; ``gaps``; ``laws``; ``balances``.
    """

    record: RunRecord
    settings: AnalysisSettings
    checks: list[Check]
    curves: list[Curve]
    temperatures: list[str]
    variables: list[tuple[Variable, np.ndarray]]
    gaps: Gaps | None
    laws: list[Law]
    balances: list[Balance]

    @property
    def corrupt(self) -> bool:
        """Whether a self-check fails: then no number of the run is to be trusted."""
        return is_corrupt(self.checks)

    @cached_property
    def states(self) -> Mapping[str, np.ndarray]:
        """The values of ``variables`` by name."""
        return {variable.name: values for variable, values in self.variables}

    @property
    def settings_used(self) -> dict[str, Any]:
        """The settings by name."""
        return asdict(self.settings)


def analyse(run: str | Path | RunRecord, settings: AnalysisSettings | None = None) -> Analysis:
    """Analyse a run folder, or what was read from one; nothing is written.

    Raises ConfigError if it is not a run folder or the settings leave the domain of the formulas,
    RunError if it cannot be read or lacks what the settings need.
    """
    record = run if isinstance(run, RunRecord) else read_run(run)
    settings = settings or AnalysisSettings()
    checks = check_run(record)
    curves = _curves(record)
    if "log_eigenvalues" not in record:
        return Analysis(record, settings, checks, curves, [], [], None, [], [])
    spectrum = spectrum_of(record, settings)
    gaps = gaps_of(record, settings)
    betas = temperatures(record, gaps, settings)
    variables = thermodynamic_states(spectrum, betas, settings)
    states = {variable.name: values for variable, values in variables}
    names = list(betas)
    return Analysis(
        record,
        settings,
        checks,
        curves,
        names,
        variables,
        gaps,
        fit_laws(record, states, names, settings),
        balance_first_law(record, states, names, settings),
    )


def _curves(record: RunRecord) -> list[Curve]:
    """Search every loss that was recorded, by epoch or by snapshot."""
    return [
        _curve(name, record[axis], record[name])
        for axis in ("epoch", "snapshot")
        for name in record.over("replica", axis)
        if name.endswith("_loss") and record.variable(name).dims == ("replica", axis)
    ]


def _curve(name: str, epochs: np.ndarray, losses: np.ndarray) -> Curve:
    curve = Curve(name, [], [], [], [])
    for one in losses:
        jumps, jumps_seen = search_jumps(epochs, one)
        plateaus, plateaus_seen = search_plateaus(epochs, one, jumps)
        curve.jumps.append(jumps)
        curve.plateaus.append(plateaus)
        curve.jumps_seen.append(jumps_seen)
        curve.plateaus_seen.append(plateaus_seen)
    return curve
