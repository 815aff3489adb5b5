"""Compiling quickly, for tests that compile more than they compute, and look at no last digit."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest import mock

import jax
from jax._src import compilation_cache, compiler
from jax._src.interpreters import mlir

QUICKLY = {
    "xla_backend_optimization_level": 0,
    "xla_cpu_parallel_codegen_split_count": 1,
    "xla_cpu_use_fusion_emitters": False,
    "xla_llvm_disable_expensive_passes": True,
}
"""A sixth of the time, of which XLA's emitters of fusions (by MLIR) take a half."""

BY_ONE_THREAD = {"xla_cpu_parallel_codegen_split_count": 1}
"""The same machine code in a sixth less time: no parts of a program for other processors."""

quick_jit = partial(jax.jit, compiler_options=QUICKLY)


_kept = threading.local()
_make_context = mlir.make_ir_context


def share_contexts() -> None:
    """Let all programs that a thread of this process writes share what MLIR knows of its dialects.

    JAX makes that anew for each: 4 ms, two thirds of what tracing and writing a small one takes.
    Those that are kept are compressed less, in two fifths of the time.
    """
    mlir.make_ir_context = _context
    if compilation_cache.compress_executable(b"") == zlib.compress(b""):
        compilation_cache.compress_executable = partial(zlib.compress, level=1)


def _context() -> Any:
    if not hasattr(_kept, "context"):
        _kept.context = _make_context()
    return _kept.context


@contextmanager
def quick_compilation() -> Iterator[None]:
    """Let everything in this process be compiled `QUICKLY`, whoever asks for it."""
    with compilation(QUICKLY):
        yield


@contextmanager
def compilation(chosen: dict[str, Any]) -> Iterator[None]:
    """Let everything in this process be compiled by options, whoever asks for it.

    An environment variable or a setting of JAX would reach other processes and tests too.
    """
    usual = compiler.get_compile_options

    def by_chosen(*given: Any, env_options_overrides: Any = None, **named: Any) -> Any:
        options = (env_options_overrides or {}) | chosen
        return usual(*given, env_options_overrides=options, **named)

    with mock.patch.object(compiler, "get_compile_options", by_chosen):
        yield
