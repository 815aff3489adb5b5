"""Sweeps: a grid of configs becomes runs, and the runs one labelled table.

No JAX here, but in what the engines' processes and the estimate of costs import for themselves.
"""

from nnuniverse.sweeps.engines.interface import Engine, Report
from nnuniverse.sweeps.engines.processes import ProcessEngine, has_accelerator, share_out
from nnuniverse.sweeps.execution import run_sweep
from nnuniverse.sweeps.folder import SweepFolder, open_sweep_folder, read_sweep
from nnuniverse.sweeps.gather import open_results, require_ended, write_results
from nnuniverse.sweeps.grid import sweep_axes
from nnuniverse.sweeps.order import ended_runs
from nnuniverse.sweeps.packing import ReplicasThatFit
from nnuniverse.sweeps.parts import WHOLE, Part
from nnuniverse.sweeps.plan import Plan, State, plan_sweep
from nnuniverse.sweeps.scheduling import Ending, Listener
from nnuniverse.sweeps.task import Task

__all__ = [
    "WHOLE",
    "Ending",
    "Engine",
    "Listener",
    "Part",
    "Plan",
    "ProcessEngine",
    "ReplicasThatFit",
    "Report",
    "State",
    "SweepFolder",
    "Task",
    "ended_runs",
    "has_accelerator",
    "open_results",
    "open_sweep_folder",
    "plan_sweep",
    "read_sweep",
    "require_ended",
    "run_sweep",
    "share_out",
    "sweep_axes",
    "write_results",
]
