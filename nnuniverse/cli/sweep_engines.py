"""Where the runs of a sweep are computed: processes here, Dask, jobs of Slurm, or a script."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import say, user_path
from nnuniverse.counted import counted
from nnuniverse.errors import ConfigError, must

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig
    from nnuniverse.sweeps import Engine, SweepFolder

SLURM_WORKERS = 4
"""Jobs of Slurm unless a number is given; chosen small, since they are taken from others."""

MOST_ARRAY_TASKS = 1000
"""What Slurm allows unless its site says otherwise (MaxArraySize 1001)."""

Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Compute on the workers of this Dask."),
]
Slurm = Annotated[bool, typer.Option("--slurm", help="Compute in jobs of Slurm, through Dask.")]
SlurmOptions = Annotated[
    list[str] | None,
    typer.Option("--slurm-option", metavar="KEY=VALUE", help="Of sbatch: partition=long; repeat."),
]
WriteSbatch = Annotated[
    Path | None,
    typer.Option(
        "--write-sbatch",
        metavar="FILE",
        help="Write a script for sbatch, and end.",
        parser=user_path,
    ),
]
ArrayTasks = Annotated[
    int | None,
    typer.Option("--array-tasks", metavar="N", help="Jobs of that script.  [one per point]"),
]


@dataclass(frozen=True)
class Where:
    """What the options say about where to compute.

    ``workers``: at once; ``cores``: processors of each run; None if not said.
    """

    workers: int | None
    cores: int | None
    hang_seconds: float
    scheduler: str | None = None
    slurm: bool = False
    slurm_options: tuple[str, ...] = ()
    write_sbatch: Path | None = None
    array_tasks: int | None = None
    part: str | None = None

    def check(self) -> None:
        """Raise ConfigError for options that do not go together."""
        ways = {
            "--scheduler": self.scheduler is not None,
            "--slurm": self.slurm,
            "--write-sbatch": self.write_sbatch is not None,
        }
        chosen = [f"`{option}`" for option, given in ways.items() if given]
        if len(chosen) > 1:
            raise ConfigError(
                "a sweep", "be computed one way", f"has {' and '.join(chosen)}", chosen[0]
            )
        if self.slurm_options and not (self.slurm or self.write_sbatch):
            raise ConfigError(_needs("--slurm-option", "--slurm or --write-sbatch"))
        if self.array_tasks is not None and not self.write_sbatch:
            raise ConfigError(_needs("--array-tasks", "--write-sbatch"))
        if self.part is not None and self.write_sbatch is not None:
            raise ConfigError(
                "`--part`", "be left to the jobs", "stands with --write-sbatch", "without it"
            )
        slurm_options(self.slurm_options)

    @contextmanager
    def engine(self, folder: SweepFolder, points: int) -> Iterator[Engine]:
        """Carry out the tasks of so many ``points`` of the sweep in ``folder``.

        Raises ConfigError or RunError.
        """
        if self.scheduler is not None:
            _require_cluster_extra()
            from nnuniverse.sweeps.engines.dask import scheduler_engine

            with scheduler_engine(
                self.scheduler, self.workers, self.cores_elsewhere, self.hang_seconds
            ) as engine:
                yield engine
        elif self.slurm:
            _require_cluster_extra()
            from nnuniverse.sweeps.engines.slurm import slurm_engine

            options = slurm_options(self.slurm_options)
            workers = self.workers or SLURM_WORKERS
            with slurm_engine(
                folder, workers, self.cores_elsewhere, self.hang_seconds, options
            ) as engine:
                yield engine
        else:
            from nnuniverse.numerical_settings import require_jax_in_workers
            from nnuniverse.sweeps import ProcessEngine, share_out

            require_jax_in_workers()
            workers, cores = share_out(points, self.workers, self.cores)
            yield ProcessEngine(workers, cores, self.hang_seconds)

    @property
    def cores_elsewhere(self) -> int:
        """Processors of each run on other machines, which are others' too."""
        return 1 if self.cores is None else self.cores

    def replicas_at_once(self) -> Callable[[RunConfig], int]:
        """Return how many seeds of a config become one run: on a GPU here, as many as fit."""
        from nnuniverse.config.run import MAX_REPLICAS
        from nnuniverse.sweeps import ReplicasThatFit, has_accelerator

        here = self.scheduler is None and not self.slurm
        return ReplicasThatFit() if here and has_accelerator() else lambda config: MAX_REPLICAS


def slurm_options(texts: tuple[str, ...]) -> dict[str, str]:
    """Return the options of sbatch in ``KEY=VALUE``; raises ConfigError for what is none.

    A value has no spaces and quotes: sbatch and Dask each would read them in a way of their own.
    """
    options = {}
    for text in texts:
        found = re.fullmatch(r"([a-z][a-z-]*)=([^\s'\"\\#$`;&|<>()]+)", text)
        if not found or not text.isprintable():
            raise ConfigError(
                "`--slurm-option`",
                "be KEY=VALUE with no spaces or quotes",
                f"is {text!r}",
                "--slurm-option partition=long",
            )
        options[found[1]] = found[2]
    return options


def write_sbatch(
    path: Path,
    where: Where,
    *,
    name: str,
    points: int,
    words: list[str],
    out: Path,
    retries: int,
    time_limit: float | None,
) -> None:
    """Write the script of an array of jobs, and say how to use it.

    ``words``: the sweep's file and overrides.
    """
    from nnuniverse.sweeps.engines.sbatch import ArrayJob, write_script

    job = ArrayJob(
        name=name,
        parts=min(points, where.array_tasks or MOST_ARRAY_TASKS),
        python=Path(sys.executable).absolute(),
        folder=Path.cwd(),
        sweep=Path(words[0]).absolute(),
        overrides=tuple(words[1:]),
        out=out.absolute(),
        workers=where.workers or 1,
        cores=where.cores_elsewhere,
        options={"retries": retries, "hang-timeout": round(where.hang_seconds)},
        time_limit=time_limit,
        slurm_options=slurm_options(where.slurm_options),
    )
    write_script(path, job)
    say(f"script: {path}")
    jobs = counted(job.parts, "job")
    say(f"sbatch starts {jobs}; after them, `nnu sweep` puts the results together")


def _require_cluster_extra() -> None:
    if not all(find_spec(module) for module in ("distributed", "dask_jobqueue", "cryptography")):
        raise ConfigError(
            "Dask",
            "be installed for --scheduler and --slurm",
            "is not",
            "pip install 'nnuniverse[cluster]'",
        )


def _needs(option: str, other: str) -> str:
    return must(f"`{option}`", f"stand with {other}", "stands alone", other.split()[0])
