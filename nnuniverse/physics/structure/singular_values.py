"""What the singular values of a matrix tell of its distance from a permutation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Num


class SingularValues(NamedTuple):
    """``spread``: std/mean of those that are not zero; ``stable_rank``: |A|_F^2/|A|_2^2."""

    spread: float
    stable_rank: float


def singular_values(matrix: Num[np.ndarray, "rows columns"]) -> SingularValues:
    """Return the spread and the stable rank of A; NaN of zeros.

    The spread is 0 of a weighted permutation, also a partial one, whose weights are equal but for
    signs.  Singular values below ``max(rows, columns) eps |A|_2`` count as zero.

    ``matrix``: w or A = f'w, (rows, columns), rows receive.

    Source: 2008.01540 (7.11), of which all singular values of w are 1.

    >>> import numpy as np
    >>> from nnuniverse.physics.structure.singular_values import singular_values
    >>> float(singular_values(np.diag([2.0, 2.0, 1.0])).stable_rank)
    2.25
    """
    values = np.linalg.svd(matrix, compute_uv=False)
    largest = values.max(initial=0.0)
    if not largest > 0.0:
        return SingularValues(np.nan, np.nan)
    scaled = values / largest
    known = scaled[scaled > max(matrix.shape) * np.finfo(float).eps]
    return SingularValues(float(known.std() / known.mean()), float((scaled**2).sum()))
