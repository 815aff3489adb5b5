"""A run's numbers in the files of other programs: CSV, Parquet, TensorBoard.  No JAX here."""

from nnuniverse.exports.export import FORMATS, Exported, export_run, new_folder, require_library

__all__ = ["FORMATS", "Exported", "export_run", "new_folder", "require_library"]
