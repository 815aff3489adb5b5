"""Numbers per replica that the analysis of a run finds, and no expression reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnuniverse.analysis import Analysis, AnalysisSettings, analyse
from nnuniverse.analysis.analyse import SECTIONS
from nnuniverse.analysis.gaps import VERDICTS, gaps_of
from nnuniverse.analysis.gradient_tails import gradient_power_laws, gradient_tail_exponents
from nnuniverse.analysis.jumps import find_jumps
from nnuniverse.analysis.laws import Law, Laws
from nnuniverse.analysis.plateaus import find_plateaus
from nnuniverse.claims.reproduction.alignment_scalars import concave_share, drift_cosine
from nnuniverse.claims.reproduction.ensemble_scalars import (
    anisotropy,
    learning_share,
    named_share,
    pooled_ratio,
)
from nnuniverse.claims.reproduction.hidden_scalars import null_correlation, permutation_share
from nnuniverse.claims.reproduction.jump_scalars import change_at_moves, change_in_epochs
from nnuniverse.claims.reproduction.printed_numbers import AnalysedScalar
from nnuniverse.claims.reproduction.recorded_series import require_series
from nnuniverse.claims.reproduction.survival_scalars import has_retrained, retrain, survival_excess
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.runs import RunRecord

Found = Callable[[RunRecord, AnalysedScalar], np.ndarray]


class TrainedAgain(NamedTuple):
    """What a scalar needs of a run besides its nets: these, perturbed and trained again.

    ``done``: whether they were; ``train``: does it, asks whether to stop.
    """

    done: Callable[[RunRecord, AnalysedScalar], bool]
    train: Callable[[RunRecord, AnalysedScalar, Callable[[], bool]], None]


@dataclass(frozen=True)
class ScalarKind:
    """A scalar of the analysis: what it is, which keys it needs, and what finds it.

    ``find``: from a run and the scalar asked for to its values, (replica,), NaN where a replica
    has none; ``of_ensembles``: whether the run is an ensemble, which has one value;
    ``retraining``: what trains the nets of a run again for it, None if nothing has to;
    ``of_series``: whether `variable` is what runs record at snapshots.
    """

    meaning: str
    needs: tuple[str, ...]
    find: Found
    of_ensembles: bool = False
    retraining: TrainedAgain | None = None
    of_series: bool = False


def analysed(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return a scalar of the analysis of a run, (replica,).

    Raises RunError if the run did not record what it needs.
    """
    kind = known_scalar(scalar.analysis)
    if kind is None:  # its package has gone since the file was read
        raise RunError(scalar.analysis, "be a scalar of the analysis", "is not", "its package")
    return kind.find(record, scalar)


def known_scalar(name: str) -> ScalarKind | None:
    """Return a scalar of ours, or of an installed package, by its name; None if there is none."""
    from nnuniverse.claims.reproduction.installed_scalars import installed_scalar

    return ANALYSED.get(name) or installed_scalar(name)


def require_scalar(key: str, scalar: AnalysedScalar, of_ensembles: bool = False) -> None:
    """Raise ConfigError, which names ``key``, for a scalar that there is not, or lacks a key.

    ``of_ensembles``: whether it is to be one of ensembles.
    """
    kind = known_scalar(scalar.analysis)
    if kind is None or kind.of_ensembles != of_ensembles:
        known = ", ".join(name for name, of in ANALYSED.items() if of.of_ensembles == of_ensembles)
        what = "a scalar of ensembles" if of_ensembles else "a scalar of the analysis of nets"
        actual = f"is {scalar.analysis!r:.60}"
        raise ConfigError(f"`{key}.analysis`", f"be {what}", actual, known)
    for name in ("epoch", "variable", "against"):
        given = getattr(scalar, name) is not None
        if name in kind.needs and not given:
            raise ConfigError(f"`{key}.{name}`", "be given", "is missing", f"{name}: VALUE")
        if given and name not in kind.needs:
            raise ConfigError(
                f"`{key}.{name}`", f"be left out of {scalar.analysis}", "is given", "without it"
            )
    if kind.of_series:
        require_series(f"{key}.variable", [str(scalar.variable)])


