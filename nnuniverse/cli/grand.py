"""``nnu grand``: the ensemble of a net's masks under a chemical potential, at fixed weights."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import AsJson, Run, given, print_json, remark, run_folder, say
from nnuniverse.cli.stopping import StopRequest
from nnuniverse.cli.storing import store
from nnuniverse.errors import CheckError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from nnuniverse.experiments.grand import GrandRun, GrandSettings, Range
    from nnuniverse.physics.grand_canonical.planck_constants import PlanckConstants


def grand(
    run: Run,
    energy: Annotated[
        str | None,
        typer.Option(
            "--energy", metavar="boundary|bulk|free_energy", help="Of a mask.  [free_energy]"
        ),
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            "--temperature", metavar="T", help="In units of it.  [1/1.4, or what deaths scatter by]"
        ),
    ] = None,
    mu: Annotated[
        str | None,
        typer.Option("--mu", metavar="FROM:TO:COUNT", help="Potentials.  [25, N from 0 to all]"),
    ] = None,
    sweeps: Annotated[
        int | None,
        typer.Option("--sweeps", metavar="N", help="At each mu, of R steps each.  [40]"),
    ] = None,
    chains: Annotated[
        int | None, typer.Option("--chains", metavar="N", help="Per direction of mu.  [8]")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option("--samples", metavar="N", help="Of training, for the energy.  [300]"),
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="EPOCH", help="Weights of that snapshot.  [the last]"),
    ] = None,
    replica: Annotated[
        int | None, typer.Option("--replica", metavar="R", help="Which replica.  [0]")
    ] = None,
    proposal: Annotated[
        str | None,
        typer.Option(
            "--proposal", metavar="uniform|heat_bath|informed", help="Of a step.  [uniform]"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of the chains.  [0]")
    ] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Enumerate all masks too, of at most 16 neurons.")
    ] = False,
    planck: Annotated[
        bool, typer.Option("--planck", help="Planck's constant two ways too, over all replicas.")
    ] = False,
    threads: Annotated[
        int | None, typer.Option("--threads", metavar="N", min=1, help="At most.  [processors]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sample which hidden neurons are there, with mu rising and falling, 2012.05082 Sec. 4.

    Into RUN/grand.h5.  Exit codes: 0 done; 1 failed; 2 wrong usage; 3 chains have not mixed, or the
    fluctuation relation fails; 75 stopped, the same command goes on.
    """
    folder = run_folder(run)

    from nnuniverse.numerical_settings import require_jax
    from nnuniverse.processors import NO_LIMIT

    require_jax(threads or NO_LIMIT)

    from nnuniverse.experiments.grand import GrandSettings, sample_masks

    settings = GrandSettings(
        **given(
            energy=energy,
            temperature=temperature,
            mu=_range(mu),
            sweeps=sweeps,
            chains=chains,
            samples=samples,
            epoch=epoch,
            replica=replica,
            seed=seed,
            proposal=proposal,
        ),
        exact=exact,
    )
    stop = StopRequest("stopping after this mu; again to stop at once")
    found = sample_masks(folder, settings, remark, _show_progress, stop, keep=True)
    constants = _planck(folder, settings) if planck else None
    store(lambda: found.write(constants))
    if as_json:
        print_json(_document(found, constants))
    else:
        _print(found, constants)
    _require_equilibrium(found)


def _range(text: str | None) -> Range | None:
    """Return FROM:TO:COUNT as numbers; raises ConfigError for anything else."""
    if text is None:
        return None
    from nnuniverse.experiments.grand import Range

    try:
        first, last, points = text.split(":")
        return Range(float(first), float(last), int(points))
    except ValueError:
        raise ConfigError(
            "`--mu`", "be FROM:TO:COUNT", f"is {text!r}", "--mu -1.5:0.5:25"
        ) from None


def _planck(folder: Path, settings: GrandSettings) -> PlanckConstants:
    """Return Planck's constants of the nets at the same epoch, and beta if E is the free energy."""
    from nnuniverse.experiments.planck import PlanckSettings, planck_of_run

    temperature = settings.known_temperature if settings.energy == "free_energy" else None
    beta = 1.0 / temperature if temperature else None
    return planck_of_run(folder, PlanckSettings(epoch=settings.epoch, beta=beta), remark)


def _show_progress(what: str, done: int, of: int) -> None:
    if sys.stderr.isatty():
        say(f"{what} {done + 1} of {of}", err=True)


def _print(found: GrandRun, constants: PlanckConstants | None) -> None:
    from nnuniverse.analysis.grand import grand_sentences, grand_tables
    from nnuniverse.cli.display.tables import print_told

    print_told(
        grand_tables(found.found, found.attributes),
        grand_sentences(found.found, found.attributes),
    )
    if constants:
        from nnuniverse.cli.display.planck_tables import print_planck

        say("")
        print_planck(constants)


def _document(found: GrandRun, constants: PlanckConstants | None) -> dict[str, object]:
    from nnuniverse.analysis.document import plain
    from nnuniverse.cli.display.planck_tables import planck_document

    ensemble = found.found
    return {
        **({"planck": planck_document(constants)} if constants else {}),
        **found.attributes,
        "chemical_potentials": ensemble.chemical_potentials.tolist(),
        "hidden_neurons": ensemble.neurons.tolist(),
        "values": {of.name: plain(values) for of, values in ensemble.variables},
    }


def _require_equilibrium(found: GrandRun) -> None:
    """Raise CheckError unless chains have mixed and fluctuations are those of equilibrium."""
    from nnuniverse.physics.grand_canonical.mixing import LARGEST_R_HAT

    ensemble, more = found.found, "more --sweeps, or a larger --temperature"
    if not ensemble.mixed:
        area = float(ensemble["hysteresis_area"])
        told = f"R-hat reaches {ensemble.largest_r_hat:.3g}"
        if not ensemble.agree:
            told += f", and <N> depends on the direction of mu, by an area of {area:.3g}"
        must = f"mix: R-hat <= {LARGEST_R_HAT}, and the same <N> up and down"
        raise CheckError("chains", must, told, more)
    if not ensemble.fluctuation_holds:
        gap = float(ensemble["fluctuation_residual"])
        raise CheckError(
            "<N>(b) - <N>(a)",
            "be int Delta N^2 dmu/T to 4 standard errors and 5 % for the grid",
            f"is off by {gap:.3g}, of a standard error of "
            f"{float(ensemble['fluctuation_residual_error']):.2g}",
            "a finer --mu, more --sweeps, or a larger --temperature",
        )
