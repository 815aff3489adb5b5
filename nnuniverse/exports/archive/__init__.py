"""Runs in one file for others: what they are, what they gave, and nothing of whose machine."""

from nnuniverse.exports.archive.contents import ArchivedRun, Contents, gather, stage
from nnuniverse.exports.archive.writing import Extra, require_new, write_archive

__all__ = ["ArchivedRun", "Contents", "Extra", "gather", "require_new", "stage", "write_archive"]
