"""From what was found of an ensemble to the variables of ``mechanics.h5``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Shaped

from nnuniverse.analysis.mechanics import mechanics_quantities as declared
from nnuniverse.analysis.mechanics.mechanics_file import MechanicsContent
from nnuniverse.analysis.section import text_axis
from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics import recorded
from nnuniverse.physics.mechanics.ensemble import LinearTheory
from nnuniverse.physics.mechanics.findings import EntropyChange, Findings, Motion
from nnuniverse.physics.mechanics.verdict.judgement import Judgement, Model
from nnuniverse.physics.mechanics.verdict.pooled import VALUES, PooledRatio
from nnuniverse.runs.record import RunRecord
from nnuniverse.variables import Axis, Variable

Stored = list[tuple[Variable, Shaped[np.ndarray, " ..."]]]

Name = TypeVar("Name", bound=str)

NOTHING = Estimate(*[np.asarray(np.nan)] * 3)


def content_of(
    findings: Findings, run: RunRecord, settings: Mapping[str, object]
) -> MechanicsContent:
    """Return the file of what was found of ``run``; ``settings``: how it was found, by name.

    ``findings``: what was found.
    """
    judgements, isotropy = findings.judgements, findings.motion.isotropy
    models = _union(judgement.held_out for judgement in judgements)
    variables = [
        (recorded.RECORD_STEP, findings.ensemble.record_step),
        *_motion(findings.motion),
        *_predictions(findings.ensemble.theory),
        *_entropy(findings.entropy),
        *_verdicts(judgements, models),
        *_pooled(findings.pooled),
        *_fits(judgements, models, len(findings.curve_steps)),
    ]
    attributes: dict[str, object] = {
        "title": f"nnuniverse mechanics of {run.name}",
        "run": run.name,
        "commit": run.commit,
        "config_hash": run.config.hash(),
        "replicas": run.replicas,
        "diverged": max(judgement.diverged for judgement in judgements),
        **settings,
    }
    if isotropy is not None:
        variables.append((declared.ANISOTROPY, _stacked(isotropy.ratio)))
        attributes["anisotropy_by_chance"] = isotropy.by_chance
        attributes["anisotropy_p_value"] = isotropy.p_value
    axes = [*_axes(findings), *_axes_of_verdicts(judgements, models)]
    return MechanicsContent(tuple(axes), tuple(variables), attributes)


def _axes(findings: Findings) -> list[Axis]:
    ensemble = findings.ensemble
    windows = [f"{first:g}-{last:g}" for first, last in findings.motion.windows]
    return [
        text_axis("coordinate", "what the ensemble is seen through", ensemble.labels),
        text_axis("coordinate_2", "another coordinate", ensemble.labels),
        Axis("record", "number of the record", np.arange(len(ensemble.record_step))),
        text_axis("statistic", "value and ends of its interval", ["value", "low", "high"]),
        text_axis("window", "steps over which the variance is followed", windows),
        Axis("time", "steps at which fitted curves are kept", findings.curve_steps),
        text_axis("pooled_with", "what the diffusion of a is taken from", list(findings.pooled)),
        text_axis("about", "whose a the distances are from: -1, 0, +1", list(VALUES)),
    ]


def _axes_of_verdicts(judgements: Sequence[Judgement], models: Sequence[Model]) -> list[Axis]:
    kinds = _union(judgement.ratios for judgement in judgements)
    names = _union(fit for judgement in judgements for fit in judgement.parameters.values())
    return [
        text_axis("model", "equation for p(t, q)", models),
        text_axis("diffusion_of", "what the diffusion of the ratio is taken from", kinds),
        text_axis("parameter", "of a model", names),
        Axis("held_out", "replica that was not fitted to", np.arange(_most_held_out(judgements))),
    ]


def _motion(motion: Motion) -> Stored:
    drift, exponents = motion.transition, motion.exponents
    return [
        (declared.MEAN, _by_coordinate(motion.mean)),
        (declared.VARIANCE, _by_coordinate(motion.variance)),
        (declared.SKEWNESS, _stacked(motion.shape.skewness)),
        (declared.KURTOSIS, _stacked(motion.shape.excess_kurtosis)),
        (declared.RATE, _stacked(drift.rate)),
        (declared.CENTRE, _stacked(drift.centre)),
        (declared.LAGGED_DIFFUSION, _stacked(drift.diffusion)),
        (declared.STATIONARY_VARIANCE, _stacked(drift.variance)),
        (declared.DIFFUSION, _stacked(motion.diffusion)),
        (declared.EXPONENT, _by_coordinate(exponents.measured)),
        (declared.EXPECTED_EXPONENT, _by_coordinate(exponents.expected)),
        (declared.ANOMALOUS_EXPONENT, _by_coordinate(exponents.anomaly)),
    ]


def _predictions(theory: LinearTheory | None) -> Stored:
    """Return what linear theory predicts, as recorded; nothing of data that are no nets'."""
    if theory is None:
        return []
    return [
        (recorded.PREDICTED_RATE, theory.rate),
        (recorded.PREDICTED_DIFFUSION, theory.diffusion),
        (recorded.PREDICTED_VARIANCE, theory.variance),
    ]


