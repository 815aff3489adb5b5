"""What is told of the drift of learning, as tables for a terminal or a page."""

from __future__ import annotations

import math

import numpy as np

from nnuniverse.counted import counted
from nnuniverse.intervals import Estimate, mean_over_replicas
from nnuniverse.physics.mechanics.alignment.measured import OF_SECOND_DERIVATIVES, Alignment
from nnuniverse.physics.mechanics.alignment.over_seeds import judge_alignment
from nnuniverse.text_table import TextTable

MEANING = (
    ": cosine of the mean step of learning and +grad F; at frozen f'; outside the ten stiffest "
    "directions of the loss; chance: one sd for a random direction; means over seeds, ± their 95 % "
    "interval"
)

SHOWN = 5e-4
"""Half of the last digit of a cosine: a narrower interval is left out."""


def alignment_tables(alignment: Alignment, network: str) -> list[TextTable]:
    """Return a table of the drift per beta, that of the controls, and of second derivatives.

    ``alignment``: what `nnu align` measured; ``network``: words that say which net it is.
    """
    title = f"{network}, {counted(len(alignment.seeds), 'seed')}"
    tables = [_drift_table(alignment, beta, title) for beta in range(len(alignment.betas))]
    tables.append(_controls_table(alignment, title))
    if OF_SECOND_DERIVATIVES[0].name in alignment:
        tables.append(_curvature_table(alignment, title))
    return tables


def objections(alignment: Alignment) -> list[str]:
    """Return why some of it is undecided, each reason once.

    ``alignment``: what `nnu align` measured.
    """
    judged = [
        judge_alignment(alignment, epoch, beta)
        for epoch, beta in np.ndindex(len(alignment.epochs), len(alignment.betas))
    ]
    return list(dict.fromkeys(one.reason for one in judged if one.reason))


def _drift_table(alignment: Alignment, beta: int, title: str) -> TextTable:
    rows = []
    for number, epoch in enumerate(alignment.epochs):
        judged = judge_alignment(alignment, number, beta)
        others = (
            _mean(alignment[name][:, number, beta])
            for name in ("alignment_frozen_slopes", "alignment_outside_stiffest")
        )
        rows.append(
            [
                str(epoch),
                _cosine(judged.cosine),
                *(_number(one, "+.3f") for one in others),
                _number(_mean(alignment["alignment_by_chance"][:, number, beta]), ".3f"),
                _number(_mean(alignment["drift_gain"][:, number, beta]), "+.1e"),
                _number(_mean(alignment["free_energy_slope"][:, number, beta]), ".2g"),
                judged.lies,
            ]
        )
    return TextTable(
        ["epoch", "cosine", "frozen", "outside", "chance", "gain", "|F'|", "drift"],
        rows,
        f"{title}, beta = {alignment.betas[beta]:g}{MEANING if beta == 0 else ''}",
    )


def _controls_table(alignment: Alignment, title: str) -> TextTable:
    names = ("boundary_cosine", "bulk_cosine", "decay_cosine", "sampled_cosine")
    rows = [
        [
            str(epoch),
            *(_cosine(_over_seeds(alignment[name][:, number])) for name in names),
            _number(_mean(alignment["loss_slope"][:, number]), ".3g"),
            _number(_mean(alignment["steepness"][:, number]), ".2f"),
        ]
        for number, epoch in enumerate(alignment.epochs)
    ]
    return TextTable(
        ["epoch", "boundary", "bulk", "decay", "batches", "|L'|", "eta h"],
        rows,
        f"{title}: cosine of the mean step and minus the gradient of the boundary loss, that of "
        "the bulk loss, weight decay, and the mean of an epoch's mini-batch steps; eta h: at the "
        "stiffest direction",
    )


def _curvature_table(alignment: Alignment, title: str) -> TextTable:
    shares = ("negative_curvatures_stiffest", "negative_curvatures_outside")
    cosines = ("stiffest", "outside", "rotated")
    rows = []
    for epoch, beta in np.ndindex(len(alignment.epochs), len(alignment.betas)):

        def mean(name: str, epoch: int = epoch, beta: int = beta) -> float:
            return _mean(alignment[name][:, epoch, beta])

        whole = _over_seeds(alignment["curvature_alignment"][:, epoch, beta])
        rows.append(
            [
                str(alignment.epochs[epoch]),
                f"{alignment.betas[beta]:g}",
                _cosine(whole),
                *(_number(mean(f"curvature_alignment_{part}"), "+.3f") for part in cosines),
                *(_number(mean(share), ".0%") for share in shares),
                _number(mean("quadratic_form") / mean("free_energy_laplacian"), ".2f"),
            ]
        )
    return TextTable(
        ["epoch", "beta", "cosine", "inside", "outside", "rotated", "F''<0", "outside", "form"],
        rows,
        f"{title}: cosine of -H and F'', the Hessians of the loss and of F; inside and outside of "
        "the stiffest directions; after a random rotation; share of negative eigenvalues of F'' "
        "inside and outside; form: what (6.11) has for tr F'', over it",
    )


def _over_seeds(values: np.ndarray) -> Estimate:
    return mean_over_replicas(values)


def _mean(values: np.ndarray) -> float:
    return float(_over_seeds(values).value)


def _number(value: float, form: str) -> str:
    """Return a number as ``form`` has it, a dash for a missing one."""
    return format(value, form) if math.isfinite(value) else "-"


def _cosine(estimate: Estimate) -> str:
    """Return a mean cosine with half its interval, which is left out where there is none."""
    if not math.isfinite(estimate.value):
        return "-"
    half = float(estimate.high - estimate.value)
    shown = f"{estimate.value:+.3f}"
    return f"{shown} ± {half:.2g}" if half >= SHOWN else shown
