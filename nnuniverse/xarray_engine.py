"""Lets ``xarray.open_dataset("results.h5")`` find by itself how sealed files are read.

xarray looks at the first bytes of a file, where HDF5 has its signature only in files without a user
block.  It loads this module by its entry point, wherever nnuniverse is installed.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from xarray.backends import H5netcdfBackendEntrypoint


class SealedFiles(H5netcdfBackendEntrypoint):
    """Reads HDF5 files of nnuniverse as h5netcdf does."""

    description = "Open HDF5 files of nnuniverse with h5netcdf"

    def guess_can_open(self, filename_or_obj: object) -> bool:
        """Return whether there is a sealed file at a path.

        ``filename_or_obj``: what xarray was given.
        """
        from nnuniverse.runs.seal import MAGIC  # all programs that use xarray load this module

        if not isinstance(filename_or_obj, str | PathLike):
            return False
        try:
            with Path(filename_or_obj).open("rb") as file:
                return file.read(len(MAGIC)) == MAGIC
        except (OSError, TypeError, ValueError):  # not there, or no name of a file
            return False
