"""Options of the compiler reach what they are meant for, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import jax
import pytest
import quick_jit

UNKNOWN = "xla_no_such_flag"
"""An option by which XLA tells that it has been given the options."""


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    """Compile something that was not compiled before; return whether `UNKNOWN` was there."""
    monkeypatch.setitem(quick_jit.QUICKLY, UNKNOWN, True)

    def compile_anew() -> bool:
        try:
            jax.jit(lambda x: x + 1.0)(1.0).block_until_ready()
        except RuntimeError as error:
            return UNKNOWN in str(error)
        return False

    return compile_anew


@pytest.mark.quick
def test_what_is_marked(fails: Callable[[], bool]) -> None:
    assert fails()


def test_inside_and_not_before_or_after(fails: Callable[[], bool]) -> None:
    assert not fails()
    with quick_jit.quick_compilation():
        assert fails()
    assert not fails()
