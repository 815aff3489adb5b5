"""Compiled programs, kept for the next start: in the user's cache folder, or where he says."""

from nnuniverse.program_cache.cache_folder import ENVIRONMENT_VARIABLE
from nnuniverse.program_cache.in_jax import program_cache, programs_kept
from nnuniverse.program_cache.program_files import ProgramFiles

__all__ = ["ENVIRONMENT_VARIABLE", "ProgramFiles", "program_cache", "programs_kept"]
