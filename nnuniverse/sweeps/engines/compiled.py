"""Programs that one process has compiled, for the others of a sweep on this machine.

JAX's own cache, in a temporary folder: machine code suits the processors that it was made for, and
shapes come in too many to be kept for good.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from nnuniverse.sweeps.engines.temporary import make_folder


def make_cache() -> Path | None:
    """Make an empty folder, if there is room for one; remove those of processes that are gone."""
    return make_folder("compiled")


def remove_cache(folder: Path) -> None:
    """Remove what `make_cache` has made, with what is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def use_cache(folder: Path | None) -> None:
    """Let JAX in this process look there before it compiles, unless its user has set a cache."""
    import jax

    if folder is not None and jax.config.values["jax_compilation_cache_dir"] is None:
        jax.config.update("jax_compilation_cache_dir", str(folder))  # type: ignore[no-untyped-call]
        least = "jax_persistent_cache_min_compile_time_secs"
        jax.config.update(least, 0.0)  # type: ignore[no-untyped-call]
