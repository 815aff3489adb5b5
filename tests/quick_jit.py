"""`jax.jit` for tests that compile more than they compute, and look at no last digit."""

from __future__ import annotations

from functools import partial

import jax

quick_jit = partial(
    jax.jit,
    compiler_options={
        "xla_backend_optimization_level": 0,
        "xla_cpu_parallel_codegen_split_count": 1,
        "xla_cpu_use_fusion_emitters": False,
        "xla_llvm_disable_expensive_passes": True,
    },
)
"""Compiles in a sixth of the time, of which XLA's emitters of fusions (by MLIR) take a half."""
