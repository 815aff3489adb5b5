"""What `nnu perturb` found of runs: read back, and told."""

from nnuniverse.analysis.perturb.over_nets import over_nets
from nnuniverse.analysis.perturb.perturb_tables import perturb_sentences, perturb_tables
from nnuniverse.analysis.perturb.stored_perturbed import StoredPerturbed, read_perturbed

__all__ = [
    "StoredPerturbed",
    "over_nets",
    "perturb_sentences",
    "perturb_tables",
    "read_perturbed",
]
