"""The cache in the place of JAX's own, while nnuniverse computes something."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, cast

from nnuniverse.errors import ConfigError
from nnuniverse.program_cache.cache_folder import cache_path, is_wanted, open_folder
from nnuniverse.program_cache.processor import processor, threads
from nnuniverse.program_cache.program_files import ProgramFiles

if TYPE_CHECKING:
    from jax._src.compilation_cache_interface import CacheInterface

_LOCK = threading.Lock()
_computing = 0
"""How many are inside `programs_kept`, in all threads."""


@contextmanager
def programs_kept() -> Iterator[None]:
    """Let JAX look into the cache before it compiles, here, and keep there what it has compiled.

    A cache that the user has given JAX himself stays the only one.  Afterwards JAX is as before;
    meanwhile other threads, which have one cache with this, may find their programs in it.
    """
    from jax._src.config import config_states

    own = config_states["jax_compilation_cache_dir"].value
    files = None if own else program_cache()
    if files is None:
        yield
        return
    # JAX would leave out small programs, of which a start has several.
    any_time = config_states["jax_persistent_cache_min_compile_time_secs"](0.0)
    any_size = config_states["jax_persistent_cache_min_entry_size_bytes"](-1)
    with any_time, any_size, _in_place(cast("CacheInterface", files)):
        yield


@cache  # what is wrong with it is told once
def program_cache() -> ProgramFiles | None:
    """Open the cache; None if it is off, or if its folder is not to be had or trusted."""
    suits = _suitable()
    if not is_wanted() or suits is None or os.open not in os.supports_dir_fd:
        return None
    try:
        path = cache_path()
        return ProgramFiles(open_folder(path), suits, path)
    except ConfigError as error:
        logging.getLogger(__name__).warning("nnu: compiled programs are not kept: %s", error)
        return None


def _suitable() -> str | None:
    """Return a word for who can use what is compiled here, None if it is not known.

    The same processor and number of threads; the same XLA, whose version JAX's keys have: but of a
    version there are several builds.
    """
    from importlib.metadata import distribution, version

    machine = processor()
    files_of_xla = distribution("jaxlib").read_text("RECORD")
    if machine is None or files_of_xla is None:
        return None
    told = "\n".join([machine, threads(), version("jax"), files_of_xla])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@contextmanager
def _in_place(files: CacheInterface) -> Iterator[None]:
    """Let ``files`` be JAX's cache, until the last thread that asked for it needs it no more."""
    from jax._src import compilation_cache as jax_cache

    global _computing
    with _LOCK:
        _computing += 1
        if jax_cache._cache is None:
            jax_cache._cache = files
    try:
        yield
    finally:
        with _LOCK:
            _computing -= 1
            if not _computing and jax_cache._cache is files:
                jax_cache._cache = None
