"""What `nnu geometry` found: read back."""

from nnuniverse.analysis.geometry.read_path import read_path

__all__ = ["read_path"]
