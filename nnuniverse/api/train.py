"""``nnuniverse.train``: train a net and measure it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from nnuniverse.api.configs import ConfigLike, run_config
from nnuniverse.api.listening import EpochBar, OnSegment, interruptible
from nnuniverse.api.run import Run, RunLike, folder_of, open_run
from nnuniverse.errors import StoppedError
from nnuniverse.experiments.train import Reporter, TrainingOutcome, resume_run, start_run
from nnuniverse.processors import NO_LIMIT
from nnuniverse.runs import open_run_folder
from nnuniverse.runs.identity import stored_config

Training = Callable[[Reporter, Callable[[], bool]], TrainingOutcome]


def train(
    config: ConfigLike,
    overrides: Iterable[str] = (),
    *,
    out: str | Path = "runs",
    progress: bool | None = None,
    on_segment: OnSegment | None = None,
    threads: int = NO_LIMIT,
) -> Run:
    """Train the net of a config into a new run folder, and open that.

    ``config``: a YAML file, a mapping of keys, or a `RunConfig`; ``overrides``: dotted, as on the
    command line: ``["train.epochs=20"]``.  ``out``: the folder of runs.  ``progress``: whether to
    show a bar; None: on terminals and in notebooks.  ``on_segment``: called with every `Segment`,
    a stretch of epochs, when it is trained.  ``threads``: the most to use.

    The `Run` that is returned has what was recorded as ``results``, over replicas, epochs and
    snapshots.  Replicas that diverge are warned of, and have no values afterwards.  Ctrl-C
    checkpoints the run and raises StoppedError, which says how to go on.  Raises ConfigError for a
    wrong config, before anything is written; DataError for samples that cannot be had; RunError
    for a folder that cannot be written.

    >>> run = nnuniverse.train(
    ...     {"network": {"hidden": [5]}, "train": {"epochs": 2}}, progress=False
    ... )
    >>> run.status, run.results.sizes["snapshot"]
    ('complete', 3)
    """
    whole = run_config(config, overrides)
    return _trained(
        lambda reporter, stop: start_run(whole, out, reporter, stop, threads), progress, on_segment
    )


def resume(
    run: RunLike,
    overrides: Iterable[str] = (),
    *,
    progress: bool | None = None,
    on_segment: OnSegment | None = None,
    threads: int = NO_LIMIT,
) -> Run:
    """Go on with a run that was stopped or killed, to the same bits as if it had not been.

    ``run``: opened, or its folder, name, the beginning of its id, or `latest`.  ``overrides``:
    dotted; a run that has ended stays as it is, unless they give it more epochs: with
    ``["train.epochs=600"]`` it becomes, bit for bit, a run of 600.  They may also set checkpoint.*
    and say where files lie now.  An ensemble, which takes none, goes on as one.  ``progress``:
    whether to show a bar; None: on terminals and in notebooks.  ``on_segment``: called with every
    `Segment` that is trained.  ``threads``: the most to use.

    Returns the run, opened anew.  Raises StoppedError after Ctrl-C, ConfigError for no run or for
    keys that may not change, DataError for samples that are no longer those of the run, RunError
    for a folder that cannot be read or written.

    >>> longer = nnuniverse.resume(run, ["train.epochs=8"], progress=False)
    >>> longer.status, run.results.sizes["epoch"], longer.results.sizes["epoch"]
    ('complete', 6, 8)
    """
    path, changes = folder_of(run), tuple(overrides)
    if not changes and stored_config(open_run_folder(path)).evolve is not None:
        from nnuniverse.api.evolve import resume_ensemble

        return resume_ensemble(path, progress, threads)
    return _trained(
        lambda reporter, stop: resume_run(path, reporter, stop, overrides=changes, threads=threads),
        progress,
        on_segment,
    )


def _trained(training: Training, progress: bool | None, on_segment: OnSegment | None) -> Run:
    with closing(EpochBar(progress, on_segment)) as bar, interruptible() as stop:
        outcome = training(bar, stop)
    if outcome.status == "interrupted":
        raise StoppedError(
            f"interrupted after epoch {outcome.epochs}. "
            f"Continue with nnuniverse.resume({str(outcome.folder)!r})."
        )
    return open_run(outcome.folder.path)
