"""The run folder: where it is, what lies in it, and how it survives being killed.  No JAX here."""

from nnuniverse.runs.annotations import annotate, parse_tag
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.checkpoint import Checkpoint, Checkpoints
from nnuniverse.runs.differences import differing_values
from nnuniverse.runs.folder import RunFolder, create_run_folder, open_run_folder
from nnuniverse.runs.identity import Identity
from nnuniverse.runs.listing import ListedRun, RunSummary, list_runs, look_at
from nnuniverse.runs.lookup import FoundRun, find_runs, newest_of_hash, read_ended_run
from nnuniverse.runs.naming import Trait, run_names, traits
from nnuniverse.runs.provenance import Provenance
from nnuniverse.runs.record import Descriptions, RunRecord, read_run
from nnuniverse.runs.references import meant_runs, named_run, named_runs
from nnuniverse.runs.removal import (
    remove_remains,
    remove_run,
    require_no_link,
    require_removable,
)
from nnuniverse.runs.results import Results, open_results, stored_weights
from nnuniverse.runs.schema import SCHEMA_VERSION
from nnuniverse.runs.selection import Condition, parse_condition, select_runs
from nnuniverse.runs.sorting import require_run_key, sorted_runs

__all__ = [
    "SCHEMA_VERSION",
    "Checkpoint",
    "Checkpoints",
    "Condition",
    "Descriptions",
    "FoundRun",
    "Identity",
    "ListedRun",
    "Provenance",
    "Results",
    "RunFolder",
    "RunRecord",
    "RunSummary",
    "Trait",
    "annotate",
    "create_run_folder",
    "differing_values",
    "find_runs",
    "list_runs",
    "look_at",
    "meant_runs",
    "named_run",
    "named_runs",
    "newest_of_hash",
    "open_results",
    "open_run_folder",
    "parse_condition",
    "parse_tag",
    "read_ended_run",
    "read_run",
    "remove_remains",
    "remove_run",
    "replace_file",
    "require_no_link",
    "require_removable",
    "require_run_key",
    "run_names",
    "select_runs",
    "sorted_runs",
    "stored_weights",
    "traits",
]
