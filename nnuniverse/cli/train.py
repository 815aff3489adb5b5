"""``nnu train``: train a net and measure it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nnuniverse.cli.options import (
    DEFAULT_ROOT,
    AsJson,
    Root,
    is_sweep_folder,
    print_json,
    run_folder,
    say,
    user_path,
    with_named_start,
)
from nnuniverse.cli.stopping import StopRequest
from nnuniverse.errors import ConfigError, RunError, StoppedError
from nnuniverse.processors import NO_LIMIT
from nnuniverse.regular_files import is_file

Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="At most.  [processors]"),
]


def train(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONFIG [KEY=VALUE]...",
            help="A YAML config and dotted overrides: train.learning_rate=0.05.",
            show_default=False,
        ),
    ] = None,
    out: Root = DEFAULT_ROOT,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Continue this run: a folder, `latest`, a name, an id; needs no CONFIG.  "
            "train.epochs=N makes it longer; data.path=FILE and the like say where files lie now.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what time, memory and disk it will take.")
    ] = False,
    threads: Threads = None,
    as_json: AsJson = False,
) -> None:
    """Train the net of CONFIG, measuring its spectrum, into a new run folder.

    Exit codes: 0 done, 1 failed or diverged, 2 wrong usage or config, 75 interrupted: resume it.
    """
    given = list(arguments or [])
    _require_one_run(given, resume)
    resumed = None if resume is None else run_folder(resume, out)
    is_config = given and ("=" not in given[0] or is_file(user_path(given[0])))
    path = user_path(given.pop(0)) if is_config else None
    if path is None and resumed is None:
        raise ConfigError(
            "`nnu train`", "be given a CONFIG", "got none", "`nnu train configs/quickstart.yaml`"
        )
    if path is not None:
        given = with_named_start(given, out)
    else:
        from nnuniverse.config import require_changeable

        require_changeable(given)
    if dry_run:
        _show_costs(path, given, resumed, as_json)
    else:
        _train(path, given, out, resumed, threads or NO_LIMIT, as_json)


def _require_one_run(given: list[str], resume: str | None) -> None:
    """Raise ConfigError if the folder of a run or sweep is given where a CONFIG is meant."""
    for text in given:
        if is_sweep_folder(user_path(text)):
            actual = f"{text!r} is a sweep's folder"
            raise ConfigError("CONFIG", "be a YAML config", actual, f"`nnu sweep {text}`")
    folders = [text for text in given if is_file(user_path(text) / "config.yaml")]
    if not folders:
        return
    first = folders[0]
    if resume is None:
        actual, remedy = f"{first!r} is a run folder", f"`nnu train --resume {first}`"
        raise ConfigError("CONFIG", "be a YAML config", actual, remedy)
    actual, remedy = f"{resume!r} and {first!r} are given", "one after the other"
    raise ConfigError("`--resume`", "be given one RUN", actual, remedy)


def _show_costs(path: Path | None, given: list[str], resume: Path | None, as_json: bool) -> None:
    if path is None or resume is not None:
        raise ConfigError(
            "`--dry-run`",
            "be of a new run",
            "--resume is given",
            "`nnu train CONFIG --dry-run`, of which what is left takes its share",
        )
    from nnuniverse.cli.display.train_costs import show_run_costs
    from nnuniverse.config import load_config

    show_run_costs(load_config(path, given), as_json)


def _train(
    path: Path | None,
    overrides: list[str],
    out: Path,
    resume: Path | None,
    threads: int,
    as_json: bool,
) -> None:
    from nnuniverse.config import load_config

    config = load_config(path, overrides) if path else None

    from nnuniverse.numerical_settings import import_jax

    import_jax()

    from nnuniverse.cli.display.progress import progress
    from nnuniverse.cli.display.tables import print_snapshots, snapshots_as_json
    from nnuniverse.experiments.train import resume_run, start_run

    stop = StopRequest("stopping after this segment; again to stop at once")
    with progress() as reporter:
        if config is None or resume is not None:
            changes = () if config else tuple(overrides)
            outcome = resume_run(resume or Path(), reporter, stop, config, changes, threads)
        else:
            outcome = start_run(config, out, reporter, stop, threads)
    if outcome.status == "interrupted":
        raise StoppedError(
            f"interrupted after epoch {outcome.epochs}. "
            f"Continue with `nnu train --resume {outcome.folder}`."
        )
    if as_json:
        print_json(
            {
                "run": str(outcome.folder),
                "status": outcome.status,
                "epochs": outcome.epochs,
                "diverged": outcome.diverged,
                "stopped": outcome.stopped,
                "snapshots": snapshots_as_json(outcome.folder.results),
            }
        )
    else:
        print_snapshots(outcome.folder.results)
        say(f"run folder: {outcome.folder}")
    if outcome.status == "diverged":
        which = ", ".join(f"{r} in epoch {e}" for r, e in outcome.diverged.items())
        raise RunError(
            "the weights",
            "stay finite",
            f"replica {which} diverged",
            "a smaller train.learning_rate",
        )
