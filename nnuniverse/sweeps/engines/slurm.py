"""Workers that Slurm starts, kept at a number; their Dask scheduler lives in this process."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import dask
from dask_jobqueue.slurm import SLURMCluster
from distributed import Client

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.sweeps.engines.dask import DaskEngine
from nnuniverse.sweeps.folder import SweepFolder

CHECK_SECONDS = 5.0
"""Between looks at which of the jobs Slurm still has."""

COMMAND_SECONDS = 60.0
"""For a command of Slurm."""


@contextmanager
def slurm_engine(
    folder: SweepFolder,
    workers: int,
    cores: int,
    hang_seconds: float,
    options: dict[str, str],
) -> Iterator[DaskEngine]:
    """Carry out tasks in ``workers`` jobs of Slurm, each with ``cores`` processors.

    ``options``: of sbatch, as ``{"partition": "long"}``.  Where the scheduler and the workers
    listen is Dask's setting (``DASK_JOBQUEUE__SLURM__INTERFACE``); they know each other by
    certificates made for this sweep.  Dask's dashboard asks nobody who he is, and is off unless its
    settings give it an address (``jobqueue.slurm.scheduler-options.dashboard_address``).  Raises
    ConfigError or RunError if Slurm takes no such job.

    ``folder``: of the sweep; ``hang_seconds``: how long a worker may say nothing, s.
    """
    _require_plain(folder.path)
    folder.path.mkdir(parents=True, exist_ok=True)
    dask.config.set({"logging.distributed": "error"})
    with _cluster(folder.path.absolute(), cores, options) as cluster:
        _test(cluster)
        keeper = _Keeper(cluster, workers)
        with Client(cluster, set_as_default=False) as client:
            yield DaskEngine(client, None, cores, hang_seconds, keeper)


def _cluster(folder: Path, cores: int, options: dict[str, str]) -> SLURMCluster:
    logs = folder / ".workers"
    listen = dask.config.get("jobqueue.slurm.scheduler-options", {})
    shown = listen.get("dashboard", "dashboard_address" in listen)
    # Beside the dashboard, the same server shows pages of its own.
    pages = {} if shown else {"distributed.scheduler.http.routes": ["distributed.http.health"]}
    with dask.config.set(pages):
        return SLURMCluster(
            cores=1,  # of Dask's: one task at a time
            processes=1,
            memory="1GB",  # only said because it must be: see the options that follow
            job_cpu=max(cores, 1),
            job_name="nnu-worker",
            python=shlex.quote(str(Path(sys.executable).absolute())),
            worker_extra_args=[
                *("--memory-limit", "0"),
                *("--no-dashboard", "--dashboard-address", "127.0.0.1:0"),
            ],
            job_directives_skip=["#SBATCH -t ", "#SBATCH --mem="],
            job_extra_directives=[f"--{key}={value}" for key, value in options.items()],
            log_directory=str(logs),
            security=True,
            shared_temp_directory=str(folder),
            scheduler_options={"dashboard": shown, "dashboard_address": "127.0.0.1:0", **listen},
        )


def _require_plain(path: Path) -> None:
    """Raise ConfigError for a path that dask-jobqueue cannot put into its script."""
    text = str(path.absolute())
    if shlex.quote(text) != text:
        raise ConfigError(
            "`--out`",
            "have no spaces, quotes or the like with --slurm",
            f"is {text!r}",
            "--write-sbatch, or another folder",
        )


def _test(cluster: SLURMCluster) -> None:
    """Let Slurm say whether it would take the job of a worker; raises RunError if not."""
    with TemporaryDirectory() as folder:
        script = Path(folder) / "worker.sh"
        script.write_text(cluster.job_script())
        done = _run("sbatch", "--test-only", str(script))
    if done.returncode:
        reason = " ".join(done.stderr.split()).removeprefix("sbatch: error: ")
        raise RunError("sbatch", "take the job of a worker", f"says: {reason}", "--slurm-option")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=COMMAND_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(
            f"`{command[0]}`", "run", f"does not ({error})", "`nnu sweep` where Slurm is known"
        ) from error


class _Keeper:
    """Submits jobs until there are so many; those that Slurm no longer has are replaced."""

    def __init__(self, cluster: SLURMCluster, jobs: int) -> None:
        self._cluster = cluster
        self._jobs = jobs
        self._checked = -CHECK_SECONDS

    def __call__(self) -> None:
        """Replace the jobs that have ended, unless that has just been done."""
        if time.monotonic() - self._checked < CHECK_SECONDS:
            return
        self._checked = time.monotonic()
        known = dict(self._cluster.workers)  # before asking: those submitted since are not listed
        listed = _run("squeue", "--me", "--noheader", "--format=%A")
        if listed.returncode:  # Slurm does not answer now, and is asked again
            return
        ids = set(listed.stdout.split())
        ended = [name for name, job in known.items() if job.job_id not in ids]
        self._cluster.sync(self._replace, ended)

    async def _replace(self, ended: list[str]) -> None:
        """Forget the jobs called ``ended``, and submit others for them."""
        for name in ended:
            self._cluster.workers.pop(name, None)
            self._cluster.worker_spec.pop(name, None)
        self._cluster.scale(jobs=self._jobs)
