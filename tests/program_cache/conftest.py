"""A cache folder of a test's own, in a process that may have opened another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nnuniverse.program_cache import ENVIRONMENT_VARIABLE, program_cache


@pytest.fixture
def chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the user has chosen, which is not there yet."""
    folder = tmp_path / "chosen"
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(folder))
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR", raising=False)
    program_cache.cache_clear()
    yield folder
    program_cache.cache_clear()
