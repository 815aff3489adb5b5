"""About how large a network is, known without building it."""

from typing import NamedTuple


class NetworkSize(NamedTuple):
    """``weights``: their number, about; ``rows``: of the matrix whose spectrum is taken."""

    weights: int
    rows: int
