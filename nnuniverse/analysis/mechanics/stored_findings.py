"""From what was found of an ensemble to the variables of ``mechanics.h5``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from nnuniverse.analysis.mechanics import mechanics_quantities as declared
from nnuniverse.analysis.mechanics.mechanics_file import MechanicsContent
from nnuniverse.analysis.section import text_axis
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics import recorded
from nnuniverse.physics.mechanics.findings import Findings
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model
from nnuniverse.variables import Axis, Variable

Stored = list[tuple[Variable, np.ndarray]]

Name = TypeVar("Name", bound=str)

NOTHING = Estimate(*[np.asarray(np.nan)] * 3)


def content_of(findings: Findings, attributes: Mapping[str, object]) -> MechanicsContent:
    """Return the file of what was found; ``attributes``: of the run and of how it was found."""
    judgements = findings.judgements
    models = _union(judgement.held_out for judgement in judgements)
    axes = [*_axes(findings), *_axes_of_verdicts(findings, models)]
    variables = [
        (recorded.RECORD_STEP, findings.ensemble.record_step),
        *_moments(findings),
        *_motion(findings),
        *_production(findings),
        *_verdicts(judgements, models),
        *_fits(findings, models),
    ]
    return MechanicsContent(tuple(axes), tuple(variables), attributes)


def _axes(findings: Findings) -> list[Axis]:
    ensemble = findings.ensemble
    windows = [f"{first}-{last}" for first, last in findings.transitions.windows.tolist()]
    return [
        text_axis("coordinate", "what the ensemble is seen through", ensemble.labels),
        text_axis("coordinate_2", "another coordinate", ensemble.labels),
        Axis("record", "number of the record", np.arange(len(ensemble.record_step))),
        text_axis("statistic", "value and ends of its interval", ["value", "low", "high"]),
        text_axis("window", "steps over which the variance is followed", windows),
    ]


def _axes_of_verdicts(findings: Findings, models: Sequence[Model]) -> list[Axis]:
    judgements = findings.judgements
    kinds = _union(judgement.ratios for judgement in judgements)
    most = max((len(held) for j in judgements for held in j.held_out.values()), default=0)
    names = _union(fit for judgement in judgements for fit in judgement.parameters.values())
    return [
        text_axis("model", "equation for p(t, q)", models),
        text_axis("diffusion_of", "what the diffusion of the ratio is taken from", kinds),
        text_axis("parameter", "of a model", names),
        Axis("held_out", "replica of the half that was not fitted to", np.arange(most)),
        Axis("time", "steps at which the curves are drawn", findings.curves.steps),
    ]


def _moments(findings: Findings) -> Stored:
    moments = findings.moments
    return [
        (declared.MEAN, _stacked(_by_coordinate(moments.mean))),
        (declared.VARIANCE, _stacked(_by_coordinate(moments.variance))),
        (declared.KURTOSIS, _stacked(_by_coordinate(moments.excess_kurtosis))),
    ]


def _motion(findings: Findings) -> Stored:
    """Return what the steps tell, beside what linear theory predicts where it holds."""
    motion, theory = findings.transitions, findings.ensemble.theory
    measured = [
        (declared.RATE, _stacked(motion.rate)),
        (declared.DIFFUSION, _stacked(motion.diffusion)),
        (declared.EXPONENT, _stacked(_by_coordinate(motion.exponent))),
    ]
    if theory is None:
        return measured
    return [
        *measured,
        (recorded.PREDICTED_RATE, theory.rate),
        (recorded.PREDICTED_DIFFUSION, theory.diffusion),
        (recorded.PREDICTED_VARIANCE, theory.variance),
    ]


def _production(findings: Findings) -> Stored:
    entropy = findings.entropy
    return [
        (declared.ENTROPY, _stacked(entropy.entropy)),
        (declared.ENTROPY_FISHER, _stacked(entropy.fisher)),
        (declared.ENTROPY_LEARNING, _stacked(entropy.learning)),
        (declared.ENTROPY_TOTAL, _stacked(entropy.total)),
        (declared.ENTROPY_DIRECT, _stacked(entropy.direct)),
    ]


def _verdicts(judgements: Sequence[Judgement], models: Sequence[Model]) -> Stored:
    kinds = _union(judgement.ratios for judgement in judgements)
    ratios = [[j.ratios.get(kind, NOTHING) for j in judgements] for kind in kinds]
    diffusions = [[j.diffusions.get(kind, NOTHING) for j in judgements] for kind in kinds]
    verdicts: Stored = [
        (declared.LOG_LIKELIHOOD, _held_out(judgements, models)),
        (declared.WINNER, _text([j.winner for j in judgements])),
        (declared.REASON, _text([j.reason for j in judgements])),
        (declared.MARGIN, np.array([j.margin for j in judgements])),
        (declared.MARGIN_ERROR, np.array([j.margin_error for j in judgements])),
        (declared.SIGNED, _numbers([j.signed for j in judgements])),
    ]
    if kinds:
        verdicts += [
            (declared.RATIO, _numbers(ratios)),
            (declared.RATIO_DIFFUSION, _numbers(diffusions)),
        ]
    return verdicts


def _held_out(judgements: Sequence[Judgement], models: Sequence[Model]) -> np.ndarray:
    """Return the log-likelihoods, (model, coordinate, held_out), NaN where there is none."""
    most = max((len(held) for j in judgements for held in j.held_out.values()), default=0)
    found = np.full((len(models), len(judgements), most), np.nan)
    for number, judgement in enumerate(judgements):
        for model, held in judgement.held_out.items():
            found[models.index(model), number, : len(held)] = held
    return found


def _fits(findings: Findings, models: Sequence[Model]) -> Stored:
    """Return the parameters of the models and the curves that they make."""
    judgements, curves = findings.judgements, findings.curves
    names = _union(fit for judgement in judgements for fit in judgement.parameters.values())
    fitted = np.full((len(models), len(judgements), len(names)), np.nan)
    for number, judgement in enumerate(judgements):
        for model, parameters in judgement.parameters.items():
            for name, value in parameters.items():
                fitted[models.index(model), number, names.index(name)] = value
    none = np.full((len(judgements), len(curves.steps)), np.nan)
    return [
        (declared.PARAMETER, fitted),
        (declared.FITTED_MEAN, np.array([curves.mean.get(model, none) for model in models])),
        (declared.FITTED_VARIANCE, np.array([curves.variance.get(m, none) for m in models])),
    ]


def _by_coordinate(estimate: Estimate) -> Estimate:
    """Return an estimate over (..., coordinate) with the coordinates first."""
    return Estimate(*(np.moveaxis(part, -1, 0) for part in estimate))


def _stacked(estimate: Estimate) -> np.ndarray:
    """Return an estimate with its value and the ends of its interval along a last axis."""
    return np.stack(estimate, axis=-1)


def _numbers(estimates: object) -> np.ndarray:
    """Return estimates of single numbers, nested in lists, as (..., statistic)."""
    return np.array(estimates, float)


def _text(words: Sequence[str]) -> np.ndarray:
    return np.array(list(words), object)


def _union(groups: Iterable[Iterable[Name]]) -> list[Name]:
    """Return every name that is in one of the groups, in the order of their first appearance."""
    return list(dict.fromkeys(name for group in groups for name in group))
