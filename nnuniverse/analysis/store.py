"""An analysis as ``analysis.h5``, in the shape of ``results.h5``, and as xarray objects."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnuniverse.analysis.analyse import Analysis, analyse
from nnuniverse.analysis.fits import LineFit
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.intervals import mean_over_replicas
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.record import RunRecord, read_run
from nnuniverse.runs.results import RESULTS
from nnuniverse.runs.schema import file_image
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.runs.whole import open_dataset
from nnuniverse.supports import support_of
from nnuniverse.variables import Axis, Variable

if TYPE_CHECKING:
    import xarray

FILE_NAME = "analysis.h5"

Declared = list[tuple[Variable, np.ndarray]]


@dataclass(frozen=True)
class Run:
    """A run folder opened for reading.

    ``results``: what training recorded, read on demand; `analysis`: what follows from it.
    """

    record: RunRecord
    results: xarray.Dataset
    settings: AnalysisSettings

    @cached_property
    def analysis(self) -> xarray.Dataset:
        """The analysis under ``settings``, as `nnu analyze` stores it."""
        import xarray

        image = analysis_image(analyse(self.record, self.settings))
        return xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")


def open_run(path: str | Path, **settings: Any) -> Run:
    """Open the run folder at ``path``; keywords are those of `AnalysisSettings`.

    Raises ConfigError if it is not a run folder, RunError if it cannot be read.
    """
    record = read_run(path)
    results = open_dataset(record.folder.results, RESULTS)
    return Run(record, results, AnalysisSettings(**settings))


def write_analysis(analysis: Analysis) -> Path:
    """Put ``analysis.h5`` into the run folder, in place of an older one, and return its path."""
    path = analysis.record.folder.path / FILE_NAME
    replace_file(path, analysis_image(analysis), remedy="`--json`, which stores nothing")
    return path


def analysis_image(analysis: Analysis) -> bytes:
    """Return the content of ``analysis.h5``."""
    axes, variables = _axes(analysis), _states(analysis)
    for part in (_gaps, _laws, _first_law, _jumps, _seen, _checks):
        variables += part(analysis)
    used = {dim for variable, _ in variables for dim in variable.dims}
    attributes = {
        "title": f"nnuniverse analysis of {analysis.record.name}",
        "run": analysis.record.name,
        "commit": analysis.record.commit,
        "config_hash": analysis.record.config.hash(),
        "corrupt": int(analysis.corrupt),
        **analysis.settings_used,
    }
    return file_image([axis for axis in axes if axis.name in used], variables, attributes)


def _axes(analysis: Analysis) -> list[Axis]:
    record = analysis.record
    return [
        Axis("replica", "member of the ensemble", np.arange(record.replicas)),
        Axis("snapshot", "epoch of the snapshot", record["snapshot"]),
        Axis("temperature", "where beta comes from", _text(analysis.temperatures)),
        Axis("statistic", "mean over replicas and its interval", _text(["mean", "low", "high"])),
        Axis("law", "y against x", _text([law.name for law in analysis.laws])),
        Axis("curve", "loss curve", _text([curve.variable for curve in analysis.curves])),
        Axis("jump", "number of the jump in time", np.arange(_most(analysis, "jumps"))),
        Axis("plateau", "number of the plateau in time", np.arange(_most(analysis, "plateaus"))),
        Axis("check", "self-check", _text([check.name for check in analysis.checks])),
    ]


def _text(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=object)


def _states(analysis: Analysis) -> Declared:
    pooled = [
        (
            Variable(
                f"{variable.name}_pooled",
                ("statistic", "snapshot", "temperature"),
                f"{variable.long_name}, over replicas",
                variable.source,
            ),
            np.stack(mean_over_replicas(values, support_of(variable.name))),
        )
        for variable, values in analysis.variables
    ]
    return [*analysis.variables, *pooled]


def _gaps(analysis: Analysis) -> Declared:
    if analysis.gaps is None:
        return []
    meanings = {
        "position": "middle of the most conspicuous spacing, log lambda",
        "width": "width of the most conspicuous spacing",
        "below": "eigenvalues below the most conspicuous spacing",
        "p_value": "chance of so conspicuous a spacing under a smooth density",
        "power": "chance to find the lowest tenth if lower by a standard deviation",
    }
    return [
        (
            Variable(f"gap_{name}", ("replica", "snapshot"), meaning, "2004.09280 Sec. 10"),
            getattr(analysis.gaps, name),
        )
        for name, meaning in meanings.items()
    ]


LINE: dict[str, Callable[[LineFit], Any]] = {
    "slope": lambda fit: fit.slope.value,
    "slope_low": lambda fit: fit.slope.low,
    "slope_high": lambda fit: fit.slope.high,
    "intercept": lambda fit: fit.intercept.value,
    "intercept_low": lambda fit: fit.intercept.low,
    "intercept_high": lambda fit: fit.intercept.high,
    "r2": lambda fit: fit.r2,
}


def _laws(analysis: Analysis) -> Declared:
    laws = analysis.laws
    if not laws:
        return []
    declared: Declared = []
    for name, get in LINE.items():
        single = np.array([[get(fit) for fit in law.replicas] for law in laws], np.float64).T
        pooled = np.array([get(law.pooled) for law in laws], np.float64)
        long_name = name.replace("_", " ")
        declared += [
            (_law(f"law_{name}", f"{long_name} of the line", "replica"), single),
            (_law(f"law_{name}_pooled", f"{long_name} of the line through all replicas"), pooled),
        ]
    missing = [np.nan] * analysis.record.replicas
    return [
        *declared,
        (
            _law("law_rises", "share of the steps at which y grows", "replica"),
            np.array([law.rises for law in laws]).T,
        ),
        (
            _law("law_break_epoch", "first snapshot after the break", "replica"),
            np.array([law.break_epochs or missing for law in laws], np.float64).T,
        ),
        (
            _law("law_break_p_value", "chance of the break if one line were true", "replica"),
            np.array([[b.p_value for b in law.breaks] or missing for law in laws]).T,
        ),
    ]


def _law(name: str, long_name: str, *dims: str) -> Variable:
    return Variable(name, (*dims, "law"), long_name, "2004.09280 (7.6), Fig. 7")


def _first_law(analysis: Analysis) -> Declared:
    return [
        (
            Variable(name, ("statistic", "temperature"), long_name, "2004.09280 (7.11)"),
            np.array([getattr(balance, field) for balance in analysis.balances]).T,
        )
        for name, field, long_name in (
            (
                "first_law_relative_residual",
                "relative_residual",
                "rms of dU - T dS_0 - T dC over the sum of the rms of both sides",
            ),
            ("first_law_mean_residual", "mean_residual", "mean of dU - T dS_0 - T dC"),
        )
        if analysis.balances
    ]


def _most(analysis: Analysis, what: str) -> int:
    return max(
        (len(one[0]) for curve in analysis.curves for one in getattr(curve, what)), default=0
    )


def _jumps(analysis: Analysis) -> Declared:
    declared: Declared = []
    for what, axis in (("jumps", "jump"), ("plateaus", "plateau")):
        most = _most(analysis, what)
        if not most:
            continue
        for field in getattr(analysis.curves[0], what)[0]._fields:
            values = np.full((analysis.record.replicas, len(analysis.curves), most), np.nan)
            for column, curve in enumerate(analysis.curves):
                for replica, one in enumerate(getattr(curve, what)):
                    found = getattr(one, field)
                    values[replica, column, : len(found)] = found
            declared.append(
                (
                    Variable(
                        f"{axis}_{field}",
                        ("replica", "curve", axis),
                        f"{field} of the {axis}",
                        "2004.09280 Sec. 10",
                    ),
                    values,
                )
            )
    return declared


SEEN = {
    "jump_power": "chance that a sudden lasting fall by 10 % would be found",
    "jump_least": "least fall of the log loss found with a chance of 80 %",
    "plateau_power": "chance that a plateau of half a decade would be found",
    "plateau_least": "least plateau found with a chance of 80 %, a factor in epochs",
}


def _seen(analysis: Analysis) -> Declared:
    if not analysis.curves:
        return []
    values = np.array(
        [
            [[*jumps, *plateaus] for jumps, plateaus in zip(*seen, strict=True)]
            for seen in ((curve.jumps_seen, curve.plateaus_seen) for curve in analysis.curves)
        ]
    )
    return [
        (Variable(name, ("replica", "curve"), meaning, "2004.09280 Sec. 10"), values[..., k].T)
        for k, (name, meaning) in enumerate(SEEN.items())
    ]


def _checks(analysis: Analysis) -> Declared:
    if not analysis.checks:
        return []
    return [
        (
            Variable("check_residual", ("check",), "largest residual", "2004.09280 (7.8)"),
            np.array([check.residual for check in analysis.checks]),
        ),
        (
            Variable("check_holds", ("check",), "1 if it holds", "2004.09280 (7.8)", dtype="int64"),
            np.array([check.holds for check in analysis.checks]),
        ),
    ]
