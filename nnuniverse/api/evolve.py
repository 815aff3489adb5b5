"""``nnuniverse.evolve``: follow an ensemble of a trained net."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from nnuniverse.api.configs import ConfigLike, run_config
from nnuniverse.api.listening import EpochBar, interruptible
from nnuniverse.api.run import Run, RunLike, folder_of, open_run
from nnuniverse.errors import StoppedError
from nnuniverse.experiments.config_of_ensemble import config_of_run
from nnuniverse.experiments.evolve import (
    Advanced,
    EvolutionOutcome,
    resume_evolution,
    start_evolution,
)
from nnuniverse.experiments.train import Reporter
from nnuniverse.processors import NO_LIMIT

Following = Callable[[Reporter, Callable[[], bool], Advanced], EvolutionOutcome]


def evolve(
    config: ConfigLike | Run,
    overrides: Iterable[str] = (),
    *,
    out: str | Path = "runs",
    progress: bool | None = None,
    threads: int = NO_LIMIT,
) -> Run:
    """Restart a trained net many times with independent noise, follow the ensemble, and open it.

    Every member takes steps of stochastic descent, ``q -> q - eta grad H(q)`` of a mini-batch of
    its own, and is seen through a few coordinates: projections of the weights on eigenvectors of
    the Hessian, unless ``evolve.coordinates`` says otherwise.

    ``config``: one with an `evolve` section, as a YAML file, a mapping or a `RunConfig`; or a `Run`
    that has trained the net.  ``overrides``: dotted, ``["evolve.members=512"]``.  ``out``: the
    folder of runs.  ``progress``: whether to show a bar; None: on terminals and in notebooks.
    ``threads``: the most to use.

    Returns a `Run` whose ``results["positions"]`` are over replica, record, step and coordinate;
    `mechanics` says which equation they obey.  Ctrl-C checkpoints and raises StoppedError, which
    says how to go on.  Raises ConfigError, DataError or RunError.

    See 2008.01540 Secs. 3 and 4.

    >>> slow = "evolve.coordinates=[{kind: curvature, count: 2, relaxation: [5, 5000]}]"
    >>> small = ["evolve.members=32", "evolve.steps=40", "evolve.records=6", slow]
    >>> ensemble = nnuniverse.evolve(run, small, progress=False)
    >>> ensemble  # doctest: +ELLIPSIS
    Run ...: 4-3-3, 32 replicas, complete after step 40
    >>> ensemble.results["positions"].dims
    ('replica', 'record', 'step', 'coordinate')
    """
    given = tuple(overrides)
    if isinstance(config, Run):
        whole = config_of_run(folder_of(config), given)
    else:
        whole = run_config(config, given)
    return _followed(
        lambda reporter, stop, advanced: start_evolution(
            whole, out, reporter, stop, threads, advanced
        ),
        progress,
    )


def resume_ensemble(run: RunLike, progress: bool | None, threads: int) -> Run:
    """Go on with an ensemble that was stopped or killed; see `nnuniverse.resume`.

    ``run``: folder, name, id or `latest`, or a `Run`; ``progress``: whether a bar is shown; None:
    on a terminal; ``threads``: the most that are used.
    """
    path = folder_of(run)
    return _followed(
        lambda reporter, stop, advanced: resume_evolution(path, reporter, stop, threads, advanced),
        progress,
    )


def _followed(following: Following, progress: bool | None) -> Run:
    with closing(EpochBar(progress, None)) as bar, interruptible() as stop:
        outcome = following(bar, stop, bar.advanced)
    if outcome.status == "interrupted":
        raise StoppedError(
            f"interrupted after step {max(outcome.steps, 0)}. "
            f"Continue with nnuniverse.resume({str(outcome.folder)!r})."
        )
    return open_run(outcome.folder.path)
