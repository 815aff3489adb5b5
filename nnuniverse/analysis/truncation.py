"""How many eigenvalues it takes for G: the dimensional reduction of 2004.09280 (7.9)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Self

import numpy as np
from jaxtyping import Int

from nnuniverse.analysis.active_spectra import active_spectra
from nnuniverse.analysis.section import Analysis, Declared, Section, described, pooled
from nnuniverse.thermodynamics import Spectrum, truncation_error
from nnuniverse.variables import Axis, Variable

STEPS = (1, 2, 5)
"""Numbers kept in each decade: chosen so that a curve can be drawn and the file stays small."""

ERROR = Variable(
    "truncation_error",
    ("replica", "snapshot", "kept"),
    "relative Frobenius error of G when its largest eigenvalues are kept",
    "2004.09280 (7.9)",
    equation="|G - G_n|/|G|, G_n with the n largest eigenvalues, Frobenius norm",
    symbol="|G - G_n|/|G|",
    computed_by=(truncation_error,),
)


@dataclass(frozen=True)
class Truncation(Section):
    """`truncation_error` of every spectrum, over the number of eigenvalues kept.

    ``kept``: (numbers,); ``error``: (replica, snapshot, numbers); None without a spectrum.  At the
    N_> of a temperature it is `large_truncation_error`, one of the thermodynamic states.
    """

    quantities = (ERROR,)

    kept: np.ndarray
    error: np.ndarray | None

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        """Take the error from the recorded spectra."""
        record = so_far.record
        if "log_eigenvalues" not in record:
            return cls(np.arange(0), None)
        spectrum = Spectrum(record["log_eigenvalues"], record.unit_eigenvalues)
        spectra = active_spectra(record, spectrum)
        kept = numbers_kept(min(of.spectrum.neurons for of in spectra))
        error = np.full((*spectrum.log_eigenvalues.shape[:2], len(kept)), np.nan)
        for of in spectra:
            error[of.cells] = truncation_error(of.spectrum, kept)
        return cls(kept, error)

    def axes(self) -> list[Axis]:
        """Return the numbers of eigenvalues kept."""
        return [Axis("kept", "number of eigenvalues kept, the largest", self.kept)]

    def variables(self) -> Declared:
        """Return the error, and its mean over replicas."""
        return [*self._declared(), *pooled(self._declared())]

    def document(self) -> dict[str, object]:
        """Return the error; null without a spectrum."""
        declared = self._declared()
        return {"truncation": {"kept": self.kept, **described(declared)} if declared else None}

    def _declared(self) -> Declared:
        return [] if self.error is None else [(ERROR, self.error)]


def numbers_kept(neurons: int) -> Int[np.ndarray, " numbers"]:
    """Return 1, 2, 5, 10, 20 ... as far as they are less than N.

    ``neurons``: N.

    >>> from nnuniverse.analysis.truncation import numbers_kept
    >>> numbers_kept(30).tolist()
    [1, 2, 5, 10, 20]
    """
    decades = (10**k for k in count())
    series = []
    for number in (decade * step for decade in decades for step in STEPS):
        if number >= neurons:
            break
        series.append(number)
    return np.array(series, np.int64)
