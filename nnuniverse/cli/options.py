"""Arguments and options that several commands share, and how they print."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from nnuniverse.cli.display.streams import fitted
from nnuniverse.errors import ConfigError, printable
from nnuniverse.regular_files import is_file


def expanded(text: str) -> str:
    """Return a path as the shell would: it leaves the ``~`` of ``--out=~/runs`` as it is."""
    return os.path.expanduser(text)  # noqa: PTH111 (which fails for the unknown users of ~name)


def user_path(text: str | Path) -> Path:
    """Return the path that a user means: what parses every argument and option that is one."""
    return Path(expanded(str(text)))


def not_to_nothing(folder: Path | None) -> Path | None:
    """Return ``folder``; raises ConfigError if it is a link to nothing, where none can be made."""
    text = str(folder)
    if folder and os.path.islink(text) and not os.path.exists(text):  # noqa: PTH110, PTH114
        raise ConfigError(
            "`--out`", "be a folder or new", f"{text!r} is a link to nothing", "another --out"
        )
    return folder


ConfigPath = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A YAML config.", parser=user_path)
]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Dotted overrides: train.learning_rate=0.05."),
]
Root = Annotated[
    Path,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Folder that holds the run folders.",
        parser=user_path,
        callback=not_to_nothing,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the results as JSON.")]

RUN_HELP = "A run folder, `latest`, a name, an id, or KEY=VALUE."
RUNS_HELP = "Run folders, or those of sweeps; `latest`, names, ids, or KEY=VALUE."

Run = Annotated[str, typer.Argument(metavar="RUN", help=RUN_HELP, show_default=False)]
Runs = Annotated[
    list[str], typer.Argument(metavar="RUN|SWEEP...", help=RUNS_HELP, show_default=False)
]
Betas = Annotated[
    list[str] | None,
    typer.Option("--beta", metavar="B,...", help="Inverse temperatures.  [0.5,1,1.4]"),
]
Mass = Annotated[
    float | None, typer.Option("--mass", metavar="M", help="m of the local objective.  [0]")
]
Window = Annotated[
    str | None,
    typer.Option("--window", metavar="unit|matched", help="Variance of it, 1 or 1/3.  [unit]"),
]
Significance = Annotated[
    float | None,
    typer.Option("--significance", metavar="P", help="Largest p-value of a gap.  [0.05]"),
]
Resamples = Annotated[
    int | None, typer.Option("--resamples", metavar="N", help="Of every bootstrap.  [499]")
]
Seed = Annotated[int | None, typer.Option("--seed", metavar="N", help="Of the bootstraps.  [0]")]

DEFAULT_ROOT = Path("runs")


def is_sweep_folder(path: Path) -> bool:
    """Return whether ``path`` is the folder of a sweep, without loading what reads one."""
    return is_file(path / "sweep.yaml")


def run_folder(text: str, root: Path = DEFAULT_ROOT) -> Path:
    """Return the folder of the one run that ``text`` means; raises as `named_run` does."""
    from nnuniverse.runs import named_run

    return named_run(expanded(text), root)


CONFIG_FILES = (".yaml", ".yml")
"""What the names of configs end with."""


def config_or_run(text: str, files: tuple[str, ...] = CONFIG_FILES) -> Path:
    """Return the path of a config, which ends like one of ``files`` or is there, or of a run."""
    path = user_path(text)
    is_path = os.path.lexists(path) or path.suffix in files
    return path if is_path else run_folder(text)


def with_named_start(overrides: list[str], root: Path = DEFAULT_ROOT) -> list[str]:
    """Return ``overrides`` with the folder of the run that a word for `network.start` means.

    A path that is there, an npz file and null stay as they are.  Raises as `named_run` does.
    """
    return [_with_named_start(override, root) for override in overrides]


def _with_named_start(override: str, root: Path) -> str:
    key, _, text = override.partition("=")
    is_word = text and text != "null" and not text.endswith(".npz") and text[0] not in "'\""
    if key.strip() != "network.start" or not is_word or os.path.lexists(expanded(text)):
        return override
    return f"{key}={json.dumps(str(run_folder(text, root)))}"


def run_folders(texts: list[str], root: Path = DEFAULT_ROOT) -> list[Path]:
    """Return the run folders that ``texts`` name; of a sweep, of the runs that have ended.

    These come in the order of the sweep's points.
    """
    from nnuniverse.runs import named_runs

    folders = []
    for path in named_runs([expanded(text) for text in texts], root):
        if is_sweep_folder(path):
            from nnuniverse.sweeps import SweepFolder, ended_runs

            folders += [run.folder.path for run in ended_runs(SweepFolder(path))]
        else:
            folders.append(path)
    return folders


def sweep_folders(texts: list[str], root: Path = DEFAULT_ROOT) -> list[Path]:
    """Return the paths of sweeps: those that are there, else those of that name under ``root``.

    Of an archive, what is in it.
    """
    from nnuniverse.runs.references import in_archives

    paths = in_archives([user_path(text) for text in texts])
    return [path if os.path.lexists(path) else _named_sweep(path, root) for path in paths]


def _named_sweep(path: Path, root: Path) -> Path:
    named = root / path
    return named if is_sweep_folder(named) else path


def numbers(option: str, given: list[str] | None) -> list[float] | None:
    """Return the numbers of an ``option`` that takes several, between commas or given again."""
    if given is None:
        return None
    text = ",".join(given)
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(
            f"`{option}`", "be numbers between commas", f"is {text!r}", f"{option} 0.5,1,1.4"
        ) from None


def say(text: object, *, err: bool = False) -> None:
    """Print one line, on stderr if ``err``; what a terminal would obey is escaped."""
    typer.echo(fitted(printable(str(text)), sys.stderr if err else sys.stdout), err=err)


def remark(text: str) -> None:
    """Tell on stderr what a person should know."""
    say(f"nnu: {text}", err=True)


def print_json(value: object) -> None:
    """Print ``value`` on stdout as one JSON document."""
    typer.echo(json.dumps(value, indent=1, allow_nan=False))


def given(**options: object) -> dict[str, Any]:
    """Return the options that were given, so that defaults stand in one place; lists as tuples.

    Any, since they become keywords, each of a type of its own.
    """
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in options.items()
        if value is not None and value != []
    }
