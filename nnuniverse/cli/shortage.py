"""Recognising that memory is short, whatever it shows as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

SIGNS = (
    "failed to map segment",  # the loader of shared libraries
    "cannot allocate memory",
    "can't start new thread",
    "bad_alloc",
    "resource_exhausted",  # XLA
)


@contextmanager
def shortage_as_memory_error() -> Iterator[None]:
    """Raise MemoryError where a library, or the import of one, fails for lack of memory."""
    try:
        yield
    except Exception as error:
        sign = _sign_of_shortage(error)
        if sign is None:
            raise
        raise MemoryError(f"does not: {sign}") from error


def _sign_of_shortage(error: BaseException | None) -> str | None:
    """Return the words that tell, of ``error`` or of what it came from; None if there are none."""
    while error is not None:
        words = str(error).lower()
        for sign in SIGNS:
            if sign in words:
                return sign
        error = error.__cause__ or error.__context__
    return None
