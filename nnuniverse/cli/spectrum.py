"""``nnu spectrum``: the spectrum of G of one net, whole or by its ends and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Betas,
    Overrides,
    config_or_run,
    given,
    numbers,
    print_json,
    remark,
    say,
)
from nnuniverse.counted import counted
from nnuniverse.text_table import TextTable

if TYPE_CHECKING:
    from nnuniverse.experiments.spectrum import Spectroscopy
    from nnuniverse.spectra import Extremes, TraceEstimate


def spectrum(
    source: Annotated[
        str,
        typer.Argument(
            metavar="CONFIG|RUN",
            help="A YAML config, or a run: its folder, `latest`, a name, an id.",
            show_default=False,
        ),
    ],
    overrides: Overrides = None,
    betas: Betas = None,
    largest: Annotated[
        int | None, typer.Option("--largest", metavar="K", help="Largest eigenvalues.  [3]")
    ] = None,
    smallest: Annotated[
        int | None, typer.Option("--smallest", metavar="K", help="Smallest eigenvalues.  [3]")
    ] = None,
    equilibrium: Annotated[
        bool, typer.Option("--equilibrium", help="Derivatives of U by weights and biases, (6.2).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Print the spectrum of G: of a config's untrained net, or of a run's net as last stored.

    Of the first replica.  All eigenvalues up to 2,000 dynamical ones; beyond, the ends, with
    residuals, and traces, with error bars.  Exit codes: 0 done, 1 failed, 2 wrong usage.
    """
    path = config_or_run(source)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.experiments.spectrum import examine

    options = given(betas=numbers("--beta", betas), largest=largest, smallest=smallest)
    found = examine(path, tuple(overrides or ()), equilibrium=equilibrium, tell=remark, **options)
    if as_json:
        print_json(_document(found))
    else:
        _print(found)


def _document(found: Spectroscopy) -> dict[str, object]:
    return {
        "network": found.network,
        "neurons": found.neurons,
        "edges": found.edges,
        "samples_by_period": {str(period): count for period, count in found.periods.items()},
        "exact": found.exact,
        "zero_eigenvalues": found.zeros,
        "zero_within_rounding_of_weights": found.near_zeros,
        "unit_eigenvalues": found.units,
        "largest": _ends(found.largest),
        "smallest": _ends(found.smallest),
        "traces": {name: estimate._asdict() for name, estimate in found.traces.items()},
        "probes": found.probes,
        "equilibrium": [residual._asdict() for residual in found.equilibrium],
    }


def _ends(extremes: Extremes) -> dict[str, object]:
    return {
        "eigenvalues": extremes.eigenvalues.tolist(),
        "residuals": extremes.residuals.tolist(),
        "converged": extremes.converged,
    }


def _print(found: Spectroscopy) -> None:
    from nnuniverse.cli.display.tables import print_tables

    say(f"{found.network}: N = {found.neurons}, {counted(found.edges, 'edge')}")
    for period, count in found.periods.items():
        say(f"{counted(count, 'sample')} {_meaning(period, count)}")
    say(_singular(found))
    if found.near_zeros:
        say(
            f"{found.near_zeros} of the smallest eigenvalues shown may be zero but for the "
            "rounding of the weights to float32"
        )
    say("")
    print_tables(_tables(found))


def _tables(found: Spectroscopy) -> list[TextTable]:
    """Return the ends of the spectrum, the traces, and what is zero in equilibrium."""
    rows = []
    for name, extremes in (("largest", found.largest), ("smallest", found.smallest)):
        for rank, (value, residual) in enumerate(
            zip(extremes.eigenvalues, extremes.residuals, strict=True), start=1
        ):
            shown = "exact" if found.exact else f"{residual:.1e}"
            note = "" if extremes.converged else "not converged"
            rows.append([f"{name} {rank}", f"{value:.6g}", shown, note])
    tables = [
        TextTable(["eigenvalue of G", "lambda", "residual", ""], rows, ""),
        TextTable(
            ["trace", "value", "per neuron", "standard error", "truncation"],
            [_trace(name, estimate, found) for name, estimate in found.traces.items()],
            "" if found.exact else f"estimated with {found.probes} probes",
        ),
    ]
    if found.equilibrium:
        tables.append(
            TextTable(
                ["beta", "U", "|dU/dw|", "|dU/db|", "|w| |dU/dw| / U"],
                [[f"{number:.6g}" for number in residual] for residual in found.equilibrium],
                "zero in equilibrium, 2004.09280 (6.2)",
            )
        )
    return tables


def _trace(name: str, estimate: TraceEstimate, found: Spectroscopy) -> list[str]:
    errors = ["exact", ""] if found.exact else [f"{e:.2g}" for e in estimate[1:]]
    return [name, f"{estimate.value:.6g}", f"{estimate.value / found.neurons:.6g}", *errors]


def _meaning(period: int, count: int) -> str:
    if period == 1:
        return "settled in a fixed point"
    verbs = ("ends", "cycles") if count == 1 else ("end", "cycle")
    return (
        f"{verbs[0]} in a cycle of period {period}" if period else f"neither settled nor {verbs[1]}"
    )


def _singular(found: Spectroscopy) -> str:
    if found.zeros is None:
        return "G: whether singular is not known, its smallest eigenvalues are not near enough"
    if not found.zeros:
        verb = "is" if found.units == 1 else "are"
        return f"G is not singular; {counted(found.units, 'eigenvalue')} {verb} exactly one"
    least = "" if found.exact or found.zeros < len(found.smallest.eigenvalues) else "at least "
    traces = "over the others" if found.exact else "not defined"
    zeros = counted(found.zeros, "zero eigenvalue")
    return f"G is singular: {least}{zeros}; traces of logarithms {traces}"