def _entropy(change: EntropyChange) -> Stored:
    production = change.production
    last = Estimate(*(np.append(part, np.nan) for part in change.rate))
    return [
        (declared.ENTROPY, _stacked(change.entropy)),
        (declared.ENTROPY_FISHER, _stacked(production.fisher)),
        (declared.ENTROPY_LEARNING, _stacked(production.learning)),
        (declared.ENTROPY_FINITE_STEP, _stacked(production.finite_step)),
        (declared.ENTROPY_TOTAL, _stacked(production.total)),
        (declared.ENTROPY_DIRECT, _stacked(last)),
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
    found = np.full((len(models), len(judgements), _most_held_out(judgements)), np.nan)
    for number, judgement in enumerate(judgements):
        for model, held in judgement.held_out.items():
            found[models.index(model), number, : len(held)] = held
    return found


def _most_held_out(judgements: Sequence[Judgement]) -> int:
    return max((len(held) for j in judgements for held in j.held_out.values()), default=0)


def _pooled(pooled: Mapping[str, PooledRatio]) -> Stored:
    """Return a over coordinates, by the D that it is taken with; nothing without any."""
    if not pooled:
        return []
    return [
        (declared.POOLED_RATIO, _numbers([one.mean for one in pooled.values()])),
        (
            declared.POOLED_CHI2,
            np.array([list(one.chi_squared.values()) for one in pooled.values()]),
        ),
        (declared.POOLED_COORDINATES, np.array([one.freedom for one in pooled.values()])),
    ]


def _fits(judgements: Sequence[Judgement], models: Sequence[Model], points: int) -> Stored:
    """Return the parameters of the models, and the mean and variance that they make."""
    names = _union(fit for judgement in judgements for fit in judgement.parameters.values())
    fitted = np.full((len(models), len(judgements), len(names)), np.nan)
    curves = np.full((2, len(models), len(judgements), points), np.nan)
    for number, judgement in enumerate(judgements):
        for model, parameters in judgement.parameters.items():
            for name, value in parameters.items():
                fitted[models.index(model), number, names.index(name)] = value
        for model, curve in judgement.curves.items():
            curves[:, models.index(model), number] = curve
    return [
        (declared.PARAMETER, fitted),
        (declared.FITTED_MEAN, curves[0]),
        (declared.FITTED_VARIANCE, curves[1]),
    ]


def _by_coordinate(estimate: Estimate) -> np.ndarray:
    """Return an estimate over (..., coordinate) as (coordinate, ..., statistic)."""
    return _stacked(Estimate(*(np.moveaxis(part, -1, 0) for part in estimate)))


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
