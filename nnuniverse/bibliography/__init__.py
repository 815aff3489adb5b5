"""What to cite for what was used: papers, data and software.  No JAX here."""

from nnuniverse.bibliography.forms import as_bibtex, as_text
from nnuniverse.bibliography.used import Cited, everything, used_by
from nnuniverse.bibliography.works import Work, load_works

__all__ = ["Cited", "Work", "as_bibtex", "as_text", "everything", "load_works", "used_by"]
