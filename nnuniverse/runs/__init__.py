"""The run folder: where it is, what lies in it, and how it survives being killed.  No JAX here."""

from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.checkpoint import Checkpoint, Checkpoints
from nnuniverse.runs.folder import RunFolder, create_run_folder, open_run_folder
from nnuniverse.runs.listing import RunSummary, list_runs
from nnuniverse.runs.lookup import FoundRun, find_half_made, find_runs, read_ended_run
from nnuniverse.runs.provenance import Provenance
from nnuniverse.runs.record import RunRecord, read_run
from nnuniverse.runs.results import Results, open_results
from nnuniverse.runs.schema import SCHEMA_VERSION, Axis, Variable

__all__ = [
    "SCHEMA_VERSION",
    "Axis",
    "Checkpoint",
    "Checkpoints",
    "FoundRun",
    "Provenance",
    "Results",
    "RunFolder",
    "RunRecord",
    "RunSummary",
    "Variable",
    "create_run_folder",
    "find_half_made",
    "find_runs",
    "list_runs",
    "open_results",
    "open_run_folder",
    "read_ended_run",
    "read_run",
    "replace_file",
]
