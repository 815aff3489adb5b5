"""``nnuniverse.spectrum``: the spectrum of G of one net, of a config or a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from nnuniverse.api.run import Run, folder_of
from nnuniverse.experiments.spectrum import Spectroscopy, examine


def spectrum(
    source: Run | str | Path,
    overrides: Iterable[str] = (),
    *,
    betas: Sequence[float] = (0.5, 1.0, 1.4),
    largest: int = 3,
    smallest: int = 3,
    equilibrium: bool = False,
) -> Spectroscopy:
    """Return the spectrum of a config's untrained net, or of a run's net as last stored.

    It is that of ``G = (1 - A)^T (1 - A)``, ``A = f'w``, of the first replica: all eigenvalues of a
    small net, the ends and estimated traces of a large one.

    ``source``: a YAML config, or a run: opened, or its folder, name or id.  ``overrides``: of a
    config, dotted.  ``betas``: inverse temperatures > 0 of the traces that depend on them.
    ``largest`` and ``smallest``: how many eigenvalues of either end.  ``equilibrium``: whether to
    differentiate U, 2004.09280 (6.2).

    Returns a `Spectroscopy`: ``largest`` and ``smallest`` with their ``eigenvalues``, ``zeros`` and
    ``units``, how many eigenvalues are exactly zero and one, ``traces`` by name.  Raises
    ConfigError, DataError or RunError.

    See 2004.09280 (5.4), (5.10).

    >>> found = nnuniverse.spectrum("configs/permutation.yaml")
    >>> found.zeros, round(float(found.largest.eigenvalues[0]), 6)
    (2, 4.0)
    """
    if isinstance(source, str) and source.endswith((".yaml", ".yml")):
        source = Path(source)
    return examine(folder_of(source), tuple(overrides), betas, largest, smallest, equilibrium)
