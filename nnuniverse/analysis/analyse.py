"""A run's analysis, section by section.

A new result is a new section: a file that holds it, and its name in `SECTIONS`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nnuniverse.analysis.checks import SelfChecks
from nnuniverse.analysis.clamped_loss import ClampedLoss
from nnuniverse.analysis.first_law import FirstLaw
from nnuniverse.analysis.gap_verdicts import GapVerdicts
from nnuniverse.analysis.laws import Laws
from nnuniverse.analysis.loss_changes import LossChanges
from nnuniverse.analysis.loss_curves import LossCurves
from nnuniverse.analysis.phases import Phases
from nnuniverse.analysis.ratios import LossRatios
from nnuniverse.analysis.section import Analysis, Section
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.temperatures import Temperatures
from nnuniverse.analysis.truncation import Truncation
from nnuniverse.runs.ensemble_runs import require_trained
from nnuniverse.runs.record import RunRecord, read_run

SECTIONS: tuple[type[Section], ...] = (
    SelfChecks,
    Temperatures,
    ThermodynamicStates,
    GapVerdicts,
    Laws,
    FirstLaw,
    LossRatios,
    ClampedLoss,
    Truncation,
    Phases,
    LossCurves,
    LossChanges,
)
"""In the order in which they are found, stored, written and printed."""

QUANTITIES = {variable.name: variable for section in SECTIONS for variable in section.quantities}
"""Every quantity that an analysis may store, by name; its means over replicas are not named."""


def analyse(
    run: str | Path | RunRecord,
    settings: AnalysisSettings | None = None,
    sections: Sequence[type[Section]] = SECTIONS,
) -> Analysis:
    """Analyse a run folder, or what was read from one; nothing is written.

    ``sections``: what to find, in that order; of those that need others, these come before.
    Raises ConfigError if it is not a run folder, or an ensemble, or the settings leave the domain
    of the formulas, RunError if it cannot be read or lacks what the settings need.
    """
    record = run if isinstance(run, RunRecord) else read_run(run)
    require_trained(record)
    analysis = Analysis(record, settings or AnalysisSettings())
    for section in sections:
        analysis = replace(analysis, sections=(*analysis.sections, section.find(analysis)))
    return analysis
