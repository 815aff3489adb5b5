"""What ``nnu train --dry-run`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnuniverse.cli.options import print_json, remark
from nnuniverse.counted import counted

if TYPE_CHECKING:
    from nnuniverse.config import RunConfig


def show_run_costs(config: RunConfig, as_json: bool) -> None:
    """Print what a run of ``config`` will take, and a warning if measuring takes much of it."""
    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.cli.display.consoles import clock
    from nnuniverse.cli.display.tables import print_table
    from nnuniverse.experiments.costs import CostEstimator
    from nnuniverse.experiments.forecast import fewer_snapshots_warning
    from nnuniverse.experiments.samples import load_dataset
    from nnuniverse.sweeps.memory_estimate import estimate_memory

    estimator = CostEstimator()
    cost, disk = estimator.estimate(config), estimator.disk(config)
    memory, expected = estimate_memory(config, load_dataset(config)), cost.forecast
    measuring = expected.snapshots * expected.snapshot_seconds * config.replicas
    warning = fewer_snapshots_warning(config, expected)
    if as_json:
        print_json(
            {
                "replicas": config.replicas,
                "epochs": expected.epochs,
                "snapshots": expected.snapshots,
                "seconds": cost.seconds,
                "measuring_seconds": measuring,
                "measuring_share": expected.share,
                "memory": memory,
                "disk": disk,
                "operations": cost.operations,
                "warning": warning,
            }
        )
    else:
        print_table(
            ["time", "of it measuring", "memory", "disk", "operations"],
            [
                [
                    clock(cost.seconds),
                    f"{clock(measuring)} ({expected.share:.0%})",
                    f"{memory / 1e9:.2f} GB",
                    f"{disk / 1e6:.2f} MB",
                    f"{cost.operations:.3g}",
                ]
            ],
            f"{counted(config.replicas, 'replica')}, {counted(expected.epochs, 'epoch')}, "
            f"{counted(expected.snapshots, 'snapshot')}; nothing has been written",
        )
    if warning:
        remark(warning)