# --- spectra -------------------------------------------------------------------------------------


def _at(record: RunRecord, epoch: int | None) -> int:
    """Return the number of the snapshot at an epoch; raises RunError if there is none."""
    found = np.flatnonzero(record["snapshot"] == epoch)
    if len(found) != 1:
        raise RunError(
            f"the run {record.name}", f"have a snapshot at epoch {epoch}", "has none", "another run"
        )
    return int(found[0])


def _widest_spacing(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the middle of the widest spacing between neighbouring small eigenvalues."""

    def middle(log_eigenvalues: np.ndarray) -> float:
        small = np.sort(log_eigenvalues[log_eigenvalues < 0.0])
        if len(small) < 2:
            return float("nan")
        k = int(np.diff(small).argmax())
        return 0.5 * float(small[k] + small[k + 1])

    spectra = record["log_eigenvalues"][:, _at(record, scalar.epoch)]
    return np.array([middle(one) for one in spectra])


def _gap(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return 1 where there is a gap, 0 where there is none, NaN where nobody can tell."""
    settings = AnalysisSettings()
    found = gaps_of(record, settings, slice(at := _at(record, scalar.epoch), at + 1))
    told = found.verdicts(settings.significance)[:, 0]
    gap, none, _ = VERDICTS
    return np.where(told == gap, 1.0, np.where(told == none, 0.0, np.nan))


def _large_share(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the share of log lambda > 0 in sum log(1 + lambda) over dynamical eigenvalues."""
    theta = record["log_eigenvalues"][:, -1]
    parts = np.logaddexp(0.0, theta)
    return np.where(theta > 0.0, parts, 0.0).sum(axis=1) / parts.sum(axis=1)


# --- loss curves ---------------------------------------------------------------------------------


def _rises(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the share of the steps between snapshots in which a variable rises."""
    steps = np.diff(record[str(scalar.variable)], axis=1)
    return (steps > 0.0).mean(axis=1)


def _waits_and_jumps(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return 1 where the boundary loss waits for ``epoch`` epochs and jumps, the bulk loss not."""
    epochs, snapshots = record["epoch"], record["snapshot"]
    found = []
    for boundary, bulk in zip(record["running_boundary_loss"], record["bulk_loss"], strict=True):
        jumps = find_jumps(epochs, boundary)
        waits = find_plateaus(epochs, boundary, jumps)
        long = bool(np.any(waits.last - waits.first >= float(scalar.epoch or 0)))
        still = len(find_jumps(snapshots, bulk).epoch) == 0
        found.append(float(long and len(jumps.epoch) > 0 and still))
    return np.array(found)


# --- laws ----------------------------------------------------------------------------------------


def _laws(record: RunRecord) -> Laws:
    """Return the laws of a run, fitted as `nnu analyze` does."""
    wanted = SECTIONS[: SECTIONS.index(Laws) + 1]
    whole: Analysis = analyse(record, AnalysisSettings(betas=(1.0,), resamples=99), wanted)
    return whole[Laws]


def _law(record: RunRecord, y: str | None, x: str | None) -> Law:
    """Return the law of two quantities; raises RunError if the run has none of these names."""
    for law in _laws(record).laws:
        if (law.y, law.x) == (y, x):
            return law
    known = f"have the law `{y} against {x}`"
    raise RunError(f"the run {record.name}", known, "has not", "one that `nnu analyze` prints")


def _law_slope(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the slope of a law."""
    law = _law(record, scalar.variable, scalar.against)
    return np.array([float(fit.slope.value) for fit in law.replicas])


def _law_rises(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the share of the steps between snapshots in which y of a law rises."""
    return _law(record, scalar.variable, scalar.against).rises


def _layers(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    """Return the number of layers, inputs and outputs included."""
    return np.full(record.replicas, float(len(record.layer_sizes or ())))


# --- gradients -----------------------------------------------------------------------------------


def _gradient_power_law(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    return gradient_power_laws(record, str(scalar.variable))


def _no_gradient_power_law(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    return 1.0 - gradient_power_laws(record, str(scalar.variable))


def _gradient_tail_exponent(record: RunRecord, scalar: AnalysedScalar) -> np.ndarray:
    return gradient_tail_exponents(record, str(scalar.variable))


ANALYSED: dict[str, ScalarKind] = {
    "widest_spacing": ScalarKind(
        "middle of the widest spacing between small log lambda at `epoch`",
        ("epoch",),
        _widest_spacing,
    ),
    "gap": ScalarKind(
        "1 where the spectrum at `epoch` has a gap, 0 where none; left out where none can tell",
        ("epoch",),
        _gap,
    ),
    "large_share": ScalarKind(
        "share of lambda > 1 in log det(1 + G) over dynamical eigenvalues, last snapshot",
        (),
        _large_share,
    ),
    "rises": ScalarKind(
        "share of the steps between snapshots in which `variable` rises",
        ("variable",),
        _rises,
        of_series=True,
    ),
    "waits_and_jumps": ScalarKind(
        "1 where the boundary loss has a jump and a plateau of `epoch` epochs, the bulk none",
        ("epoch",),
        _waits_and_jumps,
    ),
    "law_slope": ScalarKind(
        "slope of the law `variable` `against` another, as in `nnu analyze`",
        ("variable", "against"),
        _law_slope,
    ),
    "law_rises": ScalarKind(
        "share of the steps between snapshots in which y of a law rises",
        ("variable", "against"),
        _law_rises,
    ),
    "gradient_power_law": ScalarKind(
        "1 where a power law is plausible for gradients over `variable`: weights, batches, noise",
        ("variable",),
        _gradient_power_law,
    ),
    "no_gradient_power_law": ScalarKind("1 where it is not", ("variable",), _no_gradient_power_law),
    "gradient_tail_exponent": ScalarKind(
        "exponent of the power law fitted to them", ("variable",), _gradient_tail_exponent
    ),
    "layers": ScalarKind("number of layers of the net", (), _layers),
    "drift_cosine": ScalarKind(
        "cosine of the mean step and the gradient of F, at `epoch`", ("epoch",), drift_cosine
    ),
    "concave_share": ScalarKind(
        "share of the eigenvalues of F'' below 0, off the stiffest of the loss, at `epoch`",
        ("epoch",),
        concave_share,
    ),
    "change_in_epochs": ScalarKind(
        "`variable` of the changes of both losses in the epochs in which `against`: N fixed, N "
        "changes",
        ("variable", "against"),
        change_in_epochs,
    ),
    "change_at_moves": ScalarKind(
        "`variable` of what moves of neurons alone change in both losses",
        ("variable",),
        change_at_moves,
    ),
    "permutation_share": ScalarKind(
        "share of the squares of A = f'w on the nearest permutation, at the end",
        (),
        permutation_share,
    ),
    "null_correlation": ScalarKind(
        "mean correlation of the speeds of classes, over neurons and steps",
        (),
        null_correlation,
    ),
    "survival_excess": ScalarKind(
        "survival of the structure `variable` after the perturbation `against`, less that of "
        "independent edges of like strength",
        ("variable", "against"),
        survival_excess,
        retraining=TrainedAgain(has_retrained, retrain),
    ),
    "pooled_ratio": ScalarKind(
        "a = A/(4 D^2) over the coordinates of an ensemble, with the D called `variable`",
        ("variable",),
        pooled_ratio,
        of_ensembles=True,
    ),
    "named_share": ScalarKind(
        "share of the coordinates of which the mechanics `variable` is named",
        ("variable",),
        named_share,
        of_ensembles=True,
    ),
    "anisotropy": ScalarKind(
        "largest over smallest eigenvalue of the diffusion of an ensemble",
        (),
        anisotropy,
        of_ensembles=True,
    ),
    "learning_share": ScalarKind(
        "entropy that learning takes over what diffusion adds, last record",
        (),
        learning_share,
        of_ensembles=True,
    ),
}
"""The scalars, by the name that a file gives."""
