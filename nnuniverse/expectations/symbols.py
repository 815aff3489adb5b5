"""What a reader may write for an observable that the language knows by its name: its symbol."""

from __future__ import annotations

import re

SYMBOLS = {
    "mu_2": "mu2",
    "mu_3": "mu3",
    "e": "error_rate",
    "e_test": "test_error_rate",
    "n_unconverged": "bulk_unconverged",
    "steps": "bulk_iterations",
    "share_lower": "bulk_restarts_lower",
    "n_zero": "singular_eigenvalues",
    "n_moving": "fixed_point_unconverged",
    "n_cycle": "fixed_point_cycles",
    "p": "fixed_point_period",
    "B_simple": "gradient_noise_scale",
    "K": "nonzero_weights",
}
"""Names of observables by the symbols that can stand for a name, as `nnu explain` prints them."""

_COMPLEXITY = re.compile(r"C_(\d+)")


def observable_of_symbol(text: str) -> str:
    """Return the name of the observable whose symbol ``text`` is, or ``text`` if it is none.

    >>> observable_of_symbol("mu_3"), observable_of_symbol("C_20")
    ('mu3', 'complexity_20')
    """
    return SYMBOLS.get(text) or _COMPLEXITY.sub(r"complexity_\1", text)
