"""``nnu ensemble``: the canonical ensemble of a net against its Gaussian forms."""

from __future__ import annotations

import csv
import io
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    CONFIG_FILES,
    AsJson,
    Betas,
    Overrides,
    config_or_run,
    given,
    numbers,
    print_json,
    remark,
    say,
    user_path,
)
from nnuniverse.counted import counted
from nnuniverse.errors import CheckError, ConfigError
from nnuniverse.text_table import TextTable

if TYPE_CHECKING:
    from nnuniverse.experiments.ensemble import Comparison, EnsembleResult
    from nnuniverse.thermodynamics.canonical import CanonicalState, Mixing


def ensemble(
    net: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|RUN|NPZ",
            help="A config (its untrained net), a run (its folder, `latest`, a name, an id), or "
            "weights and bias in a file.",
            show_default=False,
        ),
    ],
    overrides: Overrides = None,
    betas: Betas = None,
    mass: Annotated[
        float | None, typer.Option("--mass", metavar="M", help="m of the local objective.  [0]")
    ] = None,
    bulk: Annotated[
        bool, typer.Option("--bulk/--whole", help="Clamp inputs and outputs, or free all.")
    ] = False,
    sample: Annotated[
        int | None,
        typer.Option("--sample", metavar="I", help="Training sample to clamp to.  [their mean]"),
    ] = None,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Which replica.  [0]")
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="E", help="Weights of the snapshot there.  [the last]"),
    ] = None,
    method: Annotated[
        str | None, typer.Option("--method", metavar="auto|closed|quadrature|hmc", help="How.")
    ] = None,
    mean: Annotated[
        str | None,
        typer.Option("--mean", metavar="data|ensemble", help="State that forms expand about."),
    ] = None,
    activation: Annotated[
        str | None, typer.Option("--activation", metavar="F", help="Of a net in NPZ.  [tanh]")
    ] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", metavar="N", help="Draws per chain.  [1000]")
    ] = None,
    chains: Annotated[
        int | None, typer.Option("--chains", metavar="N", help="At least two.  [4]")
    ] = None,
    warmup: Annotated[
        int | None, typer.Option("--warmup", metavar="N", help="Draws before them.  [500]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the chains.  [0]")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE.csv", help="Write a table there, too.", parser=user_path
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Test the canonical ensemble of a net: U, S and F, exact or sampled, against Gaussian forms.

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 chains have not mixed.
    """
    _require_new(out)
    path = config_or_run(net, (*CONFIG_FILES, ".npz"))

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.ensemble import EnsembleSettings, measure_ensemble
    from nnuniverse.thermodynamics.canonical import SamplingSettings

    settings = EnsembleSettings(
        bulk=bulk,
        sampling=SamplingSettings(
            **given(samples=samples, chains=chains, warmup=warmup, seed=seed)
        ),
        **given(
            betas=numbers("--beta", betas),
            mass=mass,
            sample=sample,
            replica=replica,
            epoch=epoch,
            method=method,
            mean=mean,
            activation=activation,
        ),
    )
    result = measure_ensemble(path, overrides or (), settings, _show_progress, remark)
    if out:
        _write(out, result)
    if as_json:
        print_json(_document(result))
    else:
        _print(result)
    _say_if_not_settled(result)
    _require_mixed(result)


def _require_new(out: Path | None) -> None:
    if out and os.path.lexists(out):
        raise ConfigError("`--out`", "be new", f"{str(out)!r} exists", "another name")


def _show_progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        say(f"sampling at beta {done + 1} of {of}", err=True)


def _say_if_not_settled(result: EnsembleResult) -> None:
    from nnuniverse.thermodynamics.canonical import SETTLED

    if not result.settled:
        states = [c.state for c in result.comparisons]
        u = max(state.mean_loss_error for state in states)
        log_z = max(state.log_partition_error for state in states)
        remark(
            f"the quadrature has not settled to {SETTLED:g}: more nodes still change U by up to "
            f"{u:.1g} and log Z by up to {log_z:.1g}"
        )


def _require_mixed(result: EnsembleResult) -> None:
    if not result.mixed:
        paths = [c.state.path for c in result.comparisons if c.state.path]
        r_hat, ess = max(p.r_hat for p in paths), min(p.ess for p in paths)
        raise CheckError(
            "chains",
            "mix: R-hat <= 1.01 and 100 effective samples per chain",
            f"R-hat reaches {r_hat:.4g} and ESS falls to {ess:.4g}",
            "more --samples and --warmup, or a smaller beta",
        )


# --- tables ------------------------------------------------------------------------------------


def _print(result: EnsembleResult) -> None:
    from nnuniverse.cli.display.tables import print_tables

    states = TextTable(
        ["beta", "U", "S", "F", "<x>^2/N", "R-hat", "ESS", "mixed"],
        [_state_row(c.state, result.neurons) for c in result.comparisons],
        f"{counted(result.neurons, 'free neuron')}, {result.method}; {_precision(result)}",
    )
    forms = TextTable(
        ["beta", "form", "U", "dU", "S", "dS", "-<log p>", "d-<log p>", "F", "dF", "d log Z/N"],
        [row for c in result.comparisons for row in _form_rows(c, result.neurons)],
        f"Gaussian forms about the {result.mean} mean; d: the form less the ensemble",
    )
    print_tables([states, forms])


def _precision(result: EnsembleResult) -> str:
    """Return what is known of the errors of U, S and F."""
    states = [comparison.state for comparison in result.comparisons]
    if any(state.mixing for state in states):
        return "± is the 95 % interval; S and F rest on all chains up to beta"
    error = max(state.mean_loss_error for state in states)
    return f"the last refinement changed U by up to {error:.1g}" if error > 0.0 else "exact"


def _state_row(state: CanonicalState, neurons: int) -> list[str]:
    mixing, path = state.mixing, state.path
    chains = ["-", "-", "-"]
    if mixing and path:
        chains = [f"{path.r_hat:.4f}", f"{path.ess:.0f}", "yes" if state.mixed else "NO"]
    return [
        f"{state.beta:g}",
        *(
            _measured(value, error if mixing else 0.0)
            for value, error in (
                (state.mean_loss, state.mean_loss_error),
                (state.entropy, state.whole_entropy_error),
                (state.free_energy, state.free_energy_error),
            )
        ),
        _number(float(state.mean_state @ state.mean_state) / neurons),
        *chains,
    ]


def _form_rows(comparison: Comparison, neurons: int) -> list[list[str]]:
    state = comparison.state
    rows = []
    for name, form in comparison.forms.items():
        free_energy = -form.log_partition / state.beta
        pairs = [
            (form.mean_loss, state.mean_loss),
            (form.canonical_entropy, state.entropy),
            (form.entropy, state.entropy),
            (free_energy, state.free_energy),
        ]
        cells = [cell for a, b in pairs for cell in (_number(a), _number(a - b, signed=True))]
        deviation = (form.log_partition - state.log_partition) / neurons
        rows.append([f"{state.beta:g}", name, *cells, _number(deviation, signed=True)])
    return rows


def _measured(value: float, error: float) -> str:
    """Return ``value`` with the interval that a standard ``error`` makes, none if it is 0."""
    from nnuniverse.intervals import students_t

    if math.isnan(value):
        return "-"
    half = float(students_t(math.inf)) * error
    return f"{value:.6g} ± {half:.2g}" if half > 0.0 else f"{value:.6g}"


def _number(value: float, *, signed: bool = False) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:+.4g}" if signed else f"{value:.5g}"


# --- files -------------------------------------------------------------------------------------


def _document(result: EnsembleResult) -> dict[str, object]:
    return {
        "neurons": result.neurons,
        "method": result.method,
        "mean": result.mean,
        "mixed": result.mixed,
        "settled": result.settled,
        "states": [
            {
                **_state_entry(c.state),
                "mean_state": c.state.mean_state.tolist(),
                "forms": {
                    name: {key: _finite(value) for key, value in form._asdict().items()}
                    for name, form in c.forms.items()
                },
            }
            for c in result.comparisons
        ],
    }


def _state_entry(state: CanonicalState) -> dict[str, object]:
    numbers = {
        "beta": state.beta,
        "mean_loss": state.mean_loss,
        "mean_loss_error": state.mean_loss_error,
        "variance": state.variance,
        "log_partition": state.log_partition,
        "log_partition_error": state.log_partition_error,
        "discretisation_error": state.discretisation_error,
        "free_energy": state.free_energy,
        "free_energy_error": state.free_energy_error,
        "entropy": state.entropy,
        "entropy_error": state.whole_entropy_error,
    }
    entry: dict[str, object] = {name: _finite(value) for name, value in numbers.items()}
    for name, mixing in (("mixing", state.mixing), ("path", state.path)):
        entry[name] = mixing and _mixing_entry(mixing)
    return entry


def _mixing_entry(mixing: Mixing) -> dict[str, object]:
    return {**mixing._asdict(), "r_hat": _finite(mixing.r_hat)}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


COLUMNS = (
    "beta", "form", "mean_loss", "mean_loss_error", "log_partition", "log_partition_error",
    "discretisation_error", "free_energy", "free_energy_error", "entropy", "entropy_error",
    "canonical_entropy", "r_hat", "ess", "mixed",
)  # fmt: skip
"""Of the CSV file; ``entropy`` is -<log p>, and the form of the ensemble itself is `ensemble`."""


def _write(path: Path, result: EnsembleResult) -> None:
    from nnuniverse.runs import replace_file

    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    for state, forms in result.comparisons:
        entry = _state_entry(state)
        chains = _mixing_entry(state.path) if state.path else {}
        table.writerow(
            {
                **entry,
                **chains,
                "form": "ensemble",
                "canonical_entropy": entry["entropy"],
                "mixed": state.mixed,
            }
        )
        for name, form in forms.items():
            values = {key: _finite(value) for key, value in form._asdict().items()}
            free_energy = _finite(-form.log_partition / state.beta)
            table.writerow({"beta": state.beta, "form": name, "free_energy": free_energy, **values})
    replace_file(path, text.getvalue().encode(), remedy="another --out")
