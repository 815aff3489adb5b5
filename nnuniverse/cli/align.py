"""``nnu align``: whether the drift of learning lies along the gradient of the free energy."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    given,
    numbers,
    print_json,
    remark,
    run_folders,
    say,
)
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.text_table import TextTable

if TYPE_CHECKING:
    import numpy as np

    from nnuniverse.experiments.align import AlignedRun
    from nnuniverse.intervals import Estimate
    from nnuniverse.physics.mechanics.alignment.measured import Alignment
    from nnuniverse.physics.mechanics.alignment.over_seeds import SeedsVerdict


MEANING = (
    ": cosine of the mean step of learning and +grad F; at frozen f'; outside the ten stiffest "
    "directions of the loss; chance: one sd for a random direction; means over seeds, ± their 95 % "
    "interval"
)

SHOWN = 5e-4
"""Half of the last digit of a cosine: a narrower interval is left out."""


def align(
    runs: Runs,
    betas: Annotated[
        list[str] | None,
        typer.Option("--beta", metavar="B,...", help="Of the free energy.  [0.001,1,1000]"),
    ] = None,
    epochs: Annotated[
        list[str] | None,
        typer.Option(
            "--epoch", metavar="E,...", help="Snapshots.  [near 0, 1, 10, 100 ... and the last]"
        ),
    ] = None,
    replicas: Annotated[
        list[str] | None, typer.Option("--replica", metavar="R,...", help="Which.  [all]")
    ] = None,
    hessian: Annotated[
        bool, typer.Option("--hessian", help="Compare second derivatives too, of small nets.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell whether learning drifts along +grad F, 2008.01540 (4.2); into RUN/align.h5.

    Of runs that kept their weights at snapshots, else at the last epoch alone.  Runs that differ in
    seeds alone are judged together.  Exit codes: 0 done, whatever is found, 1 failed, 2 wrong
    usage.
    """
    folders = run_folders(runs)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.align import AlignSettings, align_run

    settings = AlignSettings(
        **given(
            betas=numbers("--beta", betas),
            epochs=_whole_numbers("--epoch", epochs),
            replicas=_whole_numbers("--replica", replicas),
        ),
        hessian=hessian,
    )
    aligned = [align_run(folder, settings, remark, _show_progress) for folder in folders]
    for run in aligned:
        _write(run)
    families = _families(aligned)
    if as_json:
        print_json([_document(family) for family in families])
    else:
        _print(families)


def _whole_numbers(option: str, given: list[str] | None) -> list[int] | None:
    """Return the whole numbers of an ``option``; raises ConfigError for others."""
    found = numbers(option, given)
    if found is None:
        return None
    if not all(math.isfinite(one) and one == int(one) and one >= 0 for one in found):
        text = ",".join(given or [])
        raise ConfigError(f"`{option}`", "be whole numbers", f"is {text!r}", f"{option} 0,1")
    return [int(one) for one in found]


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        say(f"net {done + 1} of {of}", err=True)


def _write(run: AlignedRun) -> None:
    """Store what was found; in a folder of somebody else's it is only printed."""
    try:
        run.write()
    except RunError as error:
        remark(f"not stored: {error}")


def _families(aligned: list[AlignedRun]) -> list[list[AlignedRun]]:
    """Return the runs that differ in seeds alone together, in the order of the first of each."""
    families: dict[str, list[AlignedRun]] = {}
    for run in aligned:
        families.setdefault(run.family, []).append(run)
    return list(families.values())


# --- tables ------------------------------------------------------------------------------------


def _print(families: list[list[AlignedRun]]) -> None:
    from nnuniverse.cli.display.tables import print_tables
    from nnuniverse.physics.mechanics.alignment.measured import OF_SECOND_DERIVATIVES

    tables = []
    for family in families:
        alignment = _together(family)
        title = f"{family[0].network}, {counted(len(alignment.seeds), 'seed')}"
        tables += [_drift_table(alignment, number, title) for number in range(len(alignment.betas))]
        tables.append(_controls_table(alignment, title))
        if OF_SECOND_DERIVATIVES[0].name in alignment:
            tables.append(_curvature_table(alignment, title))
    print_tables(tables)
    for reason in dict.fromkeys(
        judged.reason
        for family in families
        for row in _verdicts(_together(family))
        for judged in row
        if judged.reason
    ):
        say(f"undecided: {reason}")


def _together(family: list[AlignedRun]) -> Alignment:
    from nnuniverse.physics.mechanics.alignment.measured import of_all_seeds

    return of_all_seeds([run.alignment for run in family])


