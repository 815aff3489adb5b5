"""The mechanics of a run as plain lists and dictionaries, for JSON; null where missing."""

from __future__ import annotations

import numpy as np

from nnuniverse.analysis.document import plain, plain_mapping
from nnuniverse.analysis.mechanics.mechanics_file import MechanicsRecord
from nnuniverse.analysis.mechanics.verdict_sentences import (
    ASSUMED,
    verdict_sentences,
)
from nnuniverse.intervals import Estimate


def mechanics_document(record: MechanicsRecord, name: str) -> dict[str, object]:
    """Return the verdict on the run called ``name``, and what it rests on.

    ``record``: what `nnu mechanics` found, as read back.
    """
    return {
        "run": name,
        **plain_mapping(dict(record.attributes)),
        "record_step": plain(record["record_step"]),
        "verdict": verdict_sentences(record),
        "assumed": list(ASSUMED),
        "pooled": _pooled(record),
        "coordinates": [_coordinate(record, k) for k in range(len(record["winner"]))],
        "entropy": _entropy(record),
    }


def _pooled(record: MechanicsRecord) -> dict[str, object]:
    """Return a over coordinates, by the D that it is taken with."""
    kinds = record.words("pooled_with") if "pooled_ratio" in record else []
    return {
        kind: plain(
            {
                "ratio": record.estimate("pooled_ratio", number),
                "coordinates": record["pooled_coordinates"][number],
                "chi2": dict(
                    zip(record.words("about"), record["pooled_chi2"][number], strict=True)
                ),
            }
        )
        for number, kind in enumerate(kinds)
    }


def _coordinate(record: MechanicsRecord, k: int) -> dict[str, object]:
    """Return what was found of the coordinate of number ``k``."""
    kinds = record.words("diffusion_of") if "signed_hbar2_ratio" in record else []
    found: dict[str, object] = {
        "coordinate": record.words("coordinate")[k],
        "winner": record.words("winner")[k],
        "reason": record.words("reason")[k],
        "margin": record["margin"][k],
        "margin_error": record["margin_error"][k],
        "signed_hbar2": record.estimate("signed_hbar2", k),
        "signed_hbar2_ratio": {
            kind: record.estimate("signed_hbar2_ratio", number, k)
            for number, kind in enumerate(kinds)
        },
        "ratio_diffusion": {
            kind: record.estimate("ratio_diffusion", number, k) for number, kind in enumerate(kinds)
        },
        "rate": record.estimate("rate", k),
        "diffusion": record.estimate("diffusion", k, k),
        **{
            name: record[name][k]
            for name in ("predicted_rate", "predicted_diffusion", "predicted_variance")
            if name in record
        },
        "lagged_diffusion": record.estimate("lagged_diffusion", k),
        "stationary_variance": record.estimate("stationary_variance", k),
        "excess_kurtosis": record.estimate("excess_kurtosis", k),
        **{
            name: _by_name(record, "window", record.estimate(name, k))
            for name in ("growth_exponent", "expected_growth_exponent", "anomalous_exponent")
        },
        "log_likelihood": _likelihoods(record, k),
        "parameters": _parameters(record, k),
    }
    return plain_mapping(found)


def _likelihoods(record: MechanicsRecord, k: int) -> dict[str, object]:
    """Return the mean log-likelihood of the replicas held out, by model."""
    held_out = record["log_likelihood"][:, k]
    return {
        model: held_out[number].mean() if held_out[number].size else None
        for number, model in enumerate(record.words("model"))
        if np.isfinite(held_out[number]).any()
    }


def _parameters(record: MechanicsRecord, k: int) -> dict[str, dict[str, float]]:
    """Return what was fitted, by model and name."""
    fitted, names = record["fitted_parameter"][:, k], record.words("parameter")
    return {
        model: {
            name: float(value)
            for name, value in zip(names, fitted[number], strict=True)
            if np.isfinite(value)
        }
        for number, model in enumerate(record.words("model"))
        if np.isfinite(fitted[number]).any()
    }


def _entropy(record: MechanicsRecord) -> dict[str, object]:
    names = (
        "ensemble_entropy",
        "entropy_rate_fisher",
        "entropy_rate_learning",
        "entropy_rate_finite_step",
        "entropy_rate",
        "entropy_rate_direct",
    )
    return plain_mapping({name: record.estimate(name) for name in names})


def _by_name(record: MechanicsRecord, dim: str, estimate: Estimate) -> dict[str, object]:
    """Return an estimate over one dimension of words, by word."""
    return {
        word: Estimate(*(part[number] for part in estimate))
        for number, word in enumerate(record.words(dim))
    }
