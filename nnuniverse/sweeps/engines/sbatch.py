"""A script for ``sbatch``: an array of jobs, each of them a part of a sweep."""

from __future__ import annotations

import math
import shlex
from dataclasses import dataclass
from pathlib import Path

from nnuniverse import __version__
from nnuniverse.errors import ConfigError, RunError

NOTICE_SECONDS = 120
"""Between the SIGTERM and the end of a job's time: what a segment and a checkpoint may take."""

LEAST_SECONDS = 300
"""Of a job that is to do something before it is told to end."""

BODY = """\
# Slurm sends TERM to this shell {notice} s before the time is over; `nnu` then checkpoints and ends
# with 75 (143: it had hardly begun), and the job is queued again; not so one that was cancelled.
told=
child=
pass_on() {{  # asks Slurm nothing: it may be slow, and the notice is short
  told=yes
  if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; fi
}}
trap pass_on TERM

queue_again() {{
  # Not SLURM_JOB_ID: that of one task is the id of the whole array.
  task="${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
  for _ in 1 2 3 4; do
    case $(timeout 20 squeue --noheader --jobs="$task" --format=%T) in
      RUNNING) timeout 20 scontrol requeue "$task" && return ;;
      ?*) return ;;  # cancelled
    esac
    sleep 5
  done
  # It may have been cancelled, and a job must not come back from that.
  echo "job $task is not queued again: Slurm does not answer. Try sbatch once more." >&2
}}

{command} &
child=$!
while kill -0 "$child" 2>/dev/null; do  # a trapped signal ends `wait` early
  wait "$child"
done
wait "$child"
code=$?
case "$told $code" in
  "yes 75" | "yes 143") queue_again ;;
esac
exit "$code"
"""


@dataclass(frozen=True)
class ArrayJob:
    """What the script says.

    ``parts``: of the sweep, one for each job of the array; ``folder``: that relative paths of data
    are meant from; ``overrides``: of the sweep; ``workers``: runs at once in a job, ``cores``:
    processors of each; ``options``: further ones of ``nnu sweep``; ``time_limit``: seconds of a
    job, None: the site's; ``slurm_options``: of sbatch.
    """

    name: str
    parts: int
    python: Path
    folder: Path
    sweep: Path
    overrides: tuple[str, ...]
    out: Path
    workers: int
    cores: int
    options: dict[str, int]
    time_limit: float | None
    slurm_options: dict[str, str]

    def script(self) -> str:
        """Return the script; raises ConfigError for what cannot stand in it."""
        return "\n".join(
            [
                "#!/bin/bash",
                *(f"#SBATCH --{key}={value}" for key, value in self._directives().items()),
                "#SBATCH --requeue",
                f"# Written by nnuniverse {__version__}.",
                "",
                f"cd -- {_quoted(self.folder)} || exit 1",
                "",
                BODY.format(notice=NOTICE_SECONDS, command=self._command()),
            ]
        )

    def _directives(self) -> dict[str, str]:
        directives = {
            "job-name": self.name,
            "array": f"0-{self.parts - 1}",
            "ntasks": "1",
            "cpus-per-task": str(self.workers * max(self.cores, 1)),
            "signal": f"B:TERM@{NOTICE_SECONDS}",
            "open-mode": "append",
        }
        if self.time_limit is not None:
            if self.time_limit < LEAST_SECONDS:
                raise ConfigError(
                    "`--time-limit`",
                    f"be at least {LEAST_SECONDS // 60}m for a job",
                    f"is {self.time_limit:g} s",
                    "--time-limit 1h",
                )
            directives["time"] = str(math.ceil(self.time_limit / 60))
        return {**directives, **self.slurm_options}

    def _command(self) -> str:
        words: list[object] = [
            self.python,
            "-m",
            "nnuniverse",
            "sweep",
            self.sweep,
            *self.overrides,
        ]
        words += ["--out", self.out, "--workers", self.workers, "--cores", self.cores]
        for option, value in self.options.items():
            words += [f"--{option}", value]
        quoted = [_quoted(word) for word in words]
        return " ".join([*quoted, "--part", f'"$SLURM_ARRAY_TASK_ID/{self.parts}"'])


def _quoted(word: object) -> str:
    """Return ``word`` for a shell; raises ConfigError for line breaks and the like."""
    text = str(word)
    if not text.isprintable():
        raise ConfigError(
            "what goes into the sbatch script",
            "be printable, in one line",
            f"is {text!r}",
            "another name",
        )
    return shlex.quote(text)


def write_script(path: Path, job: ArrayJob) -> None:
    """Write the script of ``job`` to ``path``, which must not exist.

    Raises ConfigError if it does, RunError if it cannot be written.
    """
    script = job.script()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(script)
    except FileExistsError as error:
        raise ConfigError(
            "`--write-sbatch`", "not exist", f"{str(path)!r} does", "another name"
        ) from error
    except (OSError, ValueError) as error:
        raise RunError(
            f"{str(path)!r}", "be writable", f"is not: {error}", "another folder"
        ) from error
