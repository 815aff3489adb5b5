"""``nnu evolve``: an ensemble of one trained net, restarted with independent noise."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    CONFIG_FILES,
    DEFAULT_ROOT,
    AsJson,
    Root,
    config_or_run,
    print_json,
    run_folder,
    say,
)
from nnuniverse.cli.stopping import StopRequest
from nnuniverse.cli.train import Threads
from nnuniverse.errors import ConfigError, RunError, StoppedError
from nnuniverse.processors import NO_LIMIT

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig
    from nnuniverse.experiments.evolve import EvolutionOutcome


def evolve(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONFIG|RUN [KEY=VALUE]...",
            help="A config with an `evolve` section, or a trained run (a folder, `latest`, a name, "
            "an id), and dotted overrides: evolve.members=512.",
            show_default=False,
        ),
    ] = None,
    out: Root = DEFAULT_ROOT,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Continue this ensemble; needs no CONFIG."),
    ] = None,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Restart a trained net many times with independent noise, and follow the ensemble.

    Exit codes: 0 done, 1 failed or diverged, 2 wrong usage or config, 75 interrupted: resume it.
    """
    given = list(arguments or [])
    if resume is not None and given:
        actual = f"is given with {given[0]!r}"
        raise ConfigError("`--resume`", "stand alone", actual, f"`nnu evolve --resume {resume}`")
    if resume is None and not given:
        raise ConfigError(
            "`nnu evolve`", "be given a CONFIG or RUN", "got none", "`nnu evolve latest`"
        )
    path = run_folder(resume, out) if resume is not None else config_or_run(given[0], CONFIG_FILES)
    config = None if resume is not None else _config(path, tuple(given[1:]))

    from nnuniverse.numerical_settings import import_jax

    import_jax()

    from nnuniverse.cli.display.progress import progress
    from nnuniverse.cli.display.step_progress import StepProgress
    from nnuniverse.experiments.evolve import resume_evolution, start_evolution

    stop = StopRequest("stopping after this call; again to stop at once")
    limit = threads or NO_LIMIT
    with progress() as reporter:
        if config is None:
            outcome = resume_evolution(path, reporter, stop, limit, StepProgress())
        else:
            outcome = start_evolution(config, out, reporter, stop, limit, StepProgress())
    _require_end(outcome)
    _tell(outcome, as_json)
    _require_finite(outcome)


def _config(path: Path, overrides: tuple[str, ...]) -> RunConfig:
    """Return the config in a file, or that of an ensemble of a run's net."""
    if path.is_dir():
        from nnuniverse.experiments.config_of_ensemble import config_of_run

        return config_of_run(path, overrides)
    from nnuniverse.config import load_config

    return load_config(path, overrides)


def _require_end(outcome: EvolutionOutcome) -> None:
    if outcome.status == "interrupted":
        raise StoppedError(
            f"interrupted after step {max(outcome.steps, 0)}. "
            f"Continue with `nnu evolve --resume {outcome.folder}`."
        )


def _tell(outcome: EvolutionOutcome, as_json: bool) -> None:
    from nnuniverse.cli.display.ensemble_tables import coordinate_rows, print_ensemble
    from nnuniverse.runs import read_run

    record = read_run(outcome.folder.path)
    if as_json:
        print_json(
            {
                "run": str(outcome.folder),
                "status": outcome.status,
                "steps": int(record["record_step"][-1]),
                "replicas": record.replicas,
                "diverged": outcome.diverged,
                "coordinates": coordinate_rows(record),
            }
        )
        return
    print_ensemble(record)
    say(f"run folder: {outcome.folder}")


def _require_finite(outcome: EvolutionOutcome) -> None:
    if outcome.status == "diverged":
        first = min(outcome.diverged, key=lambda replica: outcome.diverged[replica])
        raise RunError(
            "positions",
            "stay finite",
            f"those of {len(outcome.diverged)} replicas are not, first of {first} at step "
            f"{outcome.diverged[first]}",
            "a smaller train.learning_rate",
        )