def _drift_table(alignment: Alignment, beta: int, title: str) -> TextTable:
    verdicts = _verdicts(alignment)
    rows = []
    for number, epoch in enumerate(alignment.epochs):
        judged = verdicts[number][beta]
        others = (
            _mean(alignment[name][:, number, beta])
            for name in ("alignment_frozen_slopes", "alignment_outside_stiffest")
        )
        rows.append(
            [
                str(epoch),
                _cosine(judged.cosine),
                *(f"{one:+.3f}" for one in others),
                f"{_mean(alignment['alignment_by_chance'][:, number, beta]):.3f}",
                f"{_mean(alignment['drift_gain'][:, number, beta]):+.1e}",
                f"{_mean(alignment['free_energy_slope'][:, number, beta]):.3g}",
                f"{_mean(alignment['steepness'][:, number]):.2f}",
                judged.lies,
            ]
        )
    return TextTable(
        ["epoch", "cosine", "frozen", "outside", "chance", "gain", "|F'|", "eta h", "drift"],
        rows,
        f"{title}, beta = {alignment.betas[beta]:g}{MEANING if beta == 0 else ''}",
    )


def _controls_table(alignment: Alignment, title: str) -> TextTable:
    names = ("boundary_cosine", "bulk_cosine", "decay_cosine", "sampled_cosine")
    rows = [
        [
            str(epoch),
            *(_cosine(_over_seeds(alignment[name][:, number])) for name in names),
            f"{_mean(alignment['loss_slope'][:, number]):.3g}",
        ]
        for number, epoch in enumerate(alignment.epochs)
    ]
    return TextTable(
        ["epoch", "boundary", "bulk", "decay", "batches", "|L'|"],
        rows,
        f"{title}: cosine of the mean step and minus the gradient of the boundary loss, that of "
        "the bulk loss, weight decay, and the mean of an epoch's mini-batch steps",
    )


def _curvature_table(alignment: Alignment, title: str) -> TextTable:
    import numpy as np

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
                *(f"{mean(f'curvature_alignment_{part}'):+.3f}" for part in cosines),
                *(f"{100.0 * mean(share):.0f} %" for share in shares),
                f"{mean('quadratic_form') / mean('free_energy_laplacian'):.2f}",
            ]
        )
    return TextTable(
        ["epoch", "beta", "cosine", "stiffest", "outside", "rotated", "F''<0", "outside", "form"],
        rows,
        f"{title}: cosine of -H and F'', the Hessians of the loss and of F; between the stiffest "
        "directions and outside them; after a random rotation; share of negative eigenvalues of "
        "F'' there; form: what (6.11) has for tr F'', over it",
    )


def _verdicts(alignment: Alignment) -> list[list[SeedsVerdict]]:
    from nnuniverse.physics.mechanics.alignment.over_seeds import judge_alignment

    return [
        [judge_alignment(alignment, epoch, beta) for beta in range(len(alignment.betas))]
        for epoch in range(len(alignment.epochs))
    ]


def _over_seeds(values: np.ndarray) -> Estimate:
    from nnuniverse.intervals import mean_over_replicas

    return mean_over_replicas(values)


def _mean(values: np.ndarray) -> float:
    return float(_over_seeds(values).value)


def _cosine(estimate: Estimate) -> str:
    """Return a mean cosine with half its interval, which is left out where there is none."""
    if not math.isfinite(estimate.value):
        return "-"
    half = float(estimate.high - estimate.value)
    shown = f"{estimate.value:+.3f}"
    return f"{shown} ± {half:.2g}" if half >= SHOWN else shown


# --- JSON --------------------------------------------------------------------------------------


def _document(family: list[AlignedRun]) -> dict[str, object]:
    alignment = _together(family)
    return {
        "runs": [str(run.folder) for run in family],
        "network": family[0].network,
        "seeds": alignment.seeds.tolist(),
        "epochs": alignment.epochs.tolist(),
        "betas": alignment.betas.tolist(),
        "edge_of_stability": _listed(alignment.edge),
        "values": {name: _listed(values.tolist()) for name, values in alignment.values.items()},
        "verdicts": [
            [
                {
                    **{end: _listed(float(v)) for end, v in judged.cosine._asdict().items()},
                    "drift": judged.lies,
                    "reason": judged.reason,
                }
                for judged in row
            ]
            for row in _verdicts(alignment)
        ],
    }


def _listed(value: object) -> object:
    """Return ``value`` with null for what is not finite."""
    if isinstance(value, list):
        return [_listed(one) for one in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None
